using System.Buffers;

namespace Kestrel.Sctp.Protocol.Paths;

/// <summary>
/// Chunks written while a packet is processed, to leave in one packet: what does not fit is dropped, so that no packet of
/// the peer's can call forth more than one of ours (RFC 9260, 12.4).
/// </summary>
internal sealed class ControlBuffer
{
    private byte[]? _buffer;

    public int Length { get; private set; }

    public bool IsEmpty => Length == 0;

    public ReadOnlySpan<byte> Chunks => _buffer.AsSpan(0, Length);

    /// <summary>Room for further chunks, given the largest packet of the path.</summary>
    public PacketWriter BeginWrite(int maxPacketSize)
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(maxPacketSize);
        var limit = Math.Min(_buffer.Length, maxPacketSize - PacketHeader.Size);
        return new PacketWriter(_buffer.AsSpan(Length, Math.Max(limit - Length, 0)));
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
