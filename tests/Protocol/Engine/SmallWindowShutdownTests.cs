using Kestrel.Sctp.Protocol.Associations;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

public class SmallWindowShutdownTests
{
    [Theory, Trait("Requirement", "R-107")]
    [InlineData(4_096)]
    [InlineData(16_384)]
    [InlineData(65_536)]
    [Trait("KnownFailure", "full-window-shutdown")]
    public void R_107_data_that_follows_the_peers_SHUTDOWN_is_not_held_up_by_a_stale_window(int receiveBuffer)
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, ["10.0.0.2"]);
        var client = new Host(network, 2, ["10.0.0.1"], udpPort: 40000);
        server.Listen(7);
        var a = client.Connect(7, ["10.0.0.2"], new AssociationOptions { ReceiveBufferSize = receiveBuffer });
        Assert.True(network.RunUntil(() => a.State == AssociationState.Established, EngineTime.Second));
        network.Run(EngineTime.Second);
        var b = server.Associations[0];
        for (var i = 0; i < 256; i++)
        {
            server.Send(b, new byte[1_000]);
        }

        client.Step(a, x => x.Shutdown(network.Now));
        var start = network.Now;
        Assert.True(network.RunUntil(() => a.State == AssociationState.Closed, 600 * EngineTime.Second));
        Assert.Equal(AssociationEnd.Graceful, a.End);
        Assert.Equal(256, client.Received[a].Count);

        // Round trips of 20 ms, no timer of a second among them.
        Assert.InRange(network.Now - start, 0, 256 * 20 * EngineTime.Millisecond / (receiveBuffer / 4_096));
    }
}
