using System.Threading.Channels;

namespace Kestrel.Sctp.UserSpace;

/// <summary>
/// The events of one socket for those who read them. Without a reader nothing is queued; each reader has a bounded queue of
/// its own that drops the oldest.
/// </summary>
internal sealed class EventHub
{
    public const int QueueLength = 256;

    private readonly Lock _gate = new();
    private readonly List<Subscription> _subscriptions = [];
    private bool _completed;

    public void Publish(SctpEvent e)
    {
        lock (_gate)
        {
            foreach (var subscription in _subscriptions)
            {
                subscription.Write(e);
            }
        }
    }

    /// <summary>Nothing follows: readers end after what is queued.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            _subscriptions.ForEach(static s => s.Complete());
        }
    }

    public IAsyncEnumerable<SctpEvent> Read(CancellationToken cancellationToken) => new Reader(this, cancellationToken);

    private Subscription Subscribe()
    {
        var subscription = new Subscription();
        lock (_gate)
        {
            _subscriptions.Add(subscription);
            if (_completed)
            {
                subscription.Complete();
            }
        }
        return subscription;
    }

    private void Unsubscribe(Subscription subscription)
    {
        lock (_gate)
        {
            _subscriptions.Remove(subscription);
        }
    }

    /// <summary>Each enumerator is a subscriber from the moment it is made, not from its first move.</summary>
    private sealed class Reader(EventHub hub, CancellationToken token) : IAsyncEnumerable<SctpEvent>
    {
        public IAsyncEnumerator<SctpEvent> GetAsyncEnumerator(CancellationToken cancellationToken) =>
            new Enumerator(hub, hub.Subscribe(), CancellationTokenSource.CreateLinkedTokenSource(token, cancellationToken));
    }

    private sealed class Enumerator(EventHub hub, Subscription subscription, CancellationTokenSource cancellation) : IAsyncEnumerator<SctpEvent>
    {
        public SctpEvent Current { get; private set; } = null!;

        public async ValueTask<bool> MoveNextAsync()
        {
            if (!await subscription.WaitAsync(cancellation.Token).ConfigureAwait(false))
            {
                return false;
            }
            Current = subscription.Read();
            return true;
        }

        public ValueTask DisposeAsync()
        {
            hub.Unsubscribe(subscription);
            cancellation.Dispose();
            return default;
        }
    }

    /// <summary>Written under the hub's lock, read by one reader.</summary>
    private sealed class Subscription
    {
        private readonly Lock _gate = new();
        private readonly Queue<SctpEvent> _queue = new();
        private readonly Channel<bool> _arrivals = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
        private int _dropped;

        public void Write(SctpEvent e)
        {
            lock (_gate)
            {
                if (_queue.Count == QueueLength)
                {
                    _queue.Dequeue();
                    _dropped++;
                }
                _queue.Enqueue(e);
            }
            _arrivals.Writer.TryWrite(true);
        }

        public void Complete() => _arrivals.Writer.TryComplete();

        /// <summary>True when there is an event, false at the end.</summary>
        public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                lock (_gate)
                {
                    if (_queue.Count > 0)
                    {
                        return true;
                    }
                }
                if (!await _arrivals.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    lock (_gate)
                    {
                        return _queue.Count > 0;
                    }
                }
                _arrivals.Reader.TryRead(out _);
            }
        }

        public SctpEvent Read()
        {
            lock (_gate)
            {
                var e = _queue.Dequeue();
                var dropped = _dropped;
                _dropped = 0;
                return dropped == 0 ? e : e with { DroppedBefore = dropped };
            }
        }
    }
}
