namespace Kestrel.Sctp.UserSpace;

/// <summary>The associations of a listening socket that were set up by peers and not yet accepted by the user.</summary>
internal sealed class AcceptQueue(SctpSocket listener, bool inline)
{
    private readonly Lock _gate = new();
    private readonly Queue<SctpSocket> _ready = new();
    private AcceptOperation? _operation;
    private bool _closed;

    /// <summary>The socket whose options and loggers the accepted ones take.</summary>
    public SctpSocket ListeningSocket => listener;

    /// <summary>Called for each association that leaves the queue.</summary>
    public Action? OnTaken { get; set; }

    /// <summary>False when the listener has closed: the association is not wanted.</summary>
    public bool TryOffer(SctpSocket socket)
    {
        Completions completions = default;
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }
            if (_operation is { IsPending: true } operation)
            {
                operation.Finish(socket, ref completions);
            }
            else
            {
                _ready.Enqueue(socket);
                return true;
            }
        }
        OnTaken?.Invoke();
        completions.CompleteAll();
        return true;
    }

    public ValueTask<SctpSocket> AcceptAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<SctpSocket>(cancellationToken);
        }
        AcceptOperation operation;
        SctpSocket? socket;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, listener);
            if (_operation is { IsBusy: true })
            {
                throw new InvalidOperationException("An accept is pending on this socket already; one at a time.");
            }
            operation = _operation ??= new AcceptOperation(this, inline);
            if (!_ready.TryDequeue(out socket))
            {
                operation.Start();
            }
        }
        if (socket is not null)
        {
            OnTaken?.Invoke();
            return new ValueTask<SctpSocket>(socket);
        }
        operation.CancelWith(cancellationToken);
        return operation.AsValueTask();
    }

    /// <summary>Ends a pending accept; gives back what nobody will accept.</summary>
    public IReadOnlyList<SctpSocket> Close()
    {
        Completions completions = default;
        SctpSocket[] unaccepted;
        lock (_gate)
        {
            _closed = true;
            unaccepted = [.. _ready];
            _ready.Clear();
            if (_operation is { IsPending: true } operation)
            {
                operation.Fail(new ObjectDisposedException(nameof(SctpSocket)), ref completions);
            }
        }
        completions.CompleteAll();
        return unaccepted;
    }

    private sealed class AcceptOperation(AcceptQueue queue, bool inline) : PendingOperation<SctpSocket>(inline)
    {
        public void Start() => Begin();

        protected override void OnCanceled(CancellationToken cancellationToken)
        {
            Completions completions = default;
            lock (queue._gate)
            {
                if (IsPending)
                {
                    Fail(new OperationCanceledException(cancellationToken), ref completions);
                }
            }
            completions.CompleteAll();
        }
    }
}
