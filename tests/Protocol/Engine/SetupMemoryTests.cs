using Kestrel.Sctp.Protocol.Endpoints;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Measures the process's memory, so nothing else may run meanwhile.</summary>
[Collection(nameof(SetupMemoryTests))]
[CollectionDefinition(nameof(SetupMemoryTests), DisableParallelization = true)]
public class SetupMemoryTests
{
    [Fact, Trait("Requirement", "R-25")]
    public void R_25_an_INIT_leaves_nothing_behind()
    {
        var peer = new SetupPeer(["10.0.0.2"], options: new EndpointOptions { MaxSetupsPerSecondPerAddress = 0 });
        peer.Host.Listen(5000);
        var init = Packet(7, 5000, 0, peer.Init(Address("10.0.1.2"), Address("10.0.2.2")));
        var info = new PacketInfo(Host.Address("10.0.0.2"), Host.Address("10.0.0.1"), 9899);
        var reply = new byte[Endpoint.MaxReplySize];
        for (var i = 0; i < 1_000; i++)
        {
            peer.Host.Endpoint.Receive(info, init, peer.Network.Now, reply);
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 1_000_000; i++)
        {
            var result = peer.Host.Endpoint.Receive(info with { SourceUdpPort = (ushort)((i % 65_535) + 1) }, init, peer.Network.Now + i, reply);
            Assert.Equal(PacketDisposition.Reply, result.Disposition);
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 1_000_000);
        Assert.Equal(0, peer.Host.Endpoint.AssociationCount);
    }
}
