namespace Kestrel.Sctp.Protocol.Receiving;

/// <summary>
/// Ordered delivery (RFC 9260, 6.5, 6.6): per stream the SSN that is next, and the messages complete before their turn.
/// One index for all streams: a stream costs two bytes, and only once it is used.
/// </summary>
internal sealed class StreamOrder
{
    private readonly Dictionary<uint, InboundMessage> _waiting = [];
    private ushort[] _next = [];

    public bool IsNext(InboundChunk first) => first.Unordered || Next(first.StreamId) == first.StreamSequence;

    /// <summary>The message of this stream's turn has been delivered.</summary>
    public void Advance(InboundChunk first)
    {
        if (!first.Unordered)
        {
            Next(first.StreamId)++;
        }
    }

    /// <summary>Keeps a message until its turn; false when another holds its place: SSNs repeat only by the peer's fault.</summary>
    public bool TryWait(in InboundMessage message) => _waiting.TryAdd(Key(message.First.StreamId, message.First.StreamSequence), message);

    /// <summary>The message whose turn it is now on the stream, if it waits here.</summary>
    public bool TryTakeNext(ushort streamId, out InboundMessage message) => _waiting.Remove(Key(streamId, Next(streamId)), out message);

    /// <summary>Takes out the waiting message whose last fragment has this TSN. Rare: only when the buffer is exhausted.</summary>
    public bool TryTakeByLastTsn(uint tsn, out InboundMessage message)
    {
        foreach (var (key, candidate) in _waiting)
        {
            if (candidate.Last.Tsn == tsn)
            {
                message = candidate;
                return _waiting.Remove(key);
            }
        }

        message = default;
        return false;
    }

    public void Clear(ChunkPool pool)
    {
        foreach (var message in _waiting.Values)
        {
            pool.FreeAll(message.First);
        }

        _waiting.Clear();
        _next = [];
    }

    private static uint Key(ushort streamId, ushort sequence) => ((uint)streamId << 16) | sequence;

    private ref ushort Next(ushort streamId)
    {
        if (streamId >= _next.Length)
        {
            Array.Resize(ref _next, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)streamId + 1));
        }

        return ref _next[streamId];
    }
}
