using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks.Attacks;

/// <summary>Associations that are set up and end at once, and as many at once as the backlog is long and more.</summary>
internal sealed class Churn : Attack
{
    public override string Name => "churn";

    public override string Description => "associations set up and aborted at once, and thousands of COOKIE ECHOs at the same moment";

    public override AmplificationBound Bound { get; } = new(1, 256, "an INIT ACK is an INIT with a cookie");

    public override void Run(AttackContext context)
    {
        context.Measure(context.Open(), Packets.Init(1, 1));
        for (var round = 0; round < context.Count(100, 3); round++)
        {
            // Cookies first, of all of them, and then all back at once.
            var socket = context.Open(round);
            var peers = Enumerable.Range(0, context.Count(1_000, 300)).Select(i => new RawPeer(socket, (ushort)(1000 + i))).ToArray();
            foreach (var peer in peers)
            {
                peer.SendInit();
            }

            context.Fence();
            RawPeer.Distribute(socket, peers.ToDictionary(peer => peer.Port));
            foreach (var peer in peers.Where(peer => peer.Cookie.Length > 0))
            {
                peer.SendCookieEcho();
            }

            foreach (var peer in peers.Where(peer => peer.Cookie.Length > 0))
            {
                peer.Abort();
            }

            context.Fence();
            socket.Drain();
            context.AbortAll(peers.Where(peer => peer.Cookie.Length > 0));
        }
    }
}
