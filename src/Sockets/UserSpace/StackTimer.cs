namespace Kestrel.Sctp.UserSpace;

/// <summary>
/// The clock and the one timer thread of a stack. A thread of its own, not the thread pool: user code that blocks the pool
/// must not delay retransmissions.
/// </summary>
internal sealed class StackTimer : IDisposable
{
    private readonly object _gate = new();
    private readonly TimeProvider _timeProvider;
    private readonly Action<Exception> _onError;
    private readonly long _start;
    private readonly TimerWheel _wheel;
    private readonly Thread _thread;
    private readonly ITimer? _foreignClock;
    private long _wakeUpAt = long.MaxValue;
    private bool _disposed;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="name">The thread's name.</param>
    /// <param name="onError">Takes what an entry throws: the timers of all others go on.</param>
    public StackTimer(TimeProvider timeProvider, string name, Action<Exception> onError)
    {
        _timeProvider = timeProvider;
        _onError = onError;
        _start = timeProvider.GetTimestamp();
        _wheel = new TimerWheel(Now);
        if (timeProvider != TimeProvider.System)
        {
            // Its time does not pass with the machine's: it must wake the thread itself.
            _foreignClock = timeProvider.CreateTimer(static state => ((StackTimer)state!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        _thread = new Thread(Run, maxStackSize: 512 * 1024) { IsBackground = true, Name = name };
        _thread.UnsafeStart(); // lives longer than the context of who opens the stack
    }

    /// <summary>Microseconds on a monotonic clock that starts at one second.</summary>
    public long Now => 1_000_000 + (_timeProvider.GetElapsedTime(_start).Ticks / 10);

    /// <summary>
    /// While true, the process does not exit with the end of Main: sockets disposed without waiting still deliver what was
    /// queued.
    /// </summary>
    public bool KeepsProcessAlive
    {
        set
        {
            // The thread may just have ended with its stack.
            try
            {
                _thread.IsBackground = !value;
            }
            catch (ThreadStateException)
            {
            }
        }
    }

    public void Arm(TimerEntry entry, long deadline)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }
            _wheel.Arm(entry, deadline);
            if (deadline < _wakeUpAt)
            {
                _wakeUpAt = deadline;
                Monitor.Pulse(_gate);
            }
        }
    }

    public void Cancel(TimerEntry entry)
    {
        lock (_gate)
        {
            _wheel.Cancel(entry);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Monitor.Pulse(_gate);
        }
        _foreignClock?.Dispose();
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        var due = new List<TimerEntry>();
        while (true)
        {
            lock (_gate)
            {
                if (_disposed)
                {
                    return;
                }
                _wheel.Advance(Now, due);
                if (due.Count == 0)
                {
                    Wait();
                    continue;
                }
            }
            foreach (var entry in due)
            {
                try
                {
                    entry.OnDeadline();
                }
                catch (Exception e)
                {
                    _onError(e);
                }
            }
            due.Clear();
        }
    }

    /// <summary>Waits, the lock held, until the wheel has something to do or something earlier is armed.</summary>
    private void Wait()
    {
        var now = Now;
        _wakeUpAt = _wheel.NextDue;
        if (_wakeUpAt == long.MaxValue)
        {
            Monitor.Wait(_gate);
        }
        else if (_wakeUpAt > now)
        {
            var wait = _wakeUpAt - now;
            if (_foreignClock is null)
            {
                Monitor.Wait(_gate, (int)Math.Min((wait + 999) / 1_000, int.MaxValue));
            }
            else
            {
                _foreignClock.Change(TimeSpan.FromMicroseconds(wait), Timeout.InfiniteTimeSpan);
                // Time that was moved on before the timer was set is not made up for by the timer.
                if (Now == now)
                {
                    Monitor.Wait(_gate);
                }
            }
        }
    }
}
