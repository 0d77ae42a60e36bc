using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks.Attacks;

/// <summary>Packets of 300 HEARTBEATs, and of 300 unknown chunks that ask for a report (RFC 5062, 8 and 10): one packet answers each.</summary>
internal sealed class HeartbeatBundles : Attack
{
    public override string Name => "heartbeat-bundles";

    public override string Description => "300 HEARTBEATs, or 300 unknown chunks to be reported, in one packet; HEARTBEATs of 60,000 bytes";

    public override AmplificationBound Bound { get; } = new(1, 1_252, "one packet within the PMTU of 1,280 answers one packet, whatever is in it, and to an address that is verified");

    public override void Run(AttackContext context)
    {
        var peer = new RawPeer(context.Open(), 1000).Connect();
        var bundles = new[] { Bundle(peer, ChunkType.Heartbeat, 300), Bundle(peer, (ChunkType)0xFE, 300), Bundle(peer, (ChunkType)0xFE, 100), Bundle(peer, (ChunkType)0x7E, 300), LongHeartbeat(peer) };
        for (var i = 0; i < 40; i++)
        {
            context.Measure(peer.Socket, bundles[i % bundles.Length]);
        }

        for (var i = 0; i < context.Count(200_000, 4_000); i++)
        {
            peer.Socket.Send(bundles[i % bundles.Length]);
            peer.Socket.Drain();
        }

        context.AbortAll([peer]);
    }

    private static byte[] Bundle(RawPeer peer, ChunkType type, int count) => Packets.Write(peer.Port, peer.ServerTag, (ref PacketWriter w) =>
    {
        for (var i = 0; i < count; i++)
        {
            if (type == ChunkType.Heartbeat)
            {
                HeartbeatChunk.Write(ref w, type, [1, 2, 3, 4]);
            }
            else
            {
                w.BeginChunk(type, 0);
                w.EndChunk();
            }
        }
    }).ToArray();

    private static byte[] LongHeartbeat(RawPeer peer) =>
        Packets.Write(peer.Port, peer.ServerTag, (ref PacketWriter w) => HeartbeatChunk.Write(ref w, ChunkType.Heartbeat, new byte[60_000])).ToArray();
}
