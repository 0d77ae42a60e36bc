namespace Kestrel.Sctp.Protocol.Receiving;

/// <summary>Chunks linked in order: a whole message, or a part of one.</summary>
internal readonly record struct InboundMessage(InboundChunk First, InboundChunk Last);

internal enum ReassemblyOutcome
{
    Stored,
    Completed,

    /// <summary>The neighbours belong to another message: the peer broke RFC 9260, 6.9.</summary>
    Mismatch,
}

/// <summary>
/// Reassembly of DATA: the fragments of a message have consecutive TSNs (RFC 9260, 6.9), so what has arrived forms runs.
/// Only the two ends of a run are indexed; each chunk is added in O(1), in whatever order it comes. That neighbouring
/// B and E bits fit is <see cref="ReceivedTsnMap"/>'s matter and checked before.
/// </summary>
internal sealed class TsnRunReassembly
{
    private readonly Dictionary<uint, InboundChunk> _ends = [];

    /// <summary>Messages of which a part is held; one whose parts are apart counts for each.</summary>
    public int RunCount { get; private set; }

    /// <summary>The chunk would begin a run of its own.</summary>
    public bool BeginsRun(in DataChunk data) =>
        !(data.IsBegin && data.IsEnd)
        && (data.IsBegin || !_ends.ContainsKey(data.Tsn - 1)) && (data.IsEnd || !_ends.ContainsKey(data.Tsn + 1));

    public ReassemblyOutcome Add(InboundChunk chunk, out InboundMessage message)
    {
        message = default;
        if (chunk.Begins && chunk.Ends)
        {
            message = new InboundMessage(chunk, chunk);
            return ReassemblyOutcome.Completed;
        }

        var left = chunk.Begins ? null : _ends.GetValueOrDefault(chunk.Tsn - 1);
        var right = chunk.Ends ? null : _ends.GetValueOrDefault(chunk.Tsn + 1);
        if ((left is not null && !left.IsSameMessage(chunk)) || (right is not null && !right.IsSameMessage(chunk)))
        {
            return ReassemblyOutcome.Mismatch;
        }

        var first = chunk;
        var last = chunk;
        if (left is not null)
        {
            first = left.RunEnd!;
            _ends.Remove(left.Tsn);
            RunCount--;
            left.Next = chunk;
            chunk.Previous = left;
        }

        if (right is not null)
        {
            last = right.RunEnd!;
            _ends.Remove(right.Tsn);
            RunCount--;
            right.Previous = chunk;
            chunk.Next = right;
        }

        if (first.Begins && last.Ends)
        {
            _ends.Remove(first.Tsn);
            _ends.Remove(last.Tsn);
            message = new InboundMessage(first, last);
            return ReassemblyOutcome.Completed;
        }

        RunCount++;
        Index(first, last);
        return ReassemblyOutcome.Stored;
    }

    /// <summary>The beginning of the message that the Cumulative TSN lies in, if it is held from its first fragment on.</summary>
    public bool TryPeekFront(uint cumulativeTsn, out InboundMessage part)
    {
        part = default;
        if (!_ends.TryGetValue(cumulativeTsn, out var last) || last.RunEnd is not { Begins: true } first)
        {
            return false;
        }

        part = new InboundMessage(first, last);
        return true;
    }

    /// <summary>Takes out the run that starts with this TSN.</summary>
    public bool TryTake(uint firstTsn, out InboundMessage run)
    {
        run = default;
        if (!_ends.Remove(firstTsn, out var first))
        {
            return false;
        }

        var last = first.RunEnd!;
        _ends.Remove(last.Tsn);
        RunCount--;
        run = new InboundMessage(first, last);
        return true;
    }

    /// <summary>Takes out one chunk that is the last of its run: data may be dropped from the top only (RFC 9260, 6.2).</summary>
    public bool TryTakeLast(uint tsn, out InboundChunk? chunk)
    {
        if (!_ends.TryGetValue(tsn, out chunk) || chunk.Next is not null)
        {
            return false;
        }

        _ends.Remove(tsn);
        if (chunk.Previous is { } last)
        {
            var first = chunk.RunEnd!;
            last.Next = null;
            chunk.Previous = null;
            Index(first, last);
        }
        else
        {
            RunCount--;
        }

        return true;
    }

    /// <summary>Gives up the room of an index that is empty.</summary>
    public void Trim()
    {
        if (_ends.Count == 0)
        {
            _ends.TrimExcess();
        }
    }

    public void Clear(ChunkPool pool)
    {
        foreach (var chunk in _ends.Values)
        {
            // A run of several is met at both ends; it is freed at its first chunk, which clears the other's RunEnd.
            if (chunk.Previous is null && chunk.RunEnd is not null)
            {
                pool.FreeAll(chunk);
            }
        }

        _ends.Clear();
        RunCount = 0;
    }

    private void Index(InboundChunk first, InboundChunk last)
    {
        first.RunEnd = last;
        last.RunEnd = first;
        _ends[first.Tsn] = first;
        _ends[last.Tsn] = last;
    }
}
