using System.Threading.Tasks.Sources;

namespace Kestrel.Sctp.Connections;

/// <summary>Wakes one waiter, at once if it was set before the wait began. Many sets before a wait count as one.</summary>
internal sealed class Signal : IValueTaskSource
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int IsSet = 2;

    private ManualResetValueTaskSourceCore<bool> _source;
    private int _state;

    public void Set()
    {
        if (Interlocked.Exchange(ref _state, IsSet) == Waiting)
        {
            Volatile.Write(ref _state, Idle);
            _source.SetResult(true);
        }
    }

    /// <summary>By one waiter at a time, who awaits the result once.</summary>
    public ValueTask WaitAsync()
    {
        _source.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
        {
            return new ValueTask(this, _source.Version);
        }

        // A full fence: what the waiter looks at next must not be read before a later Set can count.
        Interlocked.Exchange(ref _state, Idle);
        return default;
    }

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
