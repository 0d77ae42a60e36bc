using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>The chunks of a packet that was sent.</summary>
/// <param name="Header">Its common header.</param>
/// <param name="Chunks">In order.</param>
/// <param name="Rest">Bytes at its end that are no chunk.</param>
internal sealed record ReadPacket(PacketHeader Header, IReadOnlyList<SentElement> Chunks, ReadOnlyMemory<byte> Rest)
{
    public static ReadPacket Read(ReadOnlyMemory<byte> bytes, SequenceMap map)
    {
        PacketHeader.TryRead(bytes.Span, out var header);
        var chunks = new List<SentElement>();
        var rest = bytes[Math.Min(bytes.Length, PacketHeader.Size)..];
        while (SentElement.TryTake(ref rest, ElementKind.Chunk, map, out var chunk))
        {
            chunks.Add(chunk);
        }

        return new ReadPacket(header, chunks, rest);
    }

    public override string ToString() =>
        $"sctp: {string.Join("; ", Chunks)}{(Rest.IsEmpty ? "" : $"; malformed {new BytesField(Rest)}")}";
}
