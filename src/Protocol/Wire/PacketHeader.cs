using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Wire;

/// <summary>The SCTP common header (RFC 9260, 3.1), its checksum aside: that is <see cref="Crc32c"/>'s.</summary>
internal readonly record struct PacketHeader(ushort SourcePort, ushort DestinationPort, uint VerificationTag)
{
    public const int Size = 12;

    /// <summary>False when the packet can't hold a chunk header or a port is 0: it is to be dropped.</summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, out PacketHeader header)
    {
        if (packet.Length < Size + Chunk.HeaderSize)
        {
            header = default;
            return false;
        }

        header = new PacketHeader(
            BinaryPrimitives.ReadUInt16BigEndian(packet),
            BinaryPrimitives.ReadUInt16BigEndian(packet[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(packet[4..]));
        return header.SourcePort != 0 && header.DestinationPort != 0;
    }

    /// <summary>Reads it from a packet quoted in part, as ICMP does: ports and tag are enough.</summary>
    public static bool TryReadQuoted(ReadOnlySpan<byte> quoted, out PacketHeader header)
    {
        var valid = quoted.Length >= 8;
        header = valid
            ? new PacketHeader(
                BinaryPrimitives.ReadUInt16BigEndian(quoted), BinaryPrimitives.ReadUInt16BigEndian(quoted[2..]),
                BinaryPrimitives.ReadUInt32BigEndian(quoted[4..]))
            : default;
        return valid;
    }

    /// <summary>Writes 12 bytes, the checksum field zero.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], DestinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], VerificationTag);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], 0);
    }
}
