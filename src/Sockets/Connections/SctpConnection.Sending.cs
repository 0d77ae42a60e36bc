using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Kestrel.Sctp.Connections;

/// <summary>
/// The output pipe is the send buffer: its blocks are queued by reference and given back to it only when the peer has acknowledged them, or
/// the association is over. A pipe counts what is not examined against its threshold, not what is not consumed; so no more than
/// <see cref="_sendLimit"/> is ever queued, and the threshold is the rest of SendBufferSize.
/// </summary>
internal sealed partial class SctpConnection
{
    private const int MaxWriteAhead = 64 * 1024;

    private readonly Signal _senderSignal = new();
    private readonly int _pipeMessageSize;
    private readonly int _sendLimit;
    private readonly int _releaseThreshold;
    private volatile bool _sendingRefused;

    // Bytes since the beginning. _released <= acknowledged <= _queued. Written by the loop alone.
    private long _queued;
    private long _released;

    private async Task SendAsync()
    {
        var reader = _output.Reader;
        try
        {
            SequencePosition queuedTo = default; // where _queued stands in the pipe, while something is held there
            while (true)
            {
                var result = await reader.ReadAsync().ConfigureAwait(false);
                var buffer = result.Buffer;
                var unsent = _queued == _released ? buffer : buffer.Slice(queuedTo);
                unsent = Queue(unsent);
                queuedTo = unsent.Start;

                var isEnded = _ended.Task.IsCompleted; // before the count is read: it is final then
                var acknowledged = _socket.AcknowledgedReferencedBytes;
                reader.AdvanceTo(buffer.GetPosition(acknowledged - _released), queuedTo);
                Volatile.Write(ref _released, acknowledged);

                var isOver = _sendingRefused || (result.IsCompleted && unsent.IsEmpty);
                if (isEnded || (isOver && acknowledged == _queued))
                {
                    break;
                }

                // A read would complete at once, for more than is queued is there, or nothing will come.
                if (isOver || !unsent.IsEmpty)
                {
                    await _senderSignal.WaitAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception e)
        {
            // The application completed the output with an error: the peer must not take what it has for the whole.
            Abort(new ConnectionAbortedException("The output was completed with an error: " + e.Message, e));
            await _ended.Task.ConfigureAwait(false);
        }

        // Nothing refers to the pipe's memory any more. A writer learns from its next flush that nobody reads.
        await reader.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Queues messages while there is room and gives back what is left.</summary>
    private ReadOnlySequence<byte> Queue(ReadOnlySequence<byte> unsent)
    {
        while (!unsent.IsEmpty && !_sendingRefused && _queued - _socket.AcknowledgedReferencedBytes < _sendLimit)
        {
            var message = unsent.Slice(0, Math.Min(unsent.Length, _pipeMessageSize));

            // Counted before it is queued: its acknowledgement may come at once.
            Volatile.Write(ref _queued, _queued + message.Length);
            if (!_socket.TryQueueReferenced(message, default, out _))
            {
                Volatile.Write(ref _queued, _queued - message.Length);
                _sendingRefused = true;
                break;
            }

            unsent = unsent.Slice(message.End);
        }

        return unsent;
    }

    /// <summary>Wakes the loop when all is acknowledged, or enough to be worth it.</summary>
    private void OnAcknowledged()
    {
        var acknowledged = _socket.AcknowledgedReferencedBytes;
        if (acknowledged == Volatile.Read(ref _queued) || acknowledged - Volatile.Read(ref _released) >= _releaseThreshold)
        {
            WakeSender();
        }
    }

    private void WakeSender()
    {
        // The loop waits for one or the other; the one it does not wait for costs it a turn at most.
        _senderSignal.Set();
        _output.Reader.CancelPendingRead();
    }
}
