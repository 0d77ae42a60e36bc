using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Receiving;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>What a peer can make us hold, and that at each limit the rest still gets through.</summary>
public class ReceiveLimitsTests : ScriptedTest
{
    private const byte Middle = 0;

    [Fact]
    [Trait("Requirement", "R-61")]
    public void R_61_the_window_shrinks_by_what_large_chunks_carry()
    {
        Establish(Quiet with { ReceiveBufferSize = 64 * 1024 });
        Host.ReadsAtOnce = false;
        Peer.SendData(Tsn, length: 1_200);
        Assert.Equal((64 * 1024) - 1_200u, Assert.Single(SentSacks()).Window);
    }

    [Fact]
    [Trait("Requirement", "R-61")]
    [Trait("Requirement", "R-73")]
    public void R_61_the_window_shrinks_by_half_the_memory_behind_small_chunks()
    {
        Establish(Quiet with { ReceiveBufferSize = 64 * 1024 });
        Host.ReadsAtOnce = false;
        Peer.SendData(Tsn, length: 1);
        Assert.Equal((64 * 1024) - ((16u + InboundChunk.Overhead) / 2), Assert.Single(SentSacks()).Window);
    }

    /// <summary>The peer sends a message of a million one-byte fragments, every second first.</summary>
    [Fact]
    [Trait("Requirement", "R-73")]
    public void R_73_a_million_one_byte_fragments_out_of_order_are_held_in_bounds_and_arrive()
    {
        const int buffer = 256 * 1024;
        const uint last = 1_000_000;
        var receiver = new Receiver(1, 10, AssociationOptions.Default with { ReceiveBufferSize = buffer });
        for (var tsn = 2u; tsn < last; tsn += 2)
        {
            Add(receiver, tsn, Middle);
            Assert.InRange(receiver.BufferedMemory, 0, 2 * (buffer + 512));
        }

        // And again from where it stands, as a sender does that hears what has arrived.
        var read = 0;
        var bytes = new byte[4_096];
        for (var rounds = 0; receiver.CumulativeTsn < last; rounds++)
        {
            var before = receiver.CumulativeTsn;
            for (var tsn = before + 1; tsn <= Math.Min(before + 200, last); tsn++)
            {
                Add(receiver, tsn, (byte)((tsn == 1 ? Begin : Middle) | (tsn == last ? End : Middle)));
            }

            while (receiver.TryRead(bytes, out var part))
            {
                read += part.Length;
            }

            Assert.InRange(receiver.BufferedMemory, 0, 2 * (buffer + (64 * 1024) + 512));
            Assert.True(receiver.CumulativeTsn > before, "it goes on");
        }

        Assert.Equal((int)last, read);
        Assert.Equal(0, receiver.BufferedMemory);
    }

    [Fact]
    [Trait("Requirement", "R-73")]
    [Trait("Requirement", "R-57")]
    public void R_73_beyond_the_limit_of_chunks_out_of_order_none_above_the_highest_is_taken()
    {
        Establish(Quiet with { MaxOutOfOrderChunks = 3 });
        SendOrdered(2, 4, 6);
        Forget();
        SendOrdered(8);
        Assert.Equal([(2, 2), (4, 4), (6, 6)], GapsOf(Assert.Single(SentSacks())));

        // What lies below takes the place of the highest; what comes next has one of its own.
        SendOrdered(3);
        Assert.Equal([(2, 4)], GapsOf(Assert.Single(SentSacks())));
        SendOrdered(1);
        var sack = Assert.Single(SentSacks());
        Assert.Equal((Tsn + 4, 0), (sack.CumulativeTsn, sack.Gaps.Length));
        SendOrdered(5, 6, 7);
        Assert.Equal(8, Received.Count);
    }

    [Fact]
    [Trait("Requirement", "R-73")]
    public void R_73_a_chunk_delivered_out_of_order_counts_while_TSNs_below_it_are_missing()
    {
        Establish(Quiet with { MaxOutOfOrderChunks = 2 });
        Peer.SendData(Tsn + 2, flags: Whole | Unordered);
        Peer.SendData(Tsn + 4, flags: Whole | Unordered);
        Assert.Equal(2, Received.Count);
        Forget();
        Peer.SendData(Tsn + 6, flags: Whole | Unordered);
        Peer.SendData(Tsn + 1, flags: Whole | Unordered);
        Assert.All(SentSacks(), seen => Assert.Equal([(3, 3), (5, 5)], GapsOf(seen)));
        Assert.Equal(2, Received.Count);
        Peer.SendData(Tsn, flags: Whole | Unordered);
        Peer.SendData(Tsn + 1, flags: Whole | Unordered);
        Peer.SendData(Tsn + 3, flags: Whole | Unordered);
        Assert.Equal(5, Received.Count);
    }

    [Fact]
    [Trait("Requirement", "R-73")]
    public void R_73_beyond_the_limit_of_partial_messages_no_other_is_begun()
    {
        Establish(Quiet with { MaxPartialMessages = 2 });
        Peer.SendData(Tsn + 2, flags: Begin, ssn: 1);
        Peer.SendData(Tsn + 5, flags: Begin, ssn: 2);
        Forget();
        Peer.SendData(Tsn + 8, flags: Begin, ssn: 3);
        Assert.Equal([(3, 3), (6, 6)], GapsOf(Assert.Single(SentSacks())));

        // A whole message is none in parts, nor is more of one that is held.
        Peer.SendData(Tsn + 9, ssn: 4);
        Peer.SendData(Tsn + 6, flags: Middle, ssn: 2);
        Assert.Equal([(3, 3), (6, 7), (10, 10)], GapsOf(SentSacks()[^1]));

        // Another part below: what is held of the highest goes, from its end on.
        Peer.SendData(Tsn, flags: Begin);
        Assert.Equal([(2, 2), (5, 6), (9, 9)], GapsOf(SentSacks()[^1]));
        Peer.SendData(Tsn + 1, flags: End);
        Peer.SendData(Tsn + 3, flags: Middle, ssn: 1);
        Peer.SendData(Tsn + 4, flags: End, ssn: 1);
        Peer.SendData(Tsn + 7, flags: End, ssn: 2);
        Peer.SendData(Tsn + 8, ssn: 3);
        Assert.Equal(5, Received.Count);
        Assert.Equal(0, Association.Receiver!.BufferedMemory);
    }

    [Fact]
    [Trait("Requirement", "R-73")]
    public void R_73_a_part_that_would_begin_another_takes_the_place_of_the_highest()
    {
        Establish(Quiet with { MaxPartialMessages = 2 });
        Peer.SendData(Tsn + 2, flags: Begin, ssn: 1);
        Peer.SendData(Tsn + 8, flags: Begin, ssn: 3);
        Peer.SendData(Tsn + 9, flags: Middle, ssn: 3);
        Forget();
        Peer.SendData(Tsn + 5, flags: Begin, ssn: 2);
        Assert.Equal([(3, 3), (6, 6)], GapsOf(Assert.Single(SentSacks())));
    }

    [Theory]
    [Trait("Requirement", "R-60")]
    [Trait("Requirement", "R-73")]
    [InlineData(4_096, 1_024)]
    [InlineData(64 * 1024, 4_096)]
    [InlineData(1024 * 1024, 65_535)]
    public void R_60_how_far_ahead_a_TSN_is_remembered_goes_by_the_receive_buffer(int buffer, int distance)
    {
        Establish(Quiet with { ReceiveBufferSize = buffer });
        Peer.SendData(Tsn + (uint)distance, ssn: 1);
        Assert.Empty(Assert.Single(SentSacks()).Gaps);
        Peer.SendData(Tsn + (uint)distance - 1, ssn: 1);
        Assert.Equal([(distance, distance)], GapsOf(Assert.Single(SentSacks())));
    }

    [Theory]
    [Trait("Requirement", "R-63")]
    [Trait("Requirement", "R-73")]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 3)]
    public void R_63_all_arrives_whatever_the_limits_are(int outOfOrder, int partial)
    {
        var network = new VirtualNetwork(outOfOrder) { Loss = 0.1, Jitter = 5 * EngineTime.Millisecond };
        var server = new Host(network, 1, ["10.0.0.2"]);
        var client = new Host(network, 2, ["10.0.0.1"], udpPort: 40_000);
        var options = AssociationOptions.Default with
        {
            MaxOutOfOrderChunks = outOfOrder, MaxPartialMessages = partial, RtoMin = 100 * EngineTime.Millisecond,
            RtoMax = EngineTime.Second, AssociationMaxRetransmits = 100, PathMaxRetransmits = 100,
        };
        server.Listen(7, options);
        var a = client.Connect(7, ["10.0.0.2"], options);
        for (var i = 0; i < 40; i++)
        {
            client.Send(a, Pattern(1 + (i * 397)), (ushort)(i % 3), unordered: i % 4 == 0);
        }

        Assert.True(network.RunUntil(() => a.BufferedBytes == 0, 1_000 * EngineTime.Second));
        Assert.Equal(40, server.Received[server.Associations[0]].Count);
        Assert.Equal(AssociationState.Established, a.State);
    }

    // In order of the stream: message n has TSN n from the first on.
    private void SendOrdered(params ReadOnlySpan<uint> offsets)
    {
        if (Received.Count == 0 && Association.Receiver!.CumulativeTsn == Tsn - 1)
        {
            Peer.SendData(Tsn, ssn: 0);
            Forget();
        }

        foreach (var offset in offsets)
        {
            Peer.SendData(Tsn + offset, ssn: (ushort)offset);
        }
    }

    private static List<(int, int)> GapsOf(SackSeen sack) => [.. sack.Gaps.Select(gap => ((int)gap.Start, (int)gap.End))];

    private static void Add(Receiver receiver, uint tsn, byte flags)
    {
        var writer = new PacketWriter(new byte[64]);
        writer.WriteHeader(new PacketHeader(1, 1, 1));
        ScriptedPeer.WriteData(ref writer, tsn, 1, flags);
        var chunks = new ChunkReader(writer.Finish());
        chunks.MoveNext();
        DataChunk.TryRead(chunks.Current, out var data);
        receiver.BeginPacket();
        Assert.Equal(DataOutcome.Handled, receiver.OnData(data));
        receiver.EndPacket(0);
    }
}
