using System.Buffers;

namespace Kestrel.Sctp.Protocol.Paths;

/// <summary>
/// Chunks written while a packet is processed, to leave in one packet: what does not fit is dropped, so that no packet of
/// the peer's can call forth more than one of ours (RFC 9260, 12.4).
/// </summary>
internal sealed class ControlBuffer
{
    // COOKIE ACK, SACK and SHUTDOWN answer the same packet, and leave with these in one.
    private const int OtherChunks = 4 + SackChunk.HeaderSize + 8;

    private byte[]? _buffer;

    public int Length { get; private set; }

    public bool IsEmpty => Length == 0;

    public ReadOnlySpan<byte> Chunks => _buffer.AsSpan(0, Length);

    /// <summary>
    /// Room for further chunks, given the largest packet of the path; false when there is less than asked for, and nothing
    /// may be written then.
    /// </summary>
    public bool TryBeginWrite(int maxPacketSize, int needed, out PacketWriter writer)
    {
        var room = maxPacketSize - PacketHeader.Size - Length;
        if (needed <= room - OtherChunks)
        {
            room -= OtherChunks;
        }
        else if (needed > room || Length > 0)
        {
            // A single long HEARTBEAT ACK is answered alone.
            writer = default;
            return false;
        }

        _buffer ??= ArrayPool<byte>.Shared.Rent(maxPacketSize);
        writer = new PacketWriter(_buffer.AsSpan(Length, room));
        return true;
    }

    public void EndWrite(in PacketWriter writer) => Length += writer.Length;

    public void Clear()
    {
        Length = 0;
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
