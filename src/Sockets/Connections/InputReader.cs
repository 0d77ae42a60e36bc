using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Kestrel.Sctp.Connections;

/// <summary>
/// The user's end of the input pipe. It counts what the user consumed, for an association whose received data was not all taken must not
/// end gracefully, and tells when the user is done with reading.
/// </summary>
internal sealed class InputReader(PipeReader pipe, Action completed) : PipeReader
{
    private ReadOnlySequence<byte> _buffer; // the reading thread's alone
    private long _inHand; // its length: who disposes while another thread reads may look at this
    private long _consumed;
    private int _completed;

    /// <summary>Bytes the user has taken: consumed, or in hand from a read when he completes.</summary>
    public long Consumed => Volatile.Read(ref _consumed);

    public bool IsCompleted => Volatile.Read(ref _completed) != 0;

    public override bool TryRead(out ReadResult result)
    {
        if (!pipe.TryRead(out result))
        {
            return false;
        }

        Remember(result.Buffer);
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        Remember(pipe.ReadAsync(cancellationToken));

    protected override ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken) =>
        Remember(pipe.ReadAtLeastAsync(minimumSize, cancellationToken));

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var buffer = _buffer;
        _buffer = default;
        Volatile.Write(ref _inHand, 0);

        // The default position is what CopyToAsync ends with when its destination is complete: to the pipe it stands for nothing.
        var length = buffer.IsEmpty || consumed.GetObject() is null ? 0 : buffer.Slice(buffer.Start, consumed).Length;
        pipe.AdvanceTo(consumed, examined);
        Volatile.Write(ref _consumed, _consumed + length);
    }

    public override void CancelPendingRead() => pipe.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        if (Interlocked.Exchange(ref _completed, 1) == 0)
        {
            Volatile.Write(ref _consumed, _consumed + Interlocked.Exchange(ref _inHand, 0));
            pipe.Complete(exception);
            completed();
        }
    }

    private ValueTask<ReadResult> Remember(ValueTask<ReadResult> read)
    {
        if (!read.IsCompletedSuccessfully)
        {
            return RememberAsync(read);
        }

        var result = read.Result;
        Remember(result.Buffer);
        return new ValueTask<ReadResult>(result);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> RememberAsync(ValueTask<ReadResult> read)
    {
        var result = await read.ConfigureAwait(false);
        Remember(result.Buffer);
        return result;
    }

    private void Remember(in ReadOnlySequence<byte> buffer)
    {
        _buffer = buffer;
        Volatile.Write(ref _inHand, buffer.Length);
    }
}
