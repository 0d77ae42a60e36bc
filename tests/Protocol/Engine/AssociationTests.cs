using Kestrel.Sctp.Protocol.Associations;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

public class AssociationTests
{
    [Fact]
    public void A_message_goes_there_and_back_and_both_ends_close()
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, ["10.0.0.2"]);
        var client = new Host(network, 2, ["10.0.0.1"], udpPort: 40000);
        server.Listen(7);
        var a = client.Connect(7, ["10.0.0.2"]);
        Assert.True(network.RunUntil(() => a.State == AssociationState.Established, EngineTime.Second));
        client.Send(a, "hello"u8.ToArray(), stream: 3, ppid: 0x01020304);
        Assert.True(network.RunUntil(() => server.Associations is [var first, ..] && server.Received[first].Count == 1, EngineTime.Second));
        var b = server.Associations[0];
        Assert.Equal("hello"u8.ToArray(), server.Received[b][0].Payload);
        Assert.Equal((ushort)3, server.Received[b][0].Part.StreamId);
        Assert.Equal(0x01020304u, server.Received[b][0].Part.PayloadProtocolId);

        var big = new byte[1024 * 1024];
        new Random(3).NextBytes(big);
        server.Send(b, big);
        Assert.True(network.RunUntil(() => client.Received[a] is [{ Complete: true }], 100 * EngineTime.Second));
        Assert.Equal(big, client.Received[a][0].Payload);

        client.Step(a, x => x.Shutdown(network.Now));
        Assert.True(network.RunUntil(() => a.State == AssociationState.Closed && b.State == AssociationState.Closed, 10 * EngineTime.Second));
        Assert.Equal(AssociationEnd.Graceful, a.End);
        Assert.Equal(AssociationEnd.Graceful, b.End);
    }

    [Fact]
    public void A_dead_first_address_is_passed_over_and_discarded()
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, ["10.0.0.2", "10.0.1.2"]);
        var client = new Host(network, 2, ["10.0.0.1", "10.0.1.1"], udpPort: 40000);
        server.Listen(7);
        var a = client.Connect(7, ["10.0.0.99", "10.0.0.2", "10.0.1.2"]);
        Assert.True(network.RunUntil(() => a.State == AssociationState.Established, 5 * EngineTime.Second));
        Assert.Equal(["10.0.0.2", "10.0.1.2"], Enumerable.Range(0, a.PathCount).Select(i => a.GetPath(i).Remote.ToString()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Loss_duplication_and_reordering_lose_and_double_nothing(int seed)
    {
        var network = new VirtualNetwork(seed) { Loss = 0.05, Duplication = 0.05, Jitter = 20 * EngineTime.Millisecond };
        var server = new Host(network, seed, ["10.0.0.2", "10.0.1.2"]);
        var client = new Host(network, seed + 1000, ["10.0.0.1", "10.0.1.1"], udpPort: 40000);
        server.Listen(7);
        var a = client.Connect(7, ["10.0.0.2"]);
        var random = new Random(seed);
        var sent = new List<byte[]>();
        for (var i = 0; i < 200; i++)
        {
            var message = new byte[random.Next(1, 5000)];
            random.NextBytes(message);
            sent.Add(message);
            client.Send(a, message, stream: 1);
        }

        client.Step(a, x => x.Shutdown(network.Now));
        Assert.True(network.RunUntil(() => a.State == AssociationState.Closed, 1000 * EngineTime.Second));
        Assert.Equal(AssociationEnd.Graceful, a.End);
        Assert.Equal(sent, server.Received[server.Associations[0]].Select(m => m.Payload));
        Assert.Equal(200, client.Released[a].Count(r => r.Acknowledged));
    }
}
