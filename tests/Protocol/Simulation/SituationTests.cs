using Kestrel.Sctp.Simulation.Drawing;
using Kestrel.Sctp.Simulation.Runs;

namespace Kestrel.Sctp.Protocol.Tests.Simulation;

/// <summary>The simulation gets to where stacks are known to fail: what it never reaches, it does not test.</summary>
public class SituationTests
{
    private const Situations Common =
        Situations.Established | Situations.SimultaneousSetup | Situations.PeerRestarted | Situations.GracefulEnd | Situations.AbortedByPeer
        | Situations.SetupTimedOut | Situations.Unreachable | Situations.SimultaneousShutdown | Situations.ShutdownSentAgain | Situations.ZeroWindow
        | Situations.WindowProbe | Situations.DuplicateReported | Situations.FastRetransmit | Situations.TimeoutRetransmit
        | Situations.RetransmitToOtherPath | Situations.PathInactive | Situations.PathActiveAgain | Situations.PathConfirmed
        | Situations.PartialDelivery | Situations.TsnWrapped | Situations.StreamsLimited | Situations.PmtuLowered | Situations.OversizedRetransmit
        | Situations.QueueOverflow;

    [Fact]
    public void Some_hundred_seeds_see_most_of_what_can_happen()
    {
        var seen = Situations.None;
        for (var seed = 1; seed <= 400; seed++)
        {
            seen |= Runner.Run(PlanDrawer.Draw(seed)).Seen;
        }

        Assert.Equal(Situations.None, Common & ~seen);
    }

    /// <summary>
    /// Tail drop at a zero window, both ends closing while packets are lost, data dropped again after it was reported, paths that
    /// fail in turn, old duplicates, numbers that wrap around: each has plans of its own.
    /// </summary>
    [Theory]
    [InlineData(nameof(Scenarios.DrawClosing), nameof(Situations.SimultaneousShutdown), nameof(Situations.ShutdownSentAgain))]
    [InlineData(nameof(Scenarios.DrawClosedWindow), nameof(Situations.ZeroWindow), nameof(Situations.QueueOverflow), nameof(Situations.WindowProbe), nameof(Situations.TimeoutRetransmit))]
    [InlineData(nameof(Scenarios.DrawFlappingPaths), nameof(Situations.RetransmitToOtherPath), nameof(Situations.PathInactive), nameof(Situations.PathActiveAgain))]
    [InlineData(nameof(Scenarios.DrawDroppedAgain), nameof(Situations.Reneged), nameof(Situations.ZeroWindow))]
    [InlineData(nameof(Scenarios.DrawHugeMessage), nameof(Situations.PartialDelivery))]
    [InlineData(nameof(Scenarios.DrawOldDuplicates), nameof(Situations.OldDuplicateMadeAssociation), nameof(Situations.DuplicateReported))]
    [InlineData(nameof(Scenarios.DrawSsnWrap), nameof(Situations.SsnWrapped))]
    public void A_scenario_gets_where_it_is_to_lead(string scenario, params string[] situations)
    {
        var all = situations.Aggregate(Situations.None, (sum, name) => sum | Enum.Parse<Situations>(name));
        for (var seed = 1; seed <= 100; seed++)
        {
            var builder = new PlanBuilder(seed);
            typeof(Scenarios).GetMethod(scenario)!.Invoke(null, [builder]);
            var outcome = Runner.Run(builder.Build(seed));
            Assert.True(outcome.Failure is null, $"seed {seed}: {outcome.Failure?.Message}");
            if ((outcome.Seen & all) == all)
            {
                return;
            }
        }

        Assert.Fail($"none of the plans of {scenario} saw {all}");
    }
}
