using Kestrel.Sctp.Simulation.Drawing;
using Kestrel.Sctp.Simulation.Plans;
using Kestrel.Sctp.Simulation.Shrinking;

namespace Kestrel.Sctp.Protocol.Tests.Simulation;

public class ShrinkerTests
{
    /// <summary>As if runs failed that cut net 1 after a message of 1,000 bytes or more was sent.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(700)]
    public void What_does_not_matter_for_the_failure_goes(int seed)
    {
        var drawn = PlanDrawer.Draw(seed);
        var plan = drawn with
        {
            Actions =
            [
                .. drawn.Actions.Take(7),
                new Send { At = Duration.Seconds(3), Session = 3, Host = 2, Count = 17, Size = 48_731, Varied = true, Stream = 4 },
                .. drawn.Actions.Skip(7),
                new SetLink { At = Duration.Seconds(61), Link = new LinkSettings { Delay = Duration.Milliseconds(77), Loss = 0.1 } },
                new Cut { At = new Duration(62_345_678), Net = 1, For = new Duration(5_123_456), OneWay = true },
            ],
        };
        var shrinker = new Shrinker(KindOf);
        var shortest = shrinker.Shrink(plan, "lost");
        Assert.Equal("lost", KindOf(shortest));
        Assert.Equal(2, shortest.Actions.Count);
        var send = Assert.IsType<Send>(shortest.Actions[0]);
        Assert.InRange(send.Size, 1_000, 1_100);
        Assert.Equal(new Send { Size = send.Size }, send);
        Assert.Equal(new Cut { Net = 1 }, shortest.Actions[1]);
        Assert.InRange(shrinker.Runs, 1, 500);
    }

    /// <summary>A shorter plan that fails in another way is none.</summary>
    [Fact]
    public void The_kind_of_the_failure_stays()
    {
        var plan = PlanDrawer.Draw(3);
        var count = plan.Actions.Count;
        var shortest = new Shrinker(candidate => candidate.Actions.Count > count - 4 ? "long" : "short").Shrink(plan, "long");
        Assert.Equal(count - 3, shortest.Actions.Count);
    }

    [Fact]
    public void It_stops_after_so_many_runs()
    {
        var runs = 0;
        var shrinker = new Shrinker(_ => ++runs > 0 ? null : "odd", maxRuns: 50);
        shrinker.Shrink(PlanDrawer.Draw(3), "odd");
        Assert.Equal((50, 50), (shrinker.Runs, runs));
    }

    private static string? KindOf(Plan plan)
    {
        var sent = false;
        foreach (var action in plan.Actions)
        {
            sent |= action is Send { Size: >= 1_000 };
            if (sent && action is Cut { Net: 1 })
            {
                return "lost";
            }
        }

        return null;
    }
}
