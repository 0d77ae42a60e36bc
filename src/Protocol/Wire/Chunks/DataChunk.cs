using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Wire.Chunks;

/// <summary>DATA (RFC 9260, 3.3.1).</summary>
internal readonly ref struct DataChunk
{
    /// <summary>The chunk header and the fixed fields; the payload follows.</summary>
    public const int HeaderSize = 16;

    private readonly ReadOnlySpan<byte> _whole;

    private DataChunk(ReadOnlySpan<byte> whole) => _whole = whole;

    public byte Flags => _whole[1];

    public bool IsBegin => (Flags & ChunkFlags.DataBegin) != 0;

    public bool IsEnd => (Flags & ChunkFlags.DataEnd) != 0;

    public bool IsUnordered => (Flags & ChunkFlags.DataUnordered) != 0;

    public bool IsImmediate => (Flags & ChunkFlags.DataImmediate) != 0;

    public uint Tsn => BinaryPrimitives.ReadUInt32BigEndian(_whole[4..]);

    public ushort StreamId => BinaryPrimitives.ReadUInt16BigEndian(_whole[8..]);

    public ushort StreamSequence => BinaryPrimitives.ReadUInt16BigEndian(_whole[10..]);

    /// <summary>In host order here, in network order on the wire.</summary>
    public uint PayloadProtocolId => BinaryPrimitives.ReadUInt32BigEndian(_whole[12..]);

    /// <summary>Empty in a chunk of length 16, which is an error to be answered (RFC 9260, 6.2).</summary>
    public ReadOnlySpan<byte> Payload => _whole[HeaderSize..];

    public static bool TryRead(scoped in Chunk chunk, out DataChunk result)
    {
        var valid = chunk.Type == ChunkType.Data && chunk.Length >= HeaderSize;
        result = valid ? new DataChunk(chunk.Whole) : default;
        return valid;
    }

    /// <summary>Writes the chunk, its padding too, and returns the place of the payload for the caller to fill.</summary>
    public static Span<byte> Write(
        ref PacketWriter w, byte flags, uint tsn, ushort streamId, ushort ssn, uint ppid, int payloadLength)
    {
        w.BeginChunk(ChunkType.Data, flags);
        var fields = w.Reserve(HeaderSize - Chunk.HeaderSize);
        BinaryPrimitives.WriteUInt32BigEndian(fields, tsn);
        BinaryPrimitives.WriteUInt16BigEndian(fields[4..], streamId);
        BinaryPrimitives.WriteUInt16BigEndian(fields[6..], ssn);
        BinaryPrimitives.WriteUInt32BigEndian(fields[8..], ppid);
        var payload = w.Reserve(payloadLength);
        w.EndChunk();
        return payload;
    }
}
