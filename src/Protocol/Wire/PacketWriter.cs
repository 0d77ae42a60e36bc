using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Wire;

/// <summary>
/// Builds one packet in a caller's buffer: header, then chunks, then <see cref="Finish"/>; or a run of chunks alone. Parameters and causes stand in
/// a chunk, one behind the other. Writing past the buffer throws: callers ask <see cref="Remaining"/> first.
/// </summary>
internal ref struct PacketWriter
{
    private const int None = -1;

    private readonly Span<byte> _buffer;
    private int _length;
    private int _chunkStart = None;
    private int _elementStart = None;

    public PacketWriter(Span<byte> buffer)
    {
        // A multiple of 4, so that padding never fails to fit.
        _buffer = buffer[..(buffer.Length & ~3)];
    }

    /// <summary>Bytes written so far.</summary>
    public readonly int Length => _length;

    /// <summary>Bytes that still fit, after the padding due before the next chunk, parameter or cause.</summary>
    public readonly int Remaining => _buffer.Length - Tlv.Pad(_length);

    public void WriteHeader(PacketHeader h)
    {
        if (_length != 0)
        {
            throw new InvalidOperationException("The header comes first.");
        }

        h.Write(Reserve(PacketHeader.Size));
    }

    public void BeginChunk(ChunkType t, byte flags)
    {
        if (_chunkStart != None)
        {
            throw new InvalidOperationException("A chunk stands outside of any other chunk.");
        }

        var start = _length;
        var header = Reserve(Chunk.HeaderSize);
        header[0] = (byte)t;
        header[1] = flags;
        header[2..].Clear();
        _chunkStart = start;
    }

    /// <summary>Sets the Length field, which counts no final padding (RFC 9260, 3.2), and pads the chunk.</summary>
    public void EndChunk()
    {
        if (_chunkStart == None || _elementStart != None)
        {
            throw new InvalidOperationException("No chunk is open, or a parameter or cause in it still is.");
        }

        PatchLength(_chunkStart);
        _chunkStart = None;
        Align();
    }

    public void BeginParameter(ParameterType t) => BeginElement((ushort)t);

    public void EndParameter() => EndElement();

    public void BeginCause(CauseCode c) => BeginElement((ushort)c);

    public void EndCause() => EndElement();

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Reserve(sizeof(ushort)), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Reserve(sizeof(uint)), value);

    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Reserve(sizeof(ulong)), value);

    public void WriteBytes(scoped ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    /// <summary>
    /// Writes a parameter or cause that exists already, header and all, behind the padding that is due before it.
    /// </summary>
    public void WriteElement(scoped ReadOnlySpan<byte> whole)
    {
        Align();
        WriteBytes(whole);
    }

    /// <summary>The next <paramref name="n"/> bytes, for the caller to fill: they hold whatever the buffer held.</summary>
    public Span<byte> Reserve(int n)
    {
        var span = _buffer.Slice(_length, n);
        _length += n;
        return span;
    }

    /// <summary>Drops all behind <paramref name="length"/>: a half-written chunk, or a parameter of an open one.</summary>
    public void Rewind(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_length);

        _length = length;
        if (_chunkStart >= length)
        {
            _chunkStart = None;
        }

        if (_elementStart >= length)
        {
            _elementStart = None;
        }
    }

    /// <summary>Writes the CRC32c and returns the packet.</summary>
    public readonly ReadOnlySpan<byte> Finish()
    {
        if (_chunkStart != None || _length < PacketHeader.Size)
        {
            throw new InvalidOperationException("A packet is a header and closed chunks.");
        }

        var packet = _buffer[.._length];
        Crc32c.WritePacketChecksum(packet);
        return packet;
    }

    private void BeginElement(ushort type)
    {
        if (_chunkStart == None || _elementStart != None)
        {
            throw new InvalidOperationException("A parameter or cause stands in a chunk, outside of any other.");
        }

        Align();
        var start = _length;
        var header = Reserve(Tlv.HeaderSize);
        BinaryPrimitives.WriteUInt16BigEndian(header, type);
        header[2..].Clear();
        _elementStart = start;
    }

    // The padding is left to what follows: behind a chunk's last parameter it is outside of the chunk's length.
    private void EndElement()
    {
        if (_elementStart == None)
        {
            throw new InvalidOperationException("No parameter or cause is open.");
        }

        PatchLength(_elementStart);
        _elementStart = None;
    }

    private readonly void PatchLength(int start) =>
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[(start + 2)..], checked((ushort)(_length - start)));

    private void Align() => Reserve(Tlv.Pad(_length) - _length).Clear();
}
