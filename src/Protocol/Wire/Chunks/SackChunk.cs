using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Wire.Chunks;

/// <summary>A run of received TSNs, as offsets from the SACK's cumulative TSN, both inclusive.</summary>
internal readonly record struct GapBlock(ushort Start, ushort End);

/// <summary>SACK (RFC 9260, 3.3.4).</summary>
internal readonly ref struct SackChunk
{
    /// <summary>The chunk header and the fixed fields; gap blocks, then duplicates follow, 4 bytes each.</summary>
    public const int HeaderSize = 16;

    public const int GapBlockSize = 4;
    public const int DuplicateSize = 4;

    private readonly ReadOnlySpan<byte> _whole;

    private SackChunk(ReadOnlySpan<byte> whole) => _whole = whole;

    public uint CumulativeTsn => BinaryPrimitives.ReadUInt32BigEndian(_whole[4..]);

    public uint AdvertisedReceiverWindow => BinaryPrimitives.ReadUInt32BigEndian(_whole[8..]);

    public int GapBlockCount => BinaryPrimitives.ReadUInt16BigEndian(_whole[12..]);

    public int DuplicateCount => BinaryPrimitives.ReadUInt16BigEndian(_whole[14..]);

    /// <summary>As it came: a start of 0, or one above the end, is for the association to refuse.</summary>
    public GapBlock GapBlock(int i)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)i, (uint)GapBlockCount);
        var block = _whole.Slice(HeaderSize + i * GapBlockSize, GapBlockSize);
        return new GapBlock(BinaryPrimitives.ReadUInt16BigEndian(block), BinaryPrimitives.ReadUInt16BigEndian(block[2..]));
    }

    public uint Duplicate(int i)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)i, (uint)DuplicateCount);
        return BinaryPrimitives.ReadUInt32BigEndian(_whole[(HeaderSize + GapBlockCount * GapBlockSize + i * DuplicateSize)..]);
    }

    /// <summary>False when the chunk is too short for the counts it states.</summary>
    public static bool TryRead(scoped in Chunk chunk, out SackChunk result)
    {
        result = default;
        if (chunk.Type != ChunkType.Sack || chunk.Length < HeaderSize)
        {
            return false;
        }

        var sack = new SackChunk(chunk.Whole);
        if (chunk.Length < SizeOf(sack.GapBlockCount, sack.DuplicateCount))
        {
            return false;
        }

        result = sack;
        return true;
    }

    public static int SizeOf(int gaps, int duplicates) => HeaderSize + gaps * GapBlockSize + duplicates * DuplicateSize;

    public static void Write(
        ref PacketWriter w, uint cumTsn, uint aRwnd, scoped ReadOnlySpan<GapBlock> gaps, scoped ReadOnlySpan<uint> duplicates)
    {
        w.BeginChunk(ChunkType.Sack, 0);
        w.WriteUInt32(cumTsn);
        w.WriteUInt32(aRwnd);
        w.WriteUInt16(checked((ushort)gaps.Length));
        w.WriteUInt16(checked((ushort)duplicates.Length));
        foreach (var gap in gaps)
        {
            w.WriteUInt16(gap.Start);
            w.WriteUInt16(gap.End);
        }

        foreach (var tsn in duplicates)
        {
            w.WriteUInt32(tsn);
        }

        w.EndChunk();
    }
}
