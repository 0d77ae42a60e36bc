using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks.Attacks;

/// <summary>An association that starts anew all the time (RFC 9260, 5.2): each restart ends a connection of the server's and begins another.</summary>
internal sealed class RestartAbuse : Attack
{
    public override string Name => "restart-abuse";

    public override string Description => "restarts one after the other, INITs to a live association that end in nothing, restarts that bring addresses in";

    public override AmplificationBound Bound { get; } = new(1, 256, "an INIT ACK is an INIT with a cookie; an ABORT that names the addresses is shorter than the INIT that brought them");

    public override void Run(AttackContext context)
    {
        var peer = new RawPeer(context.Open(), 1000).Connect();
        for (var i = 0; i < context.Count(5_000, 150); i++)
        {
            peer.Connect();
        }

        for (var i = 0; i < 60; i++)
        {
            context.Measure(peer.Socket, Packets.Init(peer.Port, (uint)(i + 10)));
            context.Measure(peer.Socket, Packets.Init(peer.Port, (uint)(i + 10), AttackContext.Address(0), AttackContext.VictimAddress(i)));
        }

        for (var i = 0; i < context.Count(200_000, 4_000); i++)
        {
            peer.Socket.Send(i % 2 == 0
                ? Packets.Init(peer.Port, (uint)(i + 10))
                : Packets.Init(peer.Port, (uint)(i + 10), AttackContext.Address(0), AttackContext.VictimAddress(i)));
            peer.Socket.Drain();
        }

        context.Fence();
        peer.Socket.Drain();
        peer.Fence();
        context.Require(!peer.IsOver, "an association ended by INITs that led to nothing");
        context.AbortAll([peer]);
    }
}
