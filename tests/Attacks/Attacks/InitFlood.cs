using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks.Attacks;

/// <summary>A flood of INITs from one address and UDP port, each of another SCTP port and tag: each costs the server a signed cookie.</summary>
internal sealed class InitFlood : Attack
{
    public override string Name => "init-flood";

    public override string Description => "INITs from one source as fast as it can, each of another SCTP port";

    // The cookie, its signature, the fixed fields that an INIT has as well: RFC 5062, 9 asks for no more than is needed.
    public override AmplificationBound Bound { get; } = new(1, 256, "an INIT ACK is an INIT with a cookie");

    public override void Run(AttackContext context)
    {
        var socket = context.Open();
        for (var i = 0; i < 200; i++)
        {
            context.Measure(socket, Packets.Init((ushort)(1000 + i), (uint)i + 1));
        }

        for (var i = 0; i < context.Count(1_000_000, 20_000); i++)
        {
            socket.Send(Packets.Init((ushort)i, (uint)context.Random.Next(1, int.MaxValue)));
            if (i % 16 == 0)
            {
                socket.Drain();
            }
        }

        context.Fence();
        socket.Drain();
    }
}

/// <summary>
/// The same from ever other addresses and UDP ports, which are gone when the answer comes, as those of a spoofed source are: nothing is
/// limited by source, and the system tells the server that nobody hears it.
/// </summary>
internal sealed class SpoofedInitFlood : Attack
{
    private const int EachSource = 8;

    public override string Name => "init-flood-spoofed";

    public override string Description => "INITs from thousands of addresses and encapsulation ports where nobody hears the answer";

    public override AmplificationBound Bound { get; } = new(1, 256, "an INIT ACK is an INIT with a cookie");

    public override void Run(AttackContext context)
    {
        for (var i = 0; i < 50; i++)
        {
            context.Measure(context.Open(i), Packets.Init((ushort)(1000 + i), (uint)i + 1));
        }

        for (var i = 0; i < context.Count(1_000_000, 20_000) / EachSource; i++)
        {
            using var socket = context.OpenShort(context.Random.Next(60_000));
            for (var j = 0; j < EachSource; j++)
            {
                socket.Send(Packets.Init((ushort)context.Random.Next(1, 65_536), (uint)context.Random.Next(1, int.MaxValue)));
            }
        }

        context.Fence();
    }
}
