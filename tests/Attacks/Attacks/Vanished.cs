using System.Diagnostics;
using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks.Attacks;

/// <summary>Associations whose peers are never heard of again: the server must find out by itself (RFC 9260, 8.1, 8.3), and forget them.</summary>
internal sealed class Vanished : Attack
{
    private const int Peers = 10_000;
    private static readonly TimeSpan _mostWait = TimeSpan.FromMinutes(20);

    public override string Name => "vanished";

    public override string Description => "10,000 associations that fall silent and are left to the server to give up";

    public override bool TakesMinutes => true;

    public override AmplificationBound Bound { get; } = new(8, 900, "an INIT ACK, a COOKIE ACK, then one HEARTBEAT after the other until the peer is given up, and an ABORT");

    public override void Run(AttackContext context)
    {
        context.Measure(context.Open(), Packets.Init(1, 1));
        var peers = context.ConnectMany(Peers);
        var sockets = peers.GroupBy(peer => peer.Socket).ToList();
        context.Hold($"{Peers:N0} silent associations");
        var clock = Stopwatch.StartNew();
        TimeSpan? half = null;
        while (clock.Elapsed < _mostWait && peers.Any(peer => !peer.IsOver))
        {
            foreach (var socket in sockets)
            {
                RawPeer.Distribute(socket.Key, socket.ToDictionary(peer => peer.Port));
            }

            if (peers.Count(peer => peer.IsOver) >= Peers / 2)
            {
                half ??= clock.Elapsed;
            }

            Thread.Sleep(TimeSpan.FromSeconds(1));
        }

        context.Require(peers.All(peer => peer.IsOver), $"{peers.Count(peer => !peer.IsOver)} associations live on after {clock.Elapsed.TotalMinutes:F0} minutes of silence");
        context.Note($"half of them given up after {half?.TotalMinutes:F1} minutes, the last after {clock.Elapsed.TotalMinutes:F1}");
    }
}
