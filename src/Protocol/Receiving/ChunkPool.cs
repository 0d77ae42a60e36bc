namespace Kestrel.Sctp.Protocol.Receiving;

/// <summary>The received chunks of one association: what they cost, and the free objects kept for the next.</summary>
internal sealed class ChunkPool
{
    private const int MaxFree = 1_024;

    private InboundChunk? _free;
    private int _freeCount;

    /// <summary>Bytes of receive buffer in use, overhead counted.</summary>
    public int Cost { get; private set; }

    /// <summary>Chunks taken and not given back.</summary>
    public int Count { get; private set; }

    public InboundChunk Take(in DataChunk data)
    {
        var chunk = _free ?? new InboundChunk();
        if (_free is not null)
        {
            _free = chunk.Next;
            chunk.Next = null;
            _freeCount--;
        }

        chunk.Fill(data);
        Cost += chunk.Cost;
        Count++;
        return chunk;
    }

    public void Free(InboundChunk chunk)
    {
        Cost -= chunk.Cost;
        Count--;
        chunk.Clear();
        if (_freeCount < MaxFree)
        {
            chunk.Next = _free;
            _free = chunk;
            _freeCount++;
        }
    }

    public void FreeAll(InboundChunk? first)
    {
        while (first is not null)
        {
            var next = first.Next;
            Free(first);
            first = next;
        }
    }

    /// <summary>Keeps none for the next.</summary>
    public void Trim()
    {
        _free = null;
        _freeCount = 0;
    }
}
