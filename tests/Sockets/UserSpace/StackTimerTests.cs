using Kestrel.Sctp.UserSpace;
using Microsoft.Extensions.Time.Testing;

namespace Kestrel.Sctp.Sockets.Tests.UserSpace;

public class StackTimerTests
{
    private sealed class Signal : TimerEntry
    {
        public SemaphoreSlim Fired { get; } = new(0);

        public override void OnDeadline() => Fired.Release();
    }

    [Fact]
    public void It_fires_on_the_systems_clock()
    {
        using var timer = new StackTimer(TimeProvider.System, "test", error => Assert.Fail(error.ToString()));
        var late = new Signal();
        var early = new Signal();
        timer.Arm(late, timer.Now + 60_000_000);
        timer.Arm(early, timer.Now + 20_000);

        Assert.True(early.Fired.Wait(Loopback.Patience));
        Assert.Equal(0, late.Fired.CurrentCount);
    }

    private sealed class Reading(AsyncLocal<string> local) : TimerEntry
    {
        public TaskCompletionSource<string?> Value { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void OnDeadline() => Value.SetResult(local.Value);
    }

    [Fact]
    public async Task Its_thread_keeps_nothing_of_the_context_of_who_made_it()
    {
        var local = new AsyncLocal<string> { Value = "the first opener's" };
        using var timer = new StackTimer(TimeProvider.System, "test", error => Assert.Fail(error.ToString()));
        var entry = new Reading(local);
        timer.Arm(entry, timer.Now + 1_000);

        Assert.Null(await entry.Value.Task.WaitAsync(Loopback.Patience));
    }

    [Fact]
    public void It_follows_another_clock()
    {
        var clock = new FakeTimeProvider();
        using var timer = new StackTimer(clock, "test", error => Assert.Fail(error.ToString()));
        var entry = new Signal();
        timer.Arm(entry, timer.Now + 3_600_000_000);

        // Steps of less than a wheel's level: the clock's timer is set anew by the timer's own thread.
        var end = DateTime.UtcNow + Loopback.Patience;
        while (!entry.Fired.Wait(TimeSpan.FromMilliseconds(1)))
        {
            Assert.True(DateTime.UtcNow < end);
            clock.Advance(TimeSpan.FromMinutes(1));
        }
        Assert.True(timer.Now >= 3_601_000_000);
    }

    private sealed class Failing : TimerEntry
    {
        public override void OnDeadline() => throw new InvalidOperationException("on purpose");
    }

    [Fact]
    public void An_entry_that_throws_is_reported_and_stops_nobody()
    {
        var errors = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        using var timer = new StackTimer(TimeProvider.System, "test", errors.Enqueue);
        var after = new Signal();
        timer.Arm(new Failing(), timer.Now + 1_000);
        timer.Arm(after, timer.Now + 20_000);

        Assert.True(after.Fired.Wait(Loopback.Patience));
        Assert.Equal("on purpose", Assert.Single(errors).Message);
    }

    [Fact]
    public void A_hundred_thousand_cancelled_deadlines_leave_nothing_to_wait_for()
    {
        var wheel = new TimerWheel(0);
        var entries = Enumerable.Range(0, 100_000).Select(_ => new Signal()).ToArray();
        for (var i = 0; i < entries.Length; i++)
        {
            wheel.Arm(entries[i], 1_000_000 + (i * 997L));
        }
        Array.ForEach(entries, wheel.Cancel);

        Assert.Equal(long.MaxValue, wheel.NextDue);
    }
}
