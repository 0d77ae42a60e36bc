using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Fuzz.Targets;

/// <summary>Packets of our own: a chunk of each kind, and all together.</summary>
internal static class SeedPackets
{
    public static IReadOnlyList<byte[]> All { get; } =
    [
        .. SeedScripts.AllChunks.Select(chunk => Around([chunk])),
        Around([.. SeedScripts.AllChunks]),
        Around([Chunks.Raw(ChunkType.Data, 3)]),
        Around([[0, 3, 0, 0, 0, 0, 0, 0]]),
        Around([[0, 3, 0xFF, 0xFF, 0, 0, 0, 0]]),
    ];

    private static byte[] Around(IEnumerable<byte[]> chunks)
    {
        byte[] packet = [.. new byte[PacketHeader.Size], .. chunks.SelectMany(chunk => chunk)];
        new PacketHeader(Peer.Port, Peer.EnginePort, Peer.Tag).Write(packet);
        Crc32c.WritePacketChecksum(packet);
        return packet;
    }
}
