using System.Buffers;
using System.Net.Sockets;
using Kestrel.Sctp.Protocol;
using Kestrel.Sctp.Protocol.Associations;

namespace Kestrel.Sctp.UserSpace;

/// <summary>
/// Steps one <see cref="Association"/>: its lock, its timer, its output. Whoever makes a step calls <see cref="Settle"/> before
/// he leaves the lock and <see cref="Perform"/> after. One thread at a time sends, so that batches leave in order; a step made
/// meanwhile is picked up by the sender. No lock is held across a system call or user code.
/// </summary>
internal sealed class AssociationDriver : TimerEntry, IThreadPoolWorkItem
{
    /// <summary>One batch: what UDP_SEGMENT takes in one call.</summary>
    private const int BatchSize = 65_536;

    /// <summary>A thread that has sent this many batches in one go leaves the rest to the pool: it may be a user's.</summary>
    private const int BatchesPerThread = 64;

    [ThreadStatic]
    private static byte[]? _batch;

    private readonly SctpStack _stack;
    private readonly Association _association;
    private readonly LocalBinding _binding;

    // All under Gate.
    private SctpSocket _socket;
    private long _armedAt = EngineTime.Never;
    private bool _sending;
    private bool _ended;
    private bool _removed;
    private bool _closing;
    private bool _abortWhenAcknowledged;
    private long _closeDeadline = EngineTime.Never;
    private Completions _completions;
    private SctpSocket? _restarted;

    public AssociationDriver(SctpStack stack, Association association, LocalBinding binding, SctpSocket socket)
    {
        _stack = stack;
        _association = association;
        _binding = binding;
        _socket = socket;
        binding.AddReference();
    }

    public Lock Gate { get; } = new();

    /// <summary>Under the lock.</summary>
    public Association Association => _association;

    /// <summary>Under the lock: no packet finds the association any more.</summary>
    public bool IsRemoved => _removed;

    public SctpStack Stack => _stack;

    /// <summary>Why the last packet could not be sent.</summary>
    public SocketError LastSendError { get; private set; }

    /// <summary>What is left to do when the lock is left.</summary>
    public struct Work
    {
        public Transmit Batch;
        public bool Send;
        public bool UpdateRoutes;
        public bool Remove;
        public SctpSocket? Restarted;
        public Completions Completions;
    }

    public void OnPacket(in PacketInfo info, ReadOnlySpan<byte> packet)
    {
        Work work;
        lock (Gate)
        {
            if (_ended)
            {
                return;
            }
            var now = _stack.Timer.Now;
            _association.Receive(info, packet, now);
            work = Settle(now);
        }
        Perform(work);
    }

    /// <summary>Makes what a step of the socket's has left leave.</summary>
    public void Step()
    {
        Work work;
        lock (Gate)
        {
            work = Settle(_stack.Timer.Now);
        }
        Perform(work);
    }

    public override void OnDeadline()
    {
        Work work;
        lock (Gate)
        {
            _armedAt = EngineTime.Never;
            if (_ended)
            {
                return;
            }
            var now = _stack.Timer.Now;
            if (now >= _closeDeadline)
            {
                _association.Abort("not closed within CloseTimeout", now);
            }
            else
            {
                _association.HandleTimers(now);
            }
            work = Settle(now);
        }
        Perform(work);
    }

    /// <summary>Under the lock: the socket is done with the association, which ends by itself from here on.</summary>
    public void BeginClose(long now, TimeSpan timeout)
    {
        if (_ended)
        {
            // Nobody reads any more: the blocks go back to their pool.
            _association.DiscardUnread();
            return;
        }
        if (_closing)
        {
            return;
        }
        _closing = true;
        _stack.OnClosingStarted();
        _closeDeadline = now + (timeout.Ticks / TimeSpan.TicksPerMicrosecond);
        if (_association.State is AssociationState.CookieWait or AssociationState.CookieEchoed || timeout == TimeSpan.Zero)
        {
            _association.Abort(null, now);
        }
        else if (_association.HasReadable)
        {
            _abortWhenAcknowledged = true;
        }
        else
        {
            _association.Shutdown(now);
        }
    }

    /// <summary>Hands a new association's socket to its listener, or ends it.</summary>
    public void Offer(AcceptQueue queue)
    {
        SctpSocket socket;
        lock (Gate)
        {
            socket = _socket;
        }
        if (!queue.TryOffer(socket))
        {
            socket.Abort("the listener has closed");
            socket.Dispose();
        }
    }

    /// <summary>Under the lock, after each step: takes what the engine has to say and decides what is to be done outside.</summary>
    public Work Settle(long now)
    {
        Work work = default;
        TakeReleased();
        TakeEvents(now);
        if (!_ended)
        {
            _socket.OnProgress(now, ref _completions);
        }
        if (_closing && !_ended)
        {
            CloseOn(now);
        }
        if (!_sending && _association.TryTransmit(now, _batch ??= GC.AllocateUninitializedArray<byte>(BatchSize), out work.Batch))
        {
            _sending = work.Send = true;
        }
        TakeEvents(now);
        work.UpdateRoutes = !_ended && _association.RoutesChanged;
        if (_ended)
        {
            if (!_sending && !_removed)
            {
                _removed = work.Remove = true;
            }
        }
        else
        {
            Arm();
        }
        work.Completions = _completions;
        _completions = default;
        work.Restarted = _restarted;
        _restarted = null;
        return work;
    }

    /// <summary>Outside the lock.</summary>
    public void Perform(Work work)
    {
        Completions completions = default;
        SctpSocket? restarted = null;
        for (var batches = 0; ; batches++)
        {
            // Before the packets leave: their answers must find the association.
            if (work.UpdateRoutes)
            {
                _stack.Endpoint.UpdateRoutes(this, _association);
            }
            restarted ??= work.Restarted;
            completions.Append(work.Completions);
            if (!work.Send)
            {
                break;
            }
            // Inline continuations may send by themselves: not before this thread is done with its buffer.
            if (!_stack.PrefersInline)
            {
                completions.CompleteAll();
            }
            var error = _stack.Carrier.Send(work.Batch, _batch.AsSpan(0, work.Batch.Length));
            lock (Gate)
            {
                var now = _stack.Timer.Now;
                _sending = false;
                if (error != SocketError.Success)
                {
                    Report(error, work.Batch, now);
                }
                if (batches >= BatchesPerThread)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                    break;
                }
                work = Settle(now);
            }
        }
        if (work.Remove)
        {
            _stack.Timer.Cancel(this);
            _stack.Endpoint.Remove(this, _association);
            _stack.Bindings.Release(_binding);
            _stack.OnAssociationEnded();
            if (_closing)
            {
                _stack.OnClosingEnded();
            }
            _socket.OnGone();
        }
        completions.CompleteAll();
        if (restarted is not null)
        {
            OfferRestarted(restarted);
        }
    }

    void IThreadPoolWorkItem.Execute() => Step();

    private void Arm()
    {
        var deadline = Math.Min(_association.NextDeadline, _closeDeadline);
        // A deadline that moved back is not moved in the wheel: it fires once too early and is armed again then.
        if (deadline < _armedAt)
        {
            _armedAt = deadline;
            _stack.Timer.Arm(this, deadline);
        }
    }

    private void TakeReleased()
    {
        while (_association.TryTakeReleased(out var message))
        {
            switch (message.Owner)
            {
                case byte[] copy:
                    ArrayPool<byte>.Shared.Return(copy);
                    break;
                case SctpSocket socket when message.Acknowledged:
                    socket.OnReferencedAcknowledged(message.Length, ref _completions);
                    break;
            }
        }
    }

    private void TakeEvents(long now)
    {
        while (_association.TryReadEvent(out var e))
        {
            switch (e.Kind)
            {
                case AssociationEventKind.Restarted:
                    OnRestart(now);
                    break;
                case AssociationEventKind.Ended:
                    _ended = true;
                    TakeReleased();
                    _socket.OnEnded(e.End, e.Detail, ref _completions);
                    if (_closing)
                    {
                        _association.DiscardUnread();
                    }
                    break;
                default:
                    _socket.OnEvent(e, ref _completions);
                    break;
            }
        }
    }

    /// <summary>
    /// RFC 9260, 5.2.4 A: streams and undelivered data are void. The socket's association has ended; what is there now is a new
    /// one for the listener, or nobody's.
    /// </summary>
    private void OnRestart(long now)
    {
        TakeReleased();
        _socket.OnRestarted(ref _completions);
        if (_binding.Acceptor is { } queue)
        {
            if (_closing)
            {
                _closing = false;
                _stack.OnClosingEnded();
            }
            _abortWhenAcknowledged = false;
            _closeDeadline = EngineTime.Never;
            _socket = _restarted = SctpSocket.Accepted(queue.ListeningSocket, _binding);
            _socket.Attach(this);
        }
        else
        {
            _association.Abort("nobody here accepts a restart", now);
        }
    }

    private void OfferRestarted(SctpSocket socket)
    {
        if (_binding.Acceptor is not { } queue || !_stack.Endpoint.TryCountPending(_binding) || !queue.TryOffer(socket))
        {
            socket.Abort("nobody here accepts a restart");
            socket.Dispose();
        }
    }

    /// <summary>
    /// What the user did not read must not look taken: own data goes out and is acknowledged, then the association is aborted
    /// instead of shut down.
    /// </summary>
    private void CloseOn(long now)
    {
        _abortWhenAcknowledged |= _association.HasReadable;
        if (_abortWhenAcknowledged && _association.BufferedBytes == 0)
        {
            _association.Abort("received data was left unread", now);
        }
    }

    private void Report(SocketError error, in Transmit batch, long now)
    {
        LastSendError = error;
        _stack.Log.SendFailed(batch.Local, batch.Remote, error);
        switch (error)
        {
            case SocketError.MessageSize:
                _association.ReportTooBig(batch.Remote, batch.SegmentSize);
                break;
            case SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown or SocketError.HostDown
                or SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported:
            // Linux: a source and a destination that don't go together, 127.0.0.1 to a global address.
            case SocketError.InvalidArgument:
                _association.ReportSendFailure(batch.Remote, batch.Local, now);
                break;
        }
    }
}
