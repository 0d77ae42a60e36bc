namespace Kestrel.Sctp.UserSpace;

[Flags]
internal enum ObserverSignals
{
    None = 0,
    Acknowledged = 1,
    PeerShutdown = 2,
    Ended = 4,

    /// <summary>Not told: a run of the notifier is due or under way.</summary>
    Scheduled = 8,
}

/// <summary>Tells a socket's observer what happened, one call at a time and outside of every lock; several occurrences in one.</summary>
internal sealed class ObserverNotifier(SctpSocket socket, ISctpSocketObserver observer, bool inline) : PendingOperation, IThreadPoolWorkItem
{
    private int _signals;
    private bool _linked;

    /// <summary>Under the association's lock.</summary>
    public void Signal(ObserverSignals signals, ref Completions completions)
    {
        Interlocked.Or(ref _signals, (int)signals);
        if (!_linked)
        {
            _linked = true;
            completions.Add(this);
        }
    }

    public override void Complete()
    {
        // Not under the lock any more, but nobody links it again before this is unset.
        Volatile.Write(ref _linked, false);
        var before = (ObserverSignals)Interlocked.Or(ref _signals, (int)ObserverSignals.Scheduled);
        if ((before & ObserverSignals.Scheduled) == 0)
        {
            if (inline)
            {
                Execute();
            }
            else
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
        }
    }

    public void Execute()
    {
        while (true)
        {
            var signals = (ObserverSignals)Interlocked.Exchange(ref _signals, (int)ObserverSignals.Scheduled);
            if ((signals & ObserverSignals.Acknowledged) != 0)
            {
                observer.OnAcknowledged();
            }
            if ((signals & ObserverSignals.PeerShutdown) != 0)
            {
                observer.OnPeerShutdown();
            }
            if ((signals & ObserverSignals.Ended) != 0)
            {
                observer.OnEnded(socket.EndReason);
            }
            if (Interlocked.CompareExchange(ref _signals, 0, (int)ObserverSignals.Scheduled) == (int)ObserverSignals.Scheduled)
            {
                return;
            }
        }
    }
}
