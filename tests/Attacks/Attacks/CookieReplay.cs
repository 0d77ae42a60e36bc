using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks.Attacks;

/// <summary>One cookie, sent again and again (RFC 5062, 6 and 7): while its association lives, from elsewhere, for other ports, changed, and when it is over.</summary>
internal sealed class CookieReplay : Attack
{
    public override string Name => "cookie-replay";

    public override string Description => "one COOKIE ECHO many times, from other sources, with other ports, damaged, and after the end of its association";

    public override AmplificationBound Bound { get; } = new(1, 0, "a COOKIE ACK is shorter than any COOKIE ECHO");

    public override void Run(AttackContext context)
    {
        var socket = context.Open();
        var elsewhere = context.Open(1);
        var samePlace = context.Open();
        var peer = new RawPeer(socket, 1000).Connect();
        var cookie = peer.Cookie;
        var echo = Packets.Write(peer.Port, peer.ServerTag, (ref PacketWriter w) => CookieEchoChunk.Write(ref w, cookie)).ToArray();
        foreach (var source in new[] { socket, elsewhere, samePlace })
        {
            for (var i = 0; i < 20; i++)
            {
                context.Measure(source, echo);
            }
        }

        for (var i = 0; i < context.Count(300_000, 5_000); i++)
        {
            (i % 3 == 0 ? elsewhere : socket).Send(echo);
            socket.Drain();
        }

        context.Fence();
        RefuseOtherPorts(context, peer, cookie);
        RefuseDamaged(context, echo);
        ReplayAfterTheEnd(context, peer, echo);
    }

    /// <summary>RFC 5062, 7: silently discarded.</summary>
    private static void RefuseOtherPorts(AttackContext context, RawPeer peer, byte[] cookie)
    {
        var socket = context.Open(2);
        foreach (var (port, serverPort) in new[] { ((ushort)(peer.Port + 1), Packets.ServerPort), (peer.Port, (ushort)(Packets.ServerPort + 1)) })
        {
            var before = context.Traffic.ReplyPackets;
            context.Measure(socket, Packets.Write(port, peer.ServerTag, (ref PacketWriter w) => CookieEchoChunk.Write(ref w, cookie), serverPort));
            context.Require(context.Traffic.ReplyPackets == before, $"a cookie for port {peer.Port} was answered on ports {port} and {serverPort}");
        }
    }

    private static void RefuseDamaged(AttackContext context, byte[] echo)
    {
        var socket = context.Open(3);
        var damaged = (byte[])echo.Clone();
        for (var i = 0; i < context.Count(200_000, 5_000); i++)
        {
            var at = context.Random.Next(16, damaged.Length);
            damaged[at] ^= 1;
            damaged[4] ^= 1; // the tag of no association: it is not looked up, but opened
            Crc32c.WritePacketChecksum(damaged);
            socket.Send(damaged);
            damaged[at] ^= 1;
            damaged[4] ^= 1;
        }

        context.Fence();
        var answered = socket.TryReceive(TimeSpan.Zero, out _);
        context.Require(!answered, "a damaged cookie was answered");
    }

    /// <summary>A cookie is good for as long as it lives, but for one association at a time.</summary>
    private static void ReplayAfterTheEnd(AttackContext context, RawPeer peer, byte[] echo)
    {
        for (var i = 0; i < context.Count(10_000, 300); i++)
        {
            peer.Abort();
            peer.Socket.Send(echo);
            peer.Pump(TimeSpan.Zero);
            if (i % 50 == 0)
            {
                context.Fence();
            }
        }

        peer.Abort();
        context.Fence();
    }
}
