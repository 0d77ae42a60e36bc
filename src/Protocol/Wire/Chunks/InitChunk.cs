using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Wire.Chunks;

/// <summary>INIT and INIT ACK (RFC 9260, 3.3.2 and 3.3.3).</summary>
internal readonly ref struct InitChunk
{
    /// <summary>The chunk header and the fixed fields; parameters follow.</summary>
    public const int HeaderSize = 20;

    private readonly ReadOnlySpan<byte> _whole;

    private InitChunk(ReadOnlySpan<byte> whole) => _whole = whole;

    public uint InitiateTag => BinaryPrimitives.ReadUInt32BigEndian(_whole[4..]);

    public uint AdvertisedReceiverWindow => BinaryPrimitives.ReadUInt32BigEndian(_whole[8..]);

    public ushort OutboundStreams => BinaryPrimitives.ReadUInt16BigEndian(_whole[12..]);

    public ushort InboundStreams => BinaryPrimitives.ReadUInt16BigEndian(_whole[14..]);

    public uint InitialTsn => BinaryPrimitives.ReadUInt32BigEndian(_whole[16..]);

    /// <summary>For a <see cref="ParameterReader"/>.</summary>
    public ReadOnlySpan<byte> Parameters => _whole[HeaderSize..];

    /// <summary>Checks the length only: what the values mean is the endpoint's business.</summary>
    public static bool TryRead(scoped in Chunk chunk, out InitChunk result)
    {
        var valid = chunk.Type is ChunkType.Init or ChunkType.InitAck && chunk.Length >= HeaderSize;
        result = valid ? new InitChunk(chunk.Whole) : default;
        return valid;
    }

    /// <summary>Writes the fixed fields into a chunk that is open; parameters and <see cref="PacketWriter.EndChunk"/> follow.</summary>
    public static void WriteFixed(ref PacketWriter w, uint tag, uint aRwnd, ushort os, ushort mis, uint initialTsn)
    {
        w.WriteUInt32(tag);
        w.WriteUInt32(aRwnd);
        w.WriteUInt16(os);
        w.WriteUInt16(mis);
        w.WriteUInt32(initialTsn);
    }
}
