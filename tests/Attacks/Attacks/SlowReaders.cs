using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks.Attacks;

/// <summary>
/// Peers that have everything echoed and read nothing: one kind never acknowledges, one acknowledges with a window of zero, one dribbles byte by
/// byte. All that the server may hold for each is its two buffers and its pipes.
/// </summary>
internal sealed class SlowReaders : Attack
{
    private const int MessageLength = 1_000;
    private const int MaxMessages = 4_000;

    // ReceiveBufferSize and SendBufferSize of 1 MiB each, the pipes, and what objects cost beside their bytes.
    private const long MaxHeldEach = 3 << 20;

    public override string Name => "slow-readers";

    public override string Description => "peers that send until the server takes no more, and never read the echoes, or with a window of 0 or 1 byte";

    public override AmplificationBound Bound { get; } = new(2, 1_280, "an acknowledgement and an echo, to an address that is verified");

    public override void Run(AttackContext context)
    {
        var count = context.Count(90, 6);
        var peers = new List<RawPeer>();
        for (var i = 0; i < count; i++)
        {
            peers.Add(new RawPeer(context.Open(i), 1000).Connect(window: 1_500));
        }

        context.Measure(peers[0].Socket, Message(peers[0]));
        for (var round = 0; round < MaxMessages; round++)
        {
            foreach (var (i, peer) in peers.Index())
            {
                if (peer.ServerWindow >= MessageLength)
                {
                    peer.SendMessage(MessageLength);
                }

                peer.Pump(TimeSpan.Zero);
                if (i % 3 != 0)
                {
                    peer.SendSack(peer.HighestTsn, window: i % 3 == 1 ? 0u : 1u);
                }
            }

            if (round % 8 == 0)
            {
                context.Fence();
            }
        }

        context.Hold($"{count} readers who do not read");
        var held = context.Held!.HeapBytes;
        context.Require(held < (count * MaxHeldEach) + (8 << 20), $"{count} slow readers hold {held} bytes: more than {MaxHeldEach} each");
        context.AbortAll(peers);
    }

    private static ReadOnlySpan<byte> Message(RawPeer peer)
    {
        var (tsn, sequence) = (peer.NextTsn++, peer.NextStreamSequence++);
        return Packets.Write(peer.Port, peer.ServerTag, (ref PacketWriter w) => RawPeer.WriteData(ref w, tsn, MessageLength, sequence: sequence));
    }
}
