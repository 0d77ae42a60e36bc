using Kestrel.Sctp.Simulation.Drawing;
using Kestrel.Sctp.Simulation.Plans;
using Kestrel.Sctp.Simulation.Runs;

namespace Kestrel.Sctp.Protocol.Tests.Simulation;

public class PlanTests
{
    [Fact]
    public void The_text_of_a_plan_reads_back_as_the_same_plan()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var plan = PlanDrawer.Draw(seed);
            var read = Plan.Parse(plan.ToString());
            Assert.Equal(plan.Seed, read.Seed);
            Assert.Equal(plan.Actions, read.Actions);
        }
    }

    [Theory]
    [InlineData("0s Fly host=1", "line 1: 'Fly' is no action")]
    [InlineData("seed 1\n# nothing\n0s Cut fro=1", "line 3: Cut has no 'fro=1'")]
    [InlineData("0s Cut from=x", "line 1: from can't be 'x'")]
    [InlineData("0s Cut for=5", "line 1: for can't be '5'")]
    [InlineData("soon Cut", "line 1: 'soon' is no duration such as 15s, 250ms or 37us")]
    [InlineData("End", "line 1: 'End' is no action: a time, a name, then name=value")]
    public void A_wrong_line_is_named(string text, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => Plan.Parse(text)).Message);

    /// <summary>A shrinker deletes what it likes: what is left does what it can.</summary>
    [Fact]
    public void Any_part_of_a_plan_can_be_run()
    {
        var random = new Random(1);
        for (var seed = 0; seed < 60; seed++)
        {
            var plan = PlanDrawer.Draw(seed);
            var part = plan with { Actions = [.. plan.Actions.Where(_ => random.Next(3) > 0)] };
            var failure = Runner.Run(part).Failure;
            Assert.True(failure is null, $"{failure?.Message}\n{part}");
        }
    }

    [Fact]
    public void An_empty_plan_is_over_at_once() => Assert.Null(Runner.Run(new Plan { Actions = [] }).Failure);

    [Fact]
    public void Actions_for_hosts_and_sessions_that_are_not_there_do_nothing()
    {
        var plan = Plan.Parse("""
            0s Connect
            0s Send
            0s Abort session=7 host=9
            0s Vanish host=3
            0s Restart host=3
            0s JumpClock host=3 by=1s
            0s Suspend host=3 for=1s
            0s Rebind host=3
            1s SetPrimary path=4
            """);
        Assert.Null(Runner.Run(plan).Failure);
    }
}
