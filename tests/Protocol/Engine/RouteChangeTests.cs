using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Paths;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Congestion control belongs to a destination and to the way there (RFC 9260, 7.2.5).</summary>
[Trait("Requirement", "R-100")]
public class RouteChangeTests
{
    private const string A = "10.0.0.2";
    private const string B = "10.0.1.2";

    private static readonly AssociationOptions _quiet = new() { HeartbeatInterval = 3_600 * EngineTime.Second };

    [Fact]
    public void R_100_each_destination_has_a_state_of_its_own()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(AssociationState.Established, _quiet);
        var before = a.GetPath(1);
        Grow(peer, a);
        Assert.True(a.GetPath(0).CongestionWindow > before.CongestionWindow);
        peer.Host.Send(a, new byte[10_000]);
        peer.Network.Run(1_100 * EngineTime.Millisecond);
        Assert.True(a.GetPath(0).CongestionWindow < before.CongestionWindow, "a timeout on the first");
        Assert.Equal(before.CongestionWindow, a.GetPath(1).CongestionWindow);
        Assert.Equal(before.SlowStartThreshold, a.GetPath(1).SlowStartThreshold);
    }

    [Fact]
    public void R_100_another_source_address_after_a_timeout_starts_anew()
    {
        var peer = new SetupPeer([A]);
        var a = peer.BringTo(AssociationState.Established, _quiet);
        var initial = a.GetPath(0);
        Grow(peer, a);
        peer.Host.Send(a, new byte[10_000]);
        peer.Network.Run(1_100 * EngineTime.Millisecond);
        Assert.NotEqual(initial.Local, a.GetPath(0).Local);
        AssertInitial(initial, a.GetPath(0));
    }

    [Fact]
    public void R_100_another_source_address_after_a_HEARTBEAT_starts_anew()
    {
        var peer = new SetupPeer([A]);
        var a = peer.BringTo(AssociationState.Established, _quiet);
        var initial = a.GetPath(0);
        Grow(peer, a);
        Assert.NotEqual(initial.CongestionWindow, a.GetPath(0).CongestionWindow);
        peer.Host.Step(a, x => x.RequestHeartbeat(Host.Address(A), peer.Network.Now));
        peer.Network.Run(1_100 * EngineTime.Millisecond);
        Assert.NotEqual(initial.Local, a.GetPath(0).Local);
        AssertInitial(initial, a.GetPath(0));
    }

    [Fact]
    public void R_100_with_one_source_address_there_is_no_other_way()
    {
        var peer = new SetupPeer([A], ["10.0.0.1"]);
        var a = peer.BringTo(AssociationState.Established, _quiet);
        Grow(peer, a);
        peer.Host.Send(a, new byte[10_000]);
        peer.Network.Run(1_100 * EngineTime.Millisecond);
        Assert.Equal(a.Paths[0].MaxChunkSize, a.GetPath(0).CongestionWindow);
    }

    private static void AssertInitial(PathSnapshot initial, PathSnapshot now) =>
        Assert.Equal((initial.CongestionWindow, initial.SlowStartThreshold), (now.CongestionWindow, now.SlowStartThreshold));

    private static void Grow(SetupPeer peer, Association a)
    {
        for (var i = 0; i < 5; i++)
        {
            peer.Host.Send(a, new byte[20_000]);
            peer.Network.Run(EngineTime.Millisecond);
            while (a.BufferedBytes > 0)
            {
                peer.Send(Sack(a.SentChunks.NextTsn - 1, 1024 * 1024));
            }
        }
    }
}
