using Kestrel.Sctp.UserSpace;

namespace Kestrel.Sctp.Sockets.Tests.UserSpace;

public class TimerWheelTests
{
    private const long Tick = 1_024;

    private sealed class Entry(int id = 0) : TimerEntry
    {
        public int Id => id;

        public long Deadline { get; set; }

        public override void OnDeadline()
        {
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_023)]
    [InlineData(65_000)]
    [InlineData(1_000_000)]
    [InlineData(60_000_000)]
    [InlineData(3_600_000_000)]
    [InlineData(86_400_000_000 * 30)]
    public void A_deadline_is_never_early_and_at_most_a_tick_late(long delay)
    {
        const long start = 123_456_789;
        var wheel = new TimerWheel(start);
        var entry = new Entry();
        wheel.Arm(entry, start + delay);

        var due = new List<TimerEntry>();
        var now = start;
        while (due.Count == 0)
        {
            now = wheel.NextDue;
            wheel.Advance(now, due);
        }

        Assert.InRange(now, start + delay, start + delay + Tick);
        Assert.Equal(long.MaxValue, wheel.NextDue);
    }

    [Fact]
    public void A_deadline_of_the_past_fires_with_the_next_tick()
    {
        var wheel = new TimerWheel(10_000_000);
        wheel.Arm(new Entry(), 5);

        Assert.InRange(wheel.NextDue, 10_000_000 - Tick, 10_000_000 + Tick);
    }

    [Fact]
    public void A_cancelled_deadline_never_fires_and_is_not_waited_for()
    {
        var wheel = new TimerWheel(0);
        var entry = new Entry();
        wheel.Arm(entry, 50_000);
        wheel.Cancel(entry);
        wheel.Cancel(entry);

        var due = new List<TimerEntry>();
        wheel.Advance(1_000_000, due);
        Assert.Empty(due);
        Assert.Equal(long.MaxValue, wheel.NextDue);
        Assert.Equal(0, wheel.Count);
    }

    [Fact]
    public void An_entry_armed_again_has_only_its_last_deadline()
    {
        var wheel = new TimerWheel(0);
        var entry = new Entry();
        wheel.Arm(entry, 10_000);
        wheel.Arm(entry, 5_000_000);

        var due = new List<TimerEntry>();
        wheel.Advance(4_000_000, due);
        Assert.Empty(due);
        wheel.Advance(5_100_000, due);
        Assert.Same(entry, Assert.Single(due));
    }

    // Against a list that is searched: arms, moves and cancels at random, over times from milliseconds to weeks.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_fires_what_a_sorted_list_would(int seed)
    {
        var random = new Random(seed);
        var now = (long)random.Next();
        var wheel = new TimerWheel(now);
        var entries = Enumerable.Range(0, 200).Select(i => new Entry(i) { Deadline = long.MaxValue }).ToArray();
        var due = new List<TimerEntry>();
        for (var step = 0; step < 20_000; step++)
        {
            var entry = entries[random.Next(entries.Length)];
            switch (random.Next(4))
            {
                case 0:
                    wheel.Cancel(entry);
                    entry.Deadline = long.MaxValue;
                    break;
                case 1 or 2:
                    entry.Deadline = now + (long)Math.Pow(10, random.NextDouble() * 12.5);
                    wheel.Arm(entry, entry.Deadline);
                    break;
                default:
                    now += (long)Math.Pow(10, random.NextDouble() * 10);
                    due.Clear();
                    wheel.Advance(now, due);
                    foreach (var fired in due.Cast<Entry>())
                    {
                        Assert.InRange(fired.Deadline, 0, now);
                        fired.Deadline = long.MaxValue;
                    }
                    // What is left is not due, but for the rounding to a tick.
                    Assert.All(entries, e => Assert.InRange(e.Deadline, now - Tick, long.MaxValue));
                    break;
            }
            Assert.Equal(entries.Count(e => e.Deadline != long.MaxValue), wheel.Count);
        }
    }
}
