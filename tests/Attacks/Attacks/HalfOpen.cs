using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks.Attacks;

/// <summary>Peers that ask for an association and then say nothing: after INIT, where the server must keep nothing at all, and after COOKIE ECHO.</summary>
internal sealed class HalfOpen : Attack
{
    public override string Name => "half-open";

    public override string Description => "10,000 INITs without a COOKIE ECHO, then 10,000 associations that fall silent once they are up";

    public override AmplificationBound Bound { get; } = new(1, 256, "an INIT ACK is an INIT with a cookie");

    public override void Run(AttackContext context)
    {
        var count = context.Count(10_000, 500);
        var socket = context.Open();
        context.Measure(socket, Packets.Init(1, 1));
        for (var i = 0; i < count; i++)
        {
            socket.Send(Packets.Init((ushort)(1000 + i), 1));
            socket.Drain();
        }

        var peers = context.ConnectMany(count);
        context.Hold($"{count:N0} silent associations");
        context.AbortAll(peers);
    }
}
