using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks.Attacks;

/// <summary>
/// DATA chunks of one byte, to hold much more than they carry: every second TSN only, messages that wait for one that never comes, messages that
/// begin and never end, on all streams, and TSNs out of reach.
/// </summary>
internal sealed class TinyChunks : Attack
{
    private const int EachPacket = 50;
    private const ushort Streams = 1_024;

    // ReceiveBufferSize of 1 MiB with the overhead of each chunk counted, the reserve for filling gaps, and twice that for what indexes cost.
    private const long MaxHeldEach = 3 << 20;

    public override string Name => "tiny-chunks";

    public override string Description => "one-byte DATA chunks out of order: gaps that stay, messages that never end, all streams, TSNs out of reach";

    public override AmplificationBound Bound { get; } = new(2, 1_280, "one SACK with as many gaps as fit a packet, and an echo, to an address that is verified");

    public override void Run(AttackContext context)
    {
        var count = context.Count(60, 4);
        var peers = new List<RawPeer>();
        for (var i = 0; i < count; i++)
        {
            peers.Add(new RawPeer(context.Open(i), 1000).Connect(streams: Streams));
        }

        for (var i = 0; i < 20; i++)
        {
            context.Measure(peers[0].Socket, Bundle(context, peers[0], kind: 0, at: i));
        }

        for (var round = 0; round < context.Count(1_000, 200); round++)
        {
            foreach (var (i, peer) in peers.Index())
            {
                peer.Socket.Send(Bundle(context, peer, kind: i % 4, at: 20 + round));
                peer.Pump(TimeSpan.Zero);
            }

            if (round % 8 == 0)
            {
                context.Fence();
            }
        }

        context.Hold($"{count} peers of one-byte chunks");
        var held = context.Held!.HeapBytes;
        context.Require(held < (count * MaxHeldEach) + (8 << 20), $"{count} peers of tiny chunks hold {held} bytes: more than {MaxHeldEach} each");
        context.AbortAll(peers);
    }

    private static ReadOnlySpan<byte> Bundle(AttackContext context, RawPeer peer, int kind, int at)
    {
        var random = context.Random;
        var first = peer.Tag + (uint)(at * EachPacket * 2) + 1;
        return Packets.Write(peer.Port, peer.ServerTag, (ref PacketWriter w) =>
        {
            for (var i = 0u; i < EachPacket; i++)
            {
                var tsn = first + (2 * i);
                var stream = (ushort)random.Next(Streams);
                switch (kind)
                {
                    case 0: // waits for another of its stream, that never comes
                        RawPeer.WriteData(ref w, tsn, 1, stream: stream, sequence: (ushort)(1 + random.Next(60_000)));
                        break;
                    case 1: // begins, and never ends
                        RawPeer.WriteData(ref w, tsn, 1, ChunkFlags.DataBegin, stream, (ushort)random.Next(65_536));
                        break;
                    case 2: // the middle of a message that never begins, without order
                        RawPeer.WriteData(ref w, tsn, 1, ChunkFlags.DataUnordered, stream);
                        break;
                    default: // out of reach
                        RawPeer.WriteData(ref w, first + (uint)random.Next(60_000, int.MaxValue), 1, stream: stream);
                        break;
                }
            }
        });
    }
}
