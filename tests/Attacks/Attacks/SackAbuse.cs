using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks.Attacks;

/// <summary>Acknowledgements that lie: of what was never sent, of gaps that can't be, of one byte at a time, taken back, and as long as a packet can be.</summary>
internal sealed class SackAbuse : Attack
{
    private const int MessageLength = 1_000;
    private const int Messages = 30;

    // Of full packets, less one: an initial cwnd of 4,404 bytes holds as many (RFC 9260, 7.2.1).
    private const int InitialFlight = 3;

    public override string Name => "sack-abuse";

    public override string Description => "optimistic, split, senseless, reneging and 64 KiB long SACKs while echoes are under way";

    public override AmplificationBound Bound { get; } = new(5, 5 * 1_280, "an acknowledgement lets a burst of data go (Max.Burst is 4), and may be answered itself; to an address that is verified");

    public override void Run(AttackContext context)
    {
        RefuseOptimistic(context);
        var peers = Enumerable.Range(0, 6).Select(i => new RawPeer(context.Open(i), 2000).Connect()).ToList();
        foreach (var peer in peers)
        {
            HaveDataUnderWay(peer);
        }

        for (var i = 0; i < 60; i++)
        {
            context.Measure(peers[i % peers.Count].Socket, Lie(context, peers[i % peers.Count], i));
        }

        for (var i = 0; i < context.Count(200_000, 4_000); i++)
        {
            var peer = peers[i % peers.Count];
            if (peer.IsOver)
            {
                peer.Connect();
                HaveDataUnderWay(peer);
            }

            peer.Socket.Send(Lie(context, peer, i));
            peer.Pump(TimeSpan.Zero);
            if (i % 64 == 0)
            {
                peer.SendMessage(MessageLength);
                context.Fence();
            }
        }

        context.AbortAll(peers);
    }

    /// <summary>RFC 5062, 5: a TSN acknowledged that was not sent ends the association.</summary>
    private static void RefuseOptimistic(AttackContext context)
    {
        var peer = new RawPeer(context.Open(), 1000).Connect();
        for (var i = 0; i < context.Count(300, 10); i++)
        {
            HaveDataUnderWay(peer);
            var ahead = peer.HighestTsn + 10_000;
            peer.SendSack(ahead, Packets.Window);
            peer.PumpUntil(() => peer.IsOver);
            context.Require(peer.IsOver, "an association lives on that acknowledged what was never sent");
            peer.Connect();
        }

        context.AbortAll([peer]);
    }

    private static void HaveDataUnderWay(RawPeer peer)
    {
        for (var i = 0; i < Messages; i++)
        {
            peer.SendMessage(MessageLength);
        }

        // The server has seen them, and what it may send of the echoes without an acknowledgement is on its way.
        peer.Fence();
        peer.PumpUntil(() => peer.IsOver || peer.HighestTsn - peer.ServerInitialTsn is >= InitialFlight and < uint.MaxValue);
    }

    private static ReadOnlySpan<byte> Lie(AttackContext context, RawPeer peer, int i)
    {
        var random = context.Random;
        var before = peer.ServerInitialTsn - 1;
        return Packets.Write(peer.Port, peer.ServerTag, (ref PacketWriter w) =>
        {
            switch (i % 70 == 69 ? -1 : i % 6)
            {
                case 0: // one more byte of the window each time: nothing new
                    SackChunk.Write(ref w, before, (uint)random.Next(1 << 20), [], []);
                    break;
                case 1: // gaps, here
                    SackChunk.Write(ref w, before, Packets.Window, [new GapBlock(2, 2)], []);
                    break;
                case 2: // and taken back
                    SackChunk.Write(ref w, before, Packets.Window, [], []);
                    break;
                case -1: // backwards, zero, overlapping, beyond: that ends the association
                    SackChunk.Write(ref w, before, 0, [new GapBlock(9, 3), new GapBlock(0, 0), new GapBlock(2, 60_000), new GapBlock(2, 60_000)], []);
                    break;
                case 3: // as many blocks as a packet holds
                    SackChunk.Write(ref w, before, Packets.Window, [.. Enumerable.Range(0, 16_000).Select(n => new GapBlock((ushort)(2 + (n * 4)), (ushort)(3 + (n * 4))))], []);
                    break;
                case 4: // as many duplicates
                    SackChunk.Write(ref w, before, Packets.Window, [], new uint[16_000]);
                    break;
                default: // what was acknowledged long ago
                    SackChunk.Write(ref w, before - (uint)random.Next(1, int.MaxValue), Packets.Window, [], []);
                    break;
            }
        });
    }
}
