using System.Diagnostics;
using System.Net;
using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks.Attacks;

/// <summary>
/// INITs with thousands of addresses, and associations that list a victim's addresses (RFC 5062, 5 and 6): the victim hears no data, and no more
/// probes than one for each RTO of an association, however often the cookie is sent.
/// </summary>
internal sealed class AddressLists : Attack
{
    private const int MostAddresses = 8_000;
    private const int Victims = 63;

    public override string Name => "address-lists";

    public override string Description => "INITs with up to 8,000 addresses; associations that list the addresses of a victim, and their cookies sent again";

    public override AmplificationBound Bound { get; } = new(1, 256, "an INIT ACK is an INIT with a cookie, which keeps 64 addresses at most");

    public override void Run(AttackContext context)
    {
        var socket = context.Open();
        var many = Enumerable.Range(0, MostAddresses).Select(i => new IPAddress([127, 80, (byte)(i / 250), (byte)(1 + (i % 250))])).ToArray();
        for (var addresses = 1; addresses <= MostAddresses; addresses = (addresses * 3 / 2) + 1)
        {
            context.Measure(socket, Packets.Init((ushort)addresses, 1, many.AsSpan(0, addresses)));
        }

        var longest = Packets.Init(1, 1, many).ToArray();
        for (var i = 0; i < context.Count(20_000, 300); i++)
        {
            socket.Send(longest);
            socket.Drain();
        }

        context.Fence();
        SetOnVictims(context);
    }

    private static void SetOnVictims(AttackContext context)
    {
        var clock = Stopwatch.StartNew();
        var peer = new RawPeer(context.Open(1), 1000);
        var victims = Enumerable.Range(0, Victims).Select(i => context.OpenVictim(i, peer.Socket.Port)).ToList();
        peer.Connect(addresses: [.. victims.Select(victim => victim.Address)]);
        peer.SendMessage(1_000);
        for (var i = 0; i < context.Count(20_000, 500); i++)
        {
            peer.SendCookieEcho();
            peer.Pump(TimeSpan.Zero);
        }

        context.Fence();
        var heard = 0;
        foreach (var victim in victims)
        {
            while (victim.TryReceive(TimeSpan.Zero, out var packet))
            {
                heard++;
                foreach (var chunk in new ChunkReader(packet))
                {
                    context.Require(chunk.Type == ChunkType.Heartbeat, $"{victim.Address}, which nobody verified, was sent {chunk.Type}");
                }
            }
        }

        // HB.Max.Burst is 1, an RTO not below one second, and the first leaves at once.
        var most = (int)clock.Elapsed.TotalSeconds + 2;
        context.Require(heard <= most, $"{Victims} addresses of a victim were sent {heard} HEARTBEATs in {clock.Elapsed.TotalSeconds:F1} s: more than {most}");
        context.AbortAll([peer]);
    }
}
