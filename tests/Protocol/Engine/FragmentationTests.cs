using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Messages larger than a packet, and packets that have become larger than the path (RFC 9260, 6.9, 7.3).</summary>
public class FragmentationTests : ScriptedTest
{
    [Fact]
    [Trait("Requirement", "R-75")]
    public void R_75_fragments_fill_the_packet_in_multiples_of_four()
    {
        Establish(Quiet with { InitialPathMtu = 1_500 });
        SendMessage(3_003, stream: 4);
        var data = SentData();
        Assert.Equal([1_444, 1_444, 115], data.Select(chunk => chunk.Length));
        Assert.Equal([Begin, 0, End], data.Select(chunk => (int)chunk.Flags));
        Assert.All(data, chunk => Assert.Equal((4, 0), (chunk.StreamId, chunk.StreamSequence)));
        Assert.Equal([FirstTsn, FirstTsn + 1, FirstTsn + 2], data.Select(chunk => chunk.Tsn));
    }

    [Fact]
    [Trait("Requirement", "R-69")]
    [Trait("KnownFailure", "fragment-mix")]
    public void R_69_the_fragments_of_a_message_have_consecutive_TSNs_whatever_else_is_queued()
    {
        Establish();
        for (var i = 0; i < 8; i++)
        {
            SendMessage(5_000, stream: (ushort)(i % 3), unordered: i % 2 == 0);
        }

        var data = new List<DataSeen>();
        while (Association.BufferedBytes > 0)
        {
            data.AddRange(SentData());
            Network.Run(EngineTime.Millisecond);
            Peer.SendSack(Association.SentChunks.NextTsn - 1);
        }

        Assert.Equal(Enumerable.Range(0, data.Count).Select(i => FirstTsn + (uint)i), data.Select(chunk => chunk.Tsn));
        var message = -1;
        var length = 5_000;
        foreach (var chunk in data)
        {
            Assert.Equal((chunk.Flags & Begin) != 0, length == 5_000);
            (message, length) = length == 5_000 ? (message + 1, 0) : (message, length);
            length += chunk.Length;
            Assert.Equal((chunk.Flags & End) != 0, length == 5_000);
            Assert.Equal((message % 3, message % 2 == 0), (chunk.StreamId, (chunk.Flags & Unordered) != 0));
        }

        Assert.Equal(7, message);
    }

    [Fact]
    [Trait("Requirement", "R-75")]
    public void R_75_the_smallest_PMTU_of_all_paths_sets_the_size()
    {
        EstablishWithTwoPaths(Quiet with { InitialPathMtu = 1_500 });
        Host.Step(Association, a => a.ReportTooBig(Host.Address("10.0.1.9"), 1_000));
        SendMessage(3_000);
        var data = SentData();
        Assert.All(data, chunk => Assert.Equal(Peer.Address, chunk.Destination));
        Assert.Equal(Association.Paths[1].MaxChunkSize - DataChunk.HeaderSize, data[0].Length);
        Assert.True(Association.Paths[1].Mtu < Association.Paths[0].Mtu);
    }

    /// <summary>
    /// The PMTU falls while a message is half sent: what was cut already keeps its TSN and its size, and leaves again in a
    /// packet that IP may fragment; what is cut from now on fits.
    /// </summary>
    [Fact]
    [Trait("Requirement", "R-75")]
    public void R_75_chunks_cut_before_the_PMTU_fell_leave_with_fragmentation_allowed()
    {
        Establish(Quiet with { InitialPathMtu = 1_500 });
        var message = Pattern(12_000);
        Host.Send(Association, message);
        var before = SentData();
        Assert.All(before, chunk => Assert.Equal(1_444, chunk.Length));
        Host.Step(Association, a => a.ReportTooBig(Peer.Address, 1_472));
        var path = Association.Paths[0];
        Assert.InRange(path.Mtu, 576, 1_280);

        // All were too long for the path: they leave again at once, each alone in its packet.
        var next = FirstTsn;
        while (Association.BufferedBytes > 0)
        {
            foreach (var packet in Sent())
            {
                var chunks = DataIn([packet]);
                var oversized = packet.Packet.Length > path.MaxPacketSize;
                Assert.Equal(oversized, chunks.Exists(chunk => chunk.Tsn - FirstTsn < before.Count));
                Assert.True(!oversized || chunks.Count == 1);
                foreach (var chunk in chunks)
                {
                    Assert.Equal(chunk.Tsn - FirstTsn < before.Count ? 1_444 : Math.Min(chunk.Length, path.MaxChunkSize - DataChunk.HeaderSize), chunk.Length);
                    Assert.Equal(next++, chunk.Tsn);
                }
            }

            Peer.SendSack(next - 1);
        }

        Assert.True(Assert.Single(Host.Released[Association]).Acknowledged);
    }

    /// <summary>What the engine tells its carrier of each packet: fragmentation is allowed for the long ones, and for no other.</summary>
    [Fact]
    [Trait("Requirement", "R-75")]
    public void R_75_only_packets_above_the_PMTU_may_be_fragmented()
    {
        Establish(Quiet with { InitialPathMtu = 1_500, MaxBurst = 0 });
        SendMessage(4_000);
        Host.Step(Association, a => a.ReportTooBig(Peer.Address, 1_472));
        var now = Network.Now + EngineTime.Second;
        Association.HandleTimers(now);
        var path = Association.Paths[0];
        Assert.True(TakeAll(now) is [{ MayFragment: true } only] && only.Length > path.MaxPacketSize && only.SegmentSize == only.Length);

        // With small ones beside it, the long one is alone in its batch.
        Association.Send(default, new System.Buffers.ReadOnlySequence<byte>(new byte[5_000]), null);
        Peer.SendInBatch(Association.LocalTag, (ref PacketWriter w) => SackChunk.Write(ref w, FirstTsn, 1024 * 1024, default, default));
        var batches = TakeAll(now);
        Assert.Contains(batches, batch => batch.MayFragment);
        Assert.All(batches, batch => Assert.Equal(batch.MayFragment, batch.SegmentSize > path.MaxPacketSize));
        Assert.All(batches.Where(batch => batch.MayFragment), batch => Assert.Equal(batch.Length, batch.SegmentSize));
    }

    [Fact]
    [Trait("Requirement", "R-75")]
    public void R_75_a_message_under_way_arrives_whole_over_a_path_whose_PMTU_falls_again_and_again()
    {
        var network = new VirtualNetwork { Loss = 0.02 };
        var server = new Host(network, 1, ["10.0.0.2"]);
        var client = new Host(network, 2, ["10.0.0.1"], udpPort: 40_000);
        var options = Quiet with { InitialPathMtu = 9_000 };
        server.Listen(7, options);
        var a = client.Connect(7, ["10.0.0.2"], options);
        Assert.True(network.RunUntil(() => a.State == AssociationState.Established, 20 * EngineTime.Second));
        var message = Pattern(500_000);
        client.Send(a, message);
        foreach (var limit in (int[])[4_000, 2_000, 1_500, 1_000, 700])
        {
            network.Run(100 * EngineTime.Millisecond);
            client.Step(a, x => x.ReportTooBig(Host.Address("10.0.0.2"), limit));
        }

        Assert.True(network.RunUntil(() => a.BufferedBytes == 0, 1_000 * EngineTime.Second));
        Assert.Equal(message, Assert.Single(server.Received[server.Associations[0]]).Payload);
    }

    private List<Transmit> TakeAll(long now)
    {
        var batches = new List<Transmit>();
        var buffer = new byte[128 * 1024];
        while (Association.TryTransmit(now, buffer, out var transmit))
        {
            batches.Add(transmit);
        }

        return batches;
    }
}
