using System.Buffers;
using System.Net.Sockets;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.UserSpace;

namespace Kestrel.Sctp;

public sealed partial class SctpSocket
{
    // Under the association's lock.
    private readonly List<SendOperation> _waitingSends = [];
    private SendOperation? _spareSend;
    private bool _shutdown;
    private long _acknowledgedReferencedBytes;

    /// <summary>
    /// Sends one message. Completes when the message is queued, which is at once as long as there is room in the send buffer
    /// (<see cref="SctpOptions.SendBufferSize"/>, counted until the peer has acknowledged). The memory is copied.
    /// </summary>
    /// <param name="message">The message, not empty.</param>
    /// <param name="info">Stream, payload protocol identifier, order.</param>
    /// <param name="cancellationToken">Cancels the wait for room: then nothing was queued.</param>
    /// <exception cref="SctpException">
    /// Nothing was queued. <see cref="SocketError.InvalidArgument"/>: an empty message, or no such stream.
    /// <see cref="SocketError.MessageSize"/>: longer than <see cref="SctpOptions.MaxMessageSize"/>.
    /// <see cref="SocketError.NotConnected"/>: no association. <see cref="SocketError.Shutdown"/>: it is shutting down or has
    /// ended. Any of <see cref="WaitForConnectAsync"/> and <see cref="ReceiveAsync"/>: it was lost.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, before the call or during it.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> message, SctpSendInfo info = default, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }
        var driver = RequireAssociation();
        SendOperation? operation = null;
        AssociationDriver.Work work;
        lock (driver.Gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (GetSendError(message.Length, info) is { } error)
            {
                return ValueTask.FromException(error);
            }
            if (_waitingSends.Count > 0 || !HasRoom(driver, message.Length))
            {
                operation = Interlocked.Exchange(ref _spareSend, null) ?? new SendOperation(this, driver.Stack.PrefersInline);
                operation.Start(message, info);
                _waitingSends.Add(operation);
                work = default;
            }
            else
            {
                if (Queue(driver, message, info) is { } refused)
                {
                    return ValueTask.FromException(refused);
                }
                work = driver.Settle(driver.Stack.Timer.Now);
            }
        }
        if (operation is null)
        {
            driver.Perform(work);
            return default;
        }
        operation.CancelWith(cancellationToken);
        return operation.AsUntypedValueTask();
    }

    /// <summary>
    /// Queues one message that refers to the caller's memory until it is counted in <see cref="AcknowledgedReferencedBytes"/>
    /// or <see cref="ISctpSocketObserver.OnEnded"/> is called. Never waits and is not bounded by SendBufferSize: the caller's
    /// pipe is the send buffer. False, with the reason, when nothing can be sent any more; then nothing was queued.
    /// </summary>
    internal bool TryQueueReferenced(in ReadOnlySequence<byte> payload, SctpSendInfo info, out SctpException? error)
    {
        var driver = RequireAssociation();
        AssociationDriver.Work work;
        lock (driver.Gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            error = GetSendError((int)Math.Min(payload.Length, int.MaxValue), info)
                ?? ToError(driver.Association.Send(new SendInfo(info.StreamId, info.PayloadProtocolId, info.Unordered), payload, this), info, payload.Length);
            if (error is not null)
            {
                return false;
            }
            work = driver.Settle(driver.Stack.Timer.Now);
        }
        driver.Perform(work);
        return true;
    }

    /// <summary>Bytes queued by <see cref="TryQueueReferenced"/> and acknowledged by the peer, in the order of queueing.</summary>
    internal long AcknowledgedReferencedBytes => Volatile.Read(ref _acknowledgedReferencedBytes);

    internal void CancelSend(SendOperation operation, CancellationToken cancellationToken)
    {
        Completions completions = default;
        lock (_driver!.Gate)
        {
            if (operation.IsPending)
            {
                _waitingSends.Remove(operation);
                operation.Fail(new OperationCanceledException(cancellationToken), ref completions);
                // Those behind it may fit.
                AdmitSends(ref completions);
            }
        }
        completions.CompleteAll();
        _driver.Step();
    }

    internal void OnSendRead(SendOperation operation) => Volatile.Write(ref _spareSend, operation);

    /// <summary>Under the association's lock.</summary>
    private void AdmitSends(ref Completions completions)
    {
        while (_waitingSends.Count > 0 && HasRoom(_driver!, _waitingSends[0].Message.Length))
        {
            var operation = _waitingSends[0];
            _waitingSends.RemoveAt(0);
            if (Queue(_driver!, operation.Message, operation.Info) is { } error)
            {
                operation.Fail(error, ref completions);
            }
            else
            {
                operation.Finish(true, ref completions);
            }
        }
    }

    /// <summary>Under the association's lock: nothing can be sent any more.</summary>
    private void FailSends(ref Completions completions, Exception? because = null)
    {
        foreach (var operation in _waitingSends)
        {
            operation.Fail(because ?? GetStateError() ?? ShutDownError(), ref completions);
        }
        _waitingSends.Clear();
    }

    private bool HasRoom(AssociationDriver driver, int length)
    {
        var buffered = driver.Association.BufferedBytes;
        return buffered == 0 || buffered + length <= Options.SendBufferSize;
    }

    private SctpException? Queue(AssociationDriver driver, ReadOnlyMemory<byte> message, SctpSendInfo info)
    {
        var copy = ArrayPool<byte>.Shared.Rent(message.Length);
        message.CopyTo(copy);
        var status = driver.Association.Send(
            new SendInfo(info.StreamId, info.PayloadProtocolId, info.Unordered), new ReadOnlySequence<byte>(copy, 0, message.Length), copy);
        if (status != SendStatus.Queued)
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
        return ToError(status, info, message.Length);
    }

    private SctpException? GetSendError(int length, SctpSendInfo info)
    {
        if (length == 0)
        {
            return new SctpException(SctpErrno.EINVAL, "An SCTP message has at least one byte.");
        }
        if (length > Options.MaxMessageSize)
        {
            return TooLong(length);
        }
        return GetStateError();
    }

    private SctpException? GetStateError()
    {
        if (_over)
        {
            return EndReason ?? new SctpException(SctpErrno.EPIPE, $"{Describe()} has ended gracefully: nothing can be sent any more.");
        }
        return _peerShutdown || _shutdown ? ShutDownError() : null;
    }

    private SctpException? ToError(SendStatus status, SctpSendInfo info, long length) => status switch
    {
        SendStatus.Queued => null,
        SendStatus.InvalidStream => new SctpException(
            SctpErrno.EINVAL, $"Stream {info.StreamId} does not exist: {Describe()} has the outbound streams 0 to {_driver!.Association.OutboundStreams - 1}."),
        SendStatus.InvalidLength => TooLong(length),
        _ => GetStateError() ?? ShutDownError(),
    };

    private SctpException TooLong(long length) => new(
        SctpErrno.EMSGSIZE, $"A message of {length} bytes is longer than {nameof(SctpOptions.MaxMessageSize)}, {Options.MaxMessageSize}.");

    private SctpException ShutDownError() => new(
        SctpErrno.EPIPE, $"{Describe()} is shutting down ({(_peerShutdown ? "by the peer" : "by this side")}): nothing new can be sent.");
}
