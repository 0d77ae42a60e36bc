using System.Net.Sockets;
using Kestrel.Sctp.UserSpace;

namespace Kestrel.Sctp;

public sealed partial class SctpSocket
{
    private ReceiveOperation? _receive; // under the association's lock

    /// <summary>
    /// Receives the next message or, into a buffer that is too small for it, its next part. One call at a time.
    /// </summary>
    /// <param name="buffer">Where to. An empty buffer waits until something can be read and takes nothing.</param>
    /// <param name="cancellationToken">Cancels the wait; no data is lost.</param>
    /// <returns>
    /// What was received. After the peer's graceful end, when everything is read: no bytes and
    /// <see cref="SctpReceiveResult.IsEndOfAssociation"/>, again and again.
    /// </returns>
    /// <exception cref="SctpException">
    /// <see cref="SocketError.ConnectionReset"/>: the peer aborted or restarted. <see cref="SocketError.TimedOut"/>: it can't be
    /// reached any more. <see cref="SocketError.ConnectionAborted"/>: aborted by this side.
    /// <see cref="SocketError.NotConnected"/>: no association.
    /// </exception>
    /// <exception cref="InvalidOperationException">A receive is pending.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, before the call or during it.</exception>
    public ValueTask<SctpReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<SctpReceiveResult>(cancellationToken);
        }
        var driver = RequireAssociation();
        ReceiveOperation? operation = null;
        SctpReceiveResult result;
        AssociationDriver.Work work;
        lock (driver.Gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_receive is { IsBusy: true })
            {
                throw new InvalidOperationException("A receive is pending on this socket already; one at a time.");
            }
            var now = driver.Stack.Timer.Now;
            if (TryTake(driver, buffer, now, out result, out var error))
            {
                if (error is not null)
                {
                    return ValueTask.FromException<SctpReceiveResult>(error);
                }
                // Reading made room: the peer may have to be told.
                work = driver.Settle(now);
            }
            else
            {
                operation = _receive ??= new ReceiveOperation(this, driver.Stack.PrefersInline);
                operation.Start(buffer);
                work = default;
            }
        }
        if (operation is null)
        {
            driver.Perform(work);
            return new ValueTask<SctpReceiveResult>(result);
        }
        operation.CancelWith(cancellationToken);
        return operation.AsValueTask();
    }

    internal void CancelReceive(CancellationToken cancellationToken)
    {
        Completions completions = default;
        lock (_driver!.Gate)
        {
            if (_receive is { IsPending: true } operation)
            {
                operation.Fail(new OperationCanceledException(cancellationToken), ref completions);
            }
        }
        completions.CompleteAll();
    }

    /// <summary>Under the association's lock: gives a waiting receive what there is.</summary>
    private void FeedReceive(long now, ref Completions completions)
    {
        if (_receive is { IsPending: true } operation && TryTake(_driver!, operation.Buffer, now, out var result, out var error))
        {
            if (error is null)
            {
                operation.Finish(result, ref completions);
            }
            else
            {
                operation.Fail(error, ref completions);
            }
        }
    }

    /// <summary>Under the association's lock. False when there is nothing yet.</summary>
    private bool TryTake(AssociationDriver driver, Memory<byte> buffer, long now, out SctpReceiveResult result, out SctpException? error)
    {
        result = default;
        error = null;
        var association = driver.Association;
        // A restart voids what was not read, and whoever aborts has no more interest in it. What came before the peer's abort is
        // still given out.
        if (!(_detached || _aborted) && association.HasReadable)
        {
            if (!buffer.IsEmpty && association.TryReceive(buffer.Span, out var part))
            {
                result = new SctpReceiveResult
                {
                    BytesReceived = part.Length,
                    StreamId = part.StreamId,
                    PayloadProtocolId = part.PayloadProtocolId,
                    IsUnordered = part.Unordered,
                    EndOfMessage = part.EndOfMessage,
                };
            }
            return true;
        }
        if (_over && (error = EndReason) is not null)
        {
            return true;
        }
        if (_over || _peerShutdown)
        {
            // The peer sends SHUTDOWN only after all its data was acknowledged: nothing is missing.
            result = new SctpReceiveResult { IsEndOfAssociation = true };
            return true;
        }
        return false;
    }
}
