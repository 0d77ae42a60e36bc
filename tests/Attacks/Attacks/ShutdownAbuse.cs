using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks.Attacks;

/// <summary>Ends that are none: SHUTDOWN and silence, SHUTDOWN again and again, with a TSN never sent, its answers where nobody asked.</summary>
internal sealed class ShutdownAbuse : Attack
{
    public override string Name => "shutdown-abuse";

    public override string Description => "SHUTDOWN and then silence, SHUTDOWN floods, TSNs never sent, SHUTDOWN ACK and COMPLETE out of state";

    public override AmplificationBound Bound { get; } = new(1, 96, "a SHUTDOWN ACK is shorter than a SHUTDOWN; an ABORT says why");

    public override void Run(AttackContext context)
    {
        var count = context.Count(2_000, 100);
        OutOfState(context);
        BeyondWhatWasSent(context);

        var peers = context.ConnectMany(count);
        foreach (var (i, peer) in peers.Index())
        {
            peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, peer.ServerInitialTsn - 1));
            if (i % 100 == 0)
            {
                context.Fence();
            }
        }

        context.Hold($"{count:N0} associations between SHUTDOWN ACK and SHUTDOWN COMPLETE");
        var flooding = peers[0];
        for (var i = 0; i < context.Count(300_000, 5_000); i++)
        {
            flooding.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, flooding.ServerInitialTsn - 1));
            flooding.Socket.Drain();
        }

        context.AbortAll(peers);
    }

    private static void OutOfState(AttackContext context)
    {
        var peer = new RawPeer(context.Open(), 1000).Connect();
        WriteChunks[] chunks =
        [
            EmptyChunks.WriteShutdownAck,
            (ref PacketWriter w) => EmptyChunks.WriteShutdownComplete(ref w, tagReflected: false),
            (ref PacketWriter w) => EmptyChunks.WriteShutdownComplete(ref w, tagReflected: true),
            EmptyChunks.WriteCookieAck,
        ];
        for (var i = 0; i < context.Count(40_000, 1_000); i++)
        {
            var packet = Packets.Write(peer.Port, peer.ServerTag, chunks[i % chunks.Length]);
            if (i < 40)
            {
                context.Measure(peer.Socket, packet);
            }
            else
            {
                peer.Socket.Send(packet);
                peer.Pump(TimeSpan.Zero);
            }
        }

        // It lives: nothing of that was its end.
        peer.Fence();
        context.Require(!peer.IsOver, "an association ended by a SHUTDOWN ACK or SHUTDOWN COMPLETE that it had not asked for");
        context.AbortAll([peer]);
    }

    /// <summary>RFC 9260, 6.2.1: acknowledging what was never sent is a protocol violation in a SHUTDOWN too.</summary>
    private static void BeyondWhatWasSent(AttackContext context)
    {
        var peer = new RawPeer(context.Open(1), 1000);
        for (var i = 0; i < context.Count(1_000, 30); i++)
        {
            peer.Connect();
            context.Measure(peer.Socket, Packets.Write(
                peer.Port, peer.ServerTag, (ref PacketWriter w) => ShutdownChunk.Write(ref w, peer.ServerInitialTsn + 1_000)));
            peer.Abort();
        }

        context.Fence();
    }
}
