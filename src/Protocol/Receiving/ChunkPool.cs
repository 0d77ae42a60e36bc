namespace Kestrel.Sctp.Protocol.Receiving;

/// <summary>The received chunks of one association: what they cost, and the free objects kept for the next.</summary>
internal sealed class ChunkPool
{
    private const int MaxFree = 1_024;

    private InboundChunk? _free;
    private int _freeCount;

    /// <summary>Bytes of memory that the chunks in use hold: blocks, objects, indexes.</summary>
    public int Memory { get; private set; }

    /// <summary>Bytes of user data in them.</summary>
    public int Payload { get; private set; }

    /// <summary>
    /// Bytes of receive buffer in use. User data counts as it is, up to as much overhead again; what overhead is beyond counts
    /// too, so that one-byte chunks hold no more memory than large ones: it is never above twice this (RFC 9260, 6.2). A sender
    /// of large chunks sees the window shrink by what it sends and never overruns it.
    /// </summary>
    public int Cost => Math.Max(Payload, Memory / 2);

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
        Memory += chunk.Memory;
        Payload += chunk.Length;
        Count++;
        return chunk;
    }

    public void Free(InboundChunk chunk)
    {
        Memory -= chunk.Memory;
        Payload -= chunk.Length;
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
