using System.Buffers;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Two engines carry much, across the wrap-around of their numbers and through buffers too small for it.</summary>
public class LongTransferTests
{
    [Fact]
    [Trait("Requirement", "R-70")]
    [Trait("Requirement", "R-14")]
    [Trait("KnownFailure", "ssn-wrap")]
    public void R_70_stream_sequence_numbers_wrap_around()
    {
        const int count = 70_000;
        var network = new VirtualNetwork(7) { Loss = 0.01, Jitter = EngineTime.Millisecond };
        var server = new Host(network, new NearWrapRandom(1, 0), ["10.0.0.2"]);
        var client = new Host(network, new NearWrapRandom(2, 1), ["10.0.0.1"], udpPort: 40_000);
        server.Listen(7);
        var a = client.Connect(7, ["10.0.0.2"]);
        Assert.True(network.RunUntil(() => a.State == AssociationState.Established, 10 * EngineTime.Second));
        for (var i = 0u; i < count; i++)
        {
            var payload = BitConverter.GetBytes(i);
            Assert.Equal(SendStatus.Queued, a.Send(new SendInfo(1, i, false), new ReadOnlySequence<byte>(payload), payload));
        }

        client.Step(a, x => x.Shutdown(network.Now));
        Assert.True(network.RunUntil(() => a.State == AssociationState.Closed, 1_000 * EngineTime.Second));
        Assert.Equal(AssociationEnd.Graceful, a.End);
        Assert.Equal(
            Enumerable.Range(0, count), server.Received[server.Associations[0]].Select(message => BitConverter.ToInt32(message.Payload)));
    }

    /// <summary>Loss enough for fast retransmissions and timeouts, both ways, with a graceful end: all of it across the wrap-around.</summary>
    [Theory]
    [Trait("Requirement", "R-14")]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(9)]
    public void R_14_data_SACKs_fast_retransmissions_and_the_shutdown_cross_the_wrap_around(int seed)
    {
        var network = new VirtualNetwork(seed) { Loss = 0.03, Jitter = 2 * EngineTime.Millisecond };
        var server = new Host(network, new NearWrapRandom(seed, 0), ["10.0.0.2"]);
        var client = new Host(network, new NearWrapRandom(seed + 100, 1), ["10.0.0.1"], udpPort: 40_000);
        server.Listen(7);
        var a = client.Connect(7, ["10.0.0.2"]);
        Assert.True(network.RunUntil(() => a.State == AssociationState.Established && server.Associations.Count > 0, 100 * EngineTime.Second));
        var b = server.Associations[0];
        var (first, second) = (new Traffic(), new Traffic());
        var random = new Random(seed);
        for (var i = 0; i < 300; i++)
        {
            first.Send(client, a, (ushort)random.Next(3), random.Next(4) == 0, Bytes(random));
            second.Send(server, b, (ushort)random.Next(3), random.Next(4) == 0, Bytes(random));
            network.Run(random.NextInt64(5 * EngineTime.Millisecond));
        }

        client.Step(a, x => x.Shutdown(network.Now));
        Assert.True(network.RunUntil(() => a.State == AssociationState.Closed && b.State == AssociationState.Closed, 1_000 * EngineTime.Second));
        Assert.Equal((AssociationEnd.Graceful, AssociationEnd.Graceful), (a.End, b.End));
        first.CheckDelivered(server.Received[b]);
        second.CheckDelivered(client.Received[a]);
        first.CheckReleased(client.Released[a], 10, allDelivered: true, receiverLost: false);
        second.CheckReleased(server.Released[b], 10, allDelivered: true, receiverLost: false);

        // These seeds begin where it matters: TSNs on both sides of 0 went both ways, and the same one twice.
        foreach (var source in (Host[])[client, server])
        {
            var tsns = network.Sent.Where(datagram => datagram.Source == source.Addresses[0]).SelectMany(TsnsOf).ToList();
            Assert.Contains(tsns, tsn => tsn > uint.MaxValue - 1_000);
            Assert.Contains(tsns, tsn => tsn < 1_000);
            Assert.True(tsns.Count > tsns.Distinct().Count());
        }
    }

    /// <summary>Messages twice as long as the receiver's buffer and longer, of all kinds, with others between them.</summary>
    [Theory]
    [Trait("Requirement", "R-63")]
    [Trait("KnownFailure", "zero-window-deadlock")]
    [InlineData(4_096, 0.0)]
    [InlineData(4_096, 0.03)]
    [InlineData(16_384, 0.0)]
    [InlineData(16_384, 0.03)]
    [InlineData(65_536, 0.03)]
    public void R_63_messages_longer_than_the_receive_buffer_arrive(int buffer, double loss)
    {
        var network = new VirtualNetwork(3) { Loss = loss, Jitter = EngineTime.Millisecond };
        var server = new Host(network, 1, ["10.0.0.2"]);
        var client = new Host(network, 2, ["10.0.0.1"], udpPort: 40_000);
        server.Listen(7, new AssociationOptions { ReceiveBufferSize = buffer });
        var a = client.Connect(7, ["10.0.0.2"]);
        Assert.True(network.RunUntil(() => a.State == AssociationState.Established && server.Associations.Count > 0, 100 * EngineTime.Second));
        var b = server.Associations[0];
        var traffic = new Traffic();
        var random = new Random(buffer);
        for (var i = 0; i < 12; i++)
        {
            var payload = new byte[i % 3 == 0 ? random.Next(1, 500) : buffer * (1 + (i % 4)) + random.Next(100)];
            random.NextBytes(payload);
            traffic.Send(client, a, (ushort)(i % 5), unordered: i % 4 == 1, payload);
        }

        client.Step(a, x => x.Shutdown(network.Now));
        Assert.True(network.RunUntil(() => a.State == AssociationState.Closed, 290 * EngineTime.Second), $"{a.BufferedBytes} bytes are left");
        Assert.Equal(AssociationEnd.Graceful, a.End);
        traffic.CheckDelivered(server.Received[b]);
        traffic.CheckReleased(client.Released[a], 10, allDelivered: true, receiverLost: false);
    }

    /// <summary>
    /// The last packet of each flight is lost while the buffer is full of what waits for it: the sender, at a window of 0,
    /// has to send it again, and the receiver to take it.
    /// </summary>
    [Theory]
    [Trait("Requirement", "R-61")]
    [Trait("KnownFailure", "zero-window-deadlock")]
    [InlineData(3_000, 4_096)]
    [InlineData(20_000, 16_384)]
    [InlineData(60_000, 16_384)]
    [InlineData(100_000, 65_536)]
    public void R_61_a_lost_tail_at_a_closed_window_is_no_deadlock(int message, int buffer)
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, ["10.0.0.2"]);
        var client = new Host(network, 2, ["10.0.0.1"], udpPort: 40_000);
        server.Listen(7, new AssociationOptions { ReceiveBufferSize = buffer });
        var a = client.Connect(7, ["10.0.0.2"], new AssociationOptions { MaxBurst = 0 });
        Assert.True(network.RunUntil(() => a.State == AssociationState.Established && server.Associations.Count > 0, EngineTime.Second));
        var lost = new HashSet<uint>();

        // The first time each TSN with an E bit leaves, and each fifth one: ends and beginnings are missing all over.
        network.Drop = datagram => TsnsOf(datagram).Any(tsn => (tsn % 5 == 0 || IsEnd(datagram)) && lost.Add(tsn));
        for (var i = 0; i < 10; i++)
        {
            client.Send(a, new byte[message], (ushort)(i % 2));
        }

        Assert.True(network.RunUntil(() => a.BufferedBytes == 0, 500 * EngineTime.Second), $"{a.BufferedBytes} bytes are left");
        Assert.Equal(10, server.Received[server.Associations[0]].Count(received => received.Complete && received.Payload.Length == message));
        Assert.True(lost.Count >= 10);
    }

    private static bool IsEnd(Datagram datagram)
    {
        foreach (var chunk in new ChunkReader(datagram.Packet))
        {
            if (chunk.Type == ChunkType.Data && (chunk.Flags & ChunkFlags.DataEnd) != 0)
            {
                return true;
            }
        }

        return false;
    }

    private static List<uint> TsnsOf(Datagram datagram)
    {
        var tsns = new List<uint>();
        foreach (var chunk in new ChunkReader(datagram.Packet))
        {
            if (DataChunk.TryRead(chunk, out var data))
            {
                tsns.Add(data.Tsn);
            }
        }

        return tsns;
    }

    private static byte[] Bytes(Random random)
    {
        var bytes = new byte[random.Next(1, random.Next(3) == 0 ? 8_000 : 300)];
        random.NextBytes(bytes);
        return bytes;
    }
}
