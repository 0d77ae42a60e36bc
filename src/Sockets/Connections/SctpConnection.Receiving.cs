namespace Kestrel.Sctp.Connections;

internal sealed partial class SctpConnection
{
    /// <summary>Bytes received and not read by the user before the socket is read no further. Then its receive buffer fills and the peer
    /// is stopped by the advertised window.</summary>
    private const int InputLimit = 64 * 1024;

    /// <summary>No receive into less than this: a shorter rest of a block is left unused.</summary>
    private const int MinReceive = 2048;

    /// <summary>The reader is woken at the latest when there is this much for it.</summary>
    private const int MaxUnflushed = InputLimit / 4;

    private readonly CancellationTokenSource _inputCompleted = new();
    private long _received;

    /// <summary>The user reads no more: what is in the socket, and what comes, stays there unread.</summary>
    private void OnInputCompleted() => _inputCompleted.Cancel();

    /// <returns>Whether the peer has shut down: then it ends the association, and there is nothing left to do but to wait.</returns>
    private async Task<bool> ReceiveAsync()
    {
        var writer = _input.Writer;
        Exception? error = null;
        var graceful = false;
        try
        {
            while (true)
            {
                // Nothing is rented for an idle connection.
                var readable = await _socket.ReceiveAsync(Memory<byte>.Empty, _inputCompleted.Token).ConfigureAwait(false);
                if (readable.IsEndOfAssociation)
                {
                    graceful = true;
                    break;
                }

                // A message in parts, or one longer than the block, goes on in the next turn: the socket gives one message at a time.
                for (var unflushed = 0; unflushed < MaxUnflushed && _socket.TryReceive(writer.GetMemory(MinReceive), out var received);)
                {
                    writer.Advance(received.BytesReceived);
                    unflushed += received.BytesReceived;
                    _received += received.BytesReceived;
                }

                var flush = await writer.FlushAsync().ConfigureAwait(false);
                if (flush.IsCompleted)
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
        return graceful;
    }
}
