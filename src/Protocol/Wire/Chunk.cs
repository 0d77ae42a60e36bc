using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Wire;

/// <summary>A chunk as it lies in its packet (RFC 9260, 3.2).</summary>
internal readonly ref struct Chunk
{
    public const int HeaderSize = 4;

    /// <param name="whole">The chunk with its header and without padding: at least 4 bytes.</param>
    public Chunk(ReadOnlySpan<byte> whole) => Whole = whole;

    public ReadOnlySpan<byte> Whole { get; }

    public ChunkType Type => (ChunkType)Whole[0];

    public byte Flags => Whole[1];

    /// <summary>The Length field: header included, padding not.</summary>
    public int Length => Whole.Length;

    public ReadOnlySpan<byte> Value => Whole[HeaderSize..];
}

/// <summary>How a <see cref="ChunkReader"/>'s walk ended.</summary>
internal enum ChunkReaderEnd
{
    Complete,

    /// <summary>A Length field below 4; nothing behind it can be found.</summary>
    BadLength,

    /// <summary>A Length field that points past the packet; that chunk is dropped.</summary>
    Truncated,
}

/// <summary>
/// Walks over the chunks of a packet. It can stand behind a <c>foreach</c>; who needs <see cref="End"/> calls
/// <see cref="MoveNext"/> itself, for <c>foreach</c> works on a copy.
/// </summary>
internal ref struct ChunkReader
{
    private ReadOnlySpan<byte> _rest;
    private ReadOnlySpan<byte> _current;

    /// <param name="packet">The whole packet with its common header.</param>
    public ChunkReader(ReadOnlySpan<byte> packet)
    {
        _rest = packet.Length > PacketHeader.Size ? packet[PacketHeader.Size..] : default;
    }

    public readonly Chunk Current => new(_current);

    /// <summary>Why <see cref="MoveNext"/> returned false.</summary>
    public ChunkReaderEnd End { get; private set; }

    public readonly ChunkReader GetEnumerator() => this;

    public bool MoveNext()
    {
        // Fewer bytes than a header are no chunk; the packet is complete without them.
        if (_rest.Length < Chunk.HeaderSize)
        {
            _rest = default;
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]);
        if (length < Chunk.HeaderSize)
        {
            End = ChunkReaderEnd.BadLength;
            _rest = default;
            return false;
        }

        if (length > _rest.Length)
        {
            End = ChunkReaderEnd.Truncated;
            _rest = default;
            return false;
        }

        _current = _rest[..length];
        _rest = _rest[Math.Min(Tlv.Pad(length), _rest.Length)..];
        return true;
    }
}
