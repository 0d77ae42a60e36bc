using System.Buffers.Binary;
using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Fuzz.Targets;

/// <summary>
/// Chunks of a script with the numbers of the run filled in, so that a script stays right when the engine draws others: TSNs count
/// from each end's first one, an empty COOKIE ECHO carries the last cookie, an empty HEARTBEAT ACK the last Heartbeat Info.
/// </summary>
internal static class Symbols
{
    private const int TsnOffset = Chunk.HeaderSize;

    /// <summary>Writes the chunks as they go on the wire; returns their length. What no longer fits is left out.</summary>
    public static int Resolve(ReadOnlySpan<byte> chunks, Peer peer, Span<byte> destination)
    {
        var length = 0;
        while (chunks.Length >= Chunk.HeaderSize)
        {
            int stated = BinaryPrimitives.ReadUInt16BigEndian(chunks[2..]);
            if (stated < Chunk.HeaderSize || stated > chunks.Length)
            {
                break;
            }

            var padded = Math.Min(Tlv.Pad(stated), chunks.Length);
            if (!TryWrite(chunks[..stated], chunks[..padded], peer, destination[length..], out var written))
            {
                return length;
            }

            length += written;
            chunks = chunks[padded..];
        }

        // No chunk any more: as it is.
        var rest = chunks[..Math.Min(chunks.Length, destination.Length - length)];
        rest.CopyTo(destination[length..]);
        return length + rest.Length;
    }

    private static bool TryWrite(ReadOnlySpan<byte> chunk, ReadOnlySpan<byte> padded, Peer peer, Span<byte> destination, out int written)
    {
        var type = (ChunkType)chunk[0];
        var filling = chunk.Length > Chunk.HeaderSize ? default : type switch
        {
            ChunkType.CookieEcho => peer.Cookie,
            ChunkType.HeartbeatAck => peer.HeartbeatInfo,
            _ => default(ReadOnlySpan<byte>),
        };
        written = filling.IsEmpty ? padded.Length : Tlv.Pad(Chunk.HeaderSize + filling.Length);
        if (written > destination.Length)
        {
            return false;
        }

        if (!filling.IsEmpty)
        {
            destination[..written].Clear();
            chunk[..2].CopyTo(destination);
            BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)(Chunk.HeaderSize + filling.Length));
            filling.CopyTo(destination[Chunk.HeaderSize..]);
            return true;
        }

        padded.CopyTo(destination);
        if (chunk.Length >= TsnOffset + sizeof(uint) && FirstTsn(type, peer) is { } first)
        {
            var field = destination.Slice(TsnOffset, sizeof(uint));
            BinaryPrimitives.WriteUInt32BigEndian(field, BinaryPrimitives.ReadUInt32BigEndian(field) + first);
        }

        return true;
    }

    private static uint? FirstTsn(ChunkType type, Peer peer) => type switch
    {
        ChunkType.Data or ChunkType.IData or ChunkType.ForwardTsn or ChunkType.IForwardTsn => Peer.InitialTsn,
        ChunkType.Sack or ChunkType.Shutdown => peer.EngineTsn,
        _ => null,
    };
}
