using System.Buffers;
using System.Numerics;

namespace Kestrel.Sctp.Protocol.Receiving;

/// <summary>
/// The user data of one DATA chunk, copied once out of the packet into a pooled block. Linked to its neighbours of the same
/// message. Owned by exactly one of: a run under reassembly, a message waiting for its turn, the queue to the reader, the free list.
/// </summary>
internal sealed class InboundChunk
{
    /// <summary>What a chunk takes beside its block, at most: this object, the block's header, its places in the indexes.</summary>
    public const int Overhead = 224;

    // Of its own, for the shared pool keeps fewer blocks of a size than one association may hold.
    private const int MinBlock = 16;
    private const int MaxBlock = 64 * 1024;
    private const int MaxBlocksPerSize = 1_024;
    private static readonly ArrayPool<byte> _blocks = ArrayPool<byte>.Create(MaxBlock, MaxBlocksPerSize);

    private byte[] _block = [];

    public uint Tsn { get; private set; }
    public ushort StreamId { get; private set; }
    public ushort StreamSequence { get; private set; }
    public uint PayloadProtocolId { get; private set; }
    public bool Unordered { get; private set; }
    public bool Begins { get; private set; }
    public bool Ends { get; private set; }
    public int Length { get; private set; }

    /// <summary>Bytes that the reader has taken already.</summary>
    public int Consumed { get; set; }

    public InboundChunk? Next { get; set; }
    public InboundChunk? Previous { get; set; }

    /// <summary>While this chunk is the first or last of a run under reassembly: the run's other end.</summary>
    public InboundChunk? RunEnd { get; set; }

    /// <summary>The memory it holds, or more; the same for the same length.</summary>
    public int Memory => _block.Length + Overhead;

    public ReadOnlySpan<byte> Unread => _block.AsSpan(Consumed, Length - Consumed);

    public void Fill(in DataChunk data)
    {
        Tsn = data.Tsn;
        StreamId = data.StreamId;
        StreamSequence = data.StreamSequence;
        PayloadProtocolId = data.PayloadProtocolId;
        Unordered = data.IsUnordered;
        Begins = data.IsBegin;
        Ends = data.IsEnd;
        Length = data.Payload.Length;
        Consumed = 0;
        _block = RentBlock(Length);
        data.Payload.CopyTo(_block);
    }

    // Always of the size that fits: a larger one, given when those are all in use, would make what the peer is told of the
    // window depend on what other associations hold (requirements R-126).
    private static byte[] RentBlock(int length)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, MinBlock));
        var block = _blocks.Rent(size);
        if (block.Length == size)
        {
            return block;
        }

        _blocks.Return(block);
        return new byte[size];
    }

    public void Clear()
    {
        _blocks.Return(_block);
        _block = [];
        Next = null;
        Previous = null;
        RunEnd = null;
    }

    /// <summary>A fragment may follow this one: same stream, same U bit, same SSN when ordered (RFC 9260, 6.9).</summary>
    public bool IsSameMessage(InboundChunk other) =>
        StreamId == other.StreamId && Unordered == other.Unordered && (Unordered || StreamSequence == other.StreamSequence);
}
