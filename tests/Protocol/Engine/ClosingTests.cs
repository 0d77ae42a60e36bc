using Kestrel.Sctp.Protocol.Associations;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Two engines end an association, and the network loses what is said at the end (RFC 9260, 9.2).</summary>
public class ClosingTests
{
    private static readonly AssociationOptions _quiet = new() { HeartbeatInterval = 3_600 * EngineTime.Second };

    /// <summary>Who closes, and which of the first eight closing packets are lost.</summary>
    [Theory]
    [Trait("Requirement", "R-109")]
    [Trait("KnownFailure", "closing-loss")]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void R_109_closing_converges_whatever_packets_are_lost(bool clientCloses, bool serverCloses)
    {
        for (var lost = 0; lost < 256; lost++)
        {
            var network = new VirtualNetwork();
            var server = new Host(network, 1, ["10.0.0.2"]);
            var client = new Host(network, 2, ["10.0.0.1"], udpPort: 40_000);
            server.Listen(7, _quiet);
            var a = client.Connect(7, ["10.0.0.2"], _quiet);
            Assert.True(network.RunUntil(() => server.Associations is [{ State: AssociationState.Established }] && a.IsSendable, EngineTime.Second));
            network.Run(EngineTime.Second);
            var b = server.Associations[0];
            client.Send(a, new byte[100]);
            server.Send(b, new byte[200]);
            network.Run(EngineTime.Second);
            var (packets, mask) = (0, lost);
            network.Drop = _ => packets < 8 && (mask >> packets++ & 1) != 0;
            if (clientCloses)
            {
                client.Step(a, x => x.Shutdown(network.Now));
            }

            if (serverCloses)
            {
                server.Step(b, x => x.Shutdown(network.Now));
            }

            Assert.True(
                network.RunUntil(() => a.State == AssociationState.Closed && b.State == AssociationState.Closed, 2_000 * EngineTime.Second), $"lost {lost:X2}");
            Assert.Equal((AssociationEnd.Graceful, AssociationEnd.Graceful), (a.End, b.End));
        }
    }

    /// <summary>Both close, the one so many milliseconds after the other: at once, before, with and after the first answers.</summary>
    [Theory]
    [Trait("Requirement", "R-109")]
    [Trait("KnownFailure", "closing-loss")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(19)]
    [InlineData(20)]
    [InlineData(21)]
    [InlineData(30)]
    [InlineData(41)]
    public void R_109_both_close_with_data_under_way_and_each_single_packet_is_lost(int later)
    {
        var packets = Close(later, lost: -1);
        Assert.InRange(packets, 8, 100);
        for (var lost = 0; lost < packets; lost++)
        {
            Close(later, lost);
        }
    }

    // Returns how many packets it took.
    private static int Close(int later, int lost)
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, ["10.0.0.2"]);
        var client = new Host(network, 2, ["10.0.0.1"], udpPort: 40_000);
        server.Listen(7, _quiet);
        var a = client.Connect(7, ["10.0.0.2"], _quiet);
        Assert.True(network.RunUntil(() => a.State == AssociationState.Established, EngineTime.Second));
        var b = server.Associations[0];
        var packets = 0;
        network.Drop = _ => packets++ == lost;
        client.Send(a, new byte[3_000]);
        server.Send(b, new byte[4_000]);
        client.Step(a, x => x.Shutdown(network.Now));
        network.Run(later * EngineTime.Millisecond);
        server.Step(b, x => x.Shutdown(network.Now));
        Assert.True(
            network.RunUntil(() => a.State == AssociationState.Closed && b.State == AssociationState.Closed, 300 * EngineTime.Second),
            $"{lost} lost: {a.State}, {b.State}");
        Assert.True((a.End, b.End) == (AssociationEnd.Graceful, AssociationEnd.Graceful), $"{lost} lost: {a.End}, {b.End}");
        Assert.Equal(4_000, Assert.Single(client.Received[a]).Payload.Length);
        Assert.Equal(3_000, Assert.Single(server.Received[b]).Payload.Length);
        Assert.True(Assert.Single(client.Released[a]).Acknowledged);
        Assert.True(Assert.Single(server.Released[b]).Acknowledged);
        return packets;
    }
}
