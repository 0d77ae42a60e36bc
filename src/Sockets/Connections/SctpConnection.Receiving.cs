namespace Kestrel.Sctp.Connections;

internal sealed partial class SctpConnection
{
    /// <summary>Bytes received and not read by the user before the socket is read no further. Then its receive buffer fills and the peer
    /// is stopped by the advertised window.</summary>
    private const int InputLimit = 64 * 1024;

    /// <summary>No receive into less than this: a shorter rest of a block is left unused.</summary>
    private const int MinReceive = 2048;

    private readonly CancellationTokenSource _inputCompleted = new();
    private long _received;

    /// <summary>The association ended badly: what the user did not read in time is lost.</summary>
    private bool IsCutOff => Volatile.Read(ref _abortReason) is not null || (_ended.Task.IsCompleted && _endReason is not null);

    /// <summary>The user reads no more: what is in the socket, and what comes, stays there unread.</summary>
    private void OnInputCompleted() => _inputCompleted.Cancel();

    private async Task ReceiveAsync()
    {
        var writer = _input.Writer;
        Exception? error = null;
        var graceful = false;
        try
        {
            while (true)
            {
                // A message in parts, or one longer than the block, continues here: the socket gives one message at a time.
                var received = await _socket.ReceiveAsync(writer.GetMemory(MinReceive), _inputCompleted.Token).ConfigureAwait(false);
                if (received.IsEndOfAssociation)
                {
                    graceful = true;
                    break;
                }

                _received += received.BytesReceived;
                writer.Advance(received.BytesReceived);
                var flush = await writer.FlushAsync().ConfigureAwait(false);
                if (flush.IsCompleted || (flush.IsCanceled && IsCutOff))
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (_inputReader.IsCompleted)
        {
        }
        catch (SctpException e)
        {
            error = e;
        }
        catch (ObjectDisposedException e)
        {
            error = e;
        }
        catch (Exception e)
        {
            error = e;
            LogUnexpected(e, ConnectionId);
            _socket.Abort("internal error");
        }

        await writer.CompleteAsync(graceful ? null : MapEnd(error)).ConfigureAwait(false);
        if (graceful)
        {
            FireConnectionClosed(); // only now, with the last byte in the pipe: who watches the token may stop reading
        }
    }
}
