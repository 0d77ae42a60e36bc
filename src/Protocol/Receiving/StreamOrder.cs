namespace Kestrel.Sctp.Protocol.Receiving;

/// <summary>
/// Ordered delivery (RFC 9260, 6.5, 6.6): per stream the SSN that is next, and the messages complete before their turn.
/// One index for all streams.
/// </summary>
internal sealed class StreamOrder
{
    private readonly Dictionary<uint, InboundMessage> _waiting = [];

    // For an exhausted buffer: what is held at a TSN must be found at once, and thousands of messages may wait.
    private readonly Dictionary<uint, uint> _keysByLastTsn = [];
    private StreamTable<ushort> _next;

    public bool IsNext(InboundChunk first) => first.Unordered || _next.Peek(first.StreamId) == first.StreamSequence;

    /// <summary>The message of this stream's turn has been delivered.</summary>
    public void Advance(InboundChunk first)
    {
        if (!first.Unordered)
        {
            _next[first.StreamId]++;
        }
    }

    /// <summary>Keeps a message until its turn; false when another holds its place: SSNs repeat only by the peer's fault.</summary>
    public bool TryWait(in InboundMessage message)
    {
        var key = Key(message.First.StreamId, message.First.StreamSequence);
        if (!_waiting.TryAdd(key, message))
        {
            return false;
        }

        _keysByLastTsn[message.Last.Tsn] = key;
        return true;
    }

    /// <summary>The message whose turn it is now on the stream, if it waits here.</summary>
    public bool TryTakeNext(ushort streamId, out InboundMessage message)
    {
        if (!_waiting.Remove(Key(streamId, _next.Peek(streamId)), out message))
        {
            return false;
        }

        _keysByLastTsn.Remove(message.Last.Tsn);
        return true;
    }

    /// <summary>Takes out the waiting message whose last fragment has this TSN.</summary>
    public bool TryTakeByLastTsn(uint tsn, out InboundMessage message)
    {
        message = default;
        return _keysByLastTsn.Remove(tsn, out var key) && _waiting.Remove(key, out message);
    }

    /// <summary>Gives up the room of indexes that are empty.</summary>
    public void Trim()
    {
        if (_waiting.Count == 0)
        {
            _waiting.TrimExcess();
            _keysByLastTsn.TrimExcess();
        }
    }

    public void Clear(ChunkPool pool)
    {
        foreach (var message in _waiting.Values)
        {
            pool.FreeAll(message.First);
        }

        _waiting.Clear();
        _keysByLastTsn.Clear();
        _next.Clear();
    }

    private static uint Key(ushort streamId, ushort sequence) => ((uint)streamId << 16) | sequence;
}
