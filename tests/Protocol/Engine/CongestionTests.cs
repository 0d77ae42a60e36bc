using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Congestion;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

public class CongestionTests
{
    private const int ChunkSize = 1_200;
    private readonly VirtualNetwork _network = new();

    [Fact]
    [Trait("Requirement", "R-86")]
    public void R_86_a_sack_that_opens_many_packets_lets_Max_Burst_out()
    {
        var client = new Host(_network, 1, ["10.0.0.1"], udpPort: 40000);
        var a = client.Connect(7, ["10.0.0.9"]);
        var peer = new ScriptedPeer(_network, client, port: 7, hostPort: 5000);
        peer.Accept();
        client.Send(a, new byte[1_000_000]);
        while (a.GetPath(0).CongestionWindow < 40 * ChunkSize)
        {
            _network.Run(EngineTime.Millisecond);
            peer.SendSack(a.SentChunks.FirstTsn);
        }

        // All is acknowledged with the window closed, and then the window opens.
        peer.SendSack(a.SentChunks.NextTsn - 1, window: 0);
        var window = a.GetPath(0).CongestionWindow;
        peer.Received();
        peer.SendSack(a.SentChunks.NextTsn - 1);
        Assert.Equal(AssociationOptions.Default.MaxBurst, peer.Received().Count);
        Assert.Equal(window, a.GetPath(0).CongestionWindow);

        // Each further SACK lets as many out, until cwnd is full.
        peer.SendSack(a.SentChunks.FirstTsn);
        Assert.Equal(AssociationOptions.Default.MaxBurst, peer.Received().Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(9)]
    [Trait("Requirement", "R-86")]
    public void R_86_Max_Burst_holds_for_the_users_data_and_after_a_timeout_too(int maxBurst)
    {
        var client = new Host(_network, 1, ["10.0.0.1"], udpPort: 40000);
        var a = client.Connect(7, ["10.0.0.9"], AssociationOptions.Default with { MaxBurst = maxBurst });
        var peer = new ScriptedPeer(_network, client, port: 7, hostPort: 5000);
        peer.Accept();
        client.Send(a, new byte[400_000]);

        // With nothing in flight and the window wide open, the user's next message is an opportunity.
        while (a.BufferedBytes > 0)
        {
            _network.Run(EngineTime.Millisecond);
            peer.SendSack(a.SentChunks.FirstTsn);
        }

        peer.Received();
        client.Send(a, new byte[100_000]);
        Assert.InRange(peer.Received().Count, maxBurst == 0 ? 35 : maxBurst, maxBurst == 0 ? 100 : maxBurst);

        // After a timeout cwnd is one packet, and then grows within the burst.
        _network.Run(a.GetPath(0).Rto + 1);
        Assert.Single(peer.Received());
        peer.SendSack(a.SentChunks.FirstTsn);
        Assert.InRange(peer.Received().Count, 1, 2);
    }

    [Fact]
    [Trait("Requirement", "R-96")]
    public void R_96_an_unused_window_decays_once_per_RTO()
    {
        var client = new Host(_network, 1, ["10.0.0.1"], udpPort: 40000);
        var a = client.Connect(7, ["10.0.0.9"]);
        var peer = new ScriptedPeer(_network, client, port: 7, hostPort: 5000);
        peer.Accept();
        client.Send(a, new byte[400_000]);
        while (a.BufferedBytes > 0)
        {
            _network.Run(EngineTime.Millisecond);
            peer.SendSack(a.SentChunks.FirstTsn);
        }

        var window = a.GetPath(0).CongestionWindow;
        Assert.True(window > 20 * ChunkSize);
        _network.Run(a.GetPath(0).Rto * 3 / 2);
        client.Send(a, new byte[100]);
        Assert.Equal(window / 2, a.GetPath(0).CongestionWindow);
        Assert.Equal(window, a.GetPath(0).SlowStartThreshold);
    }

    [Theory]
    [InlineData(0.9, 1)]
    [InlineData(1.1, 2)]
    [InlineData(2.5, 4)]
    [InlineData(3.5, 8)]
    [InlineData(1_000, 64)]
    [Trait("Requirement", "R-96")]
    public void R_96_it_halves_with_each_RTO_and_not_below_four_chunks(double rtos, int divisor)
    {
        var client = new Host(_network, 1, ["10.0.0.1"], udpPort: 40000);
        var a = client.Connect(7, ["10.0.0.9"], AssociationOptions.Default with { HeartbeatInterval = 0 });
        var peer = new ScriptedPeer(_network, client, port: 7, hostPort: 5000);
        peer.Accept();
        client.Send(a, new byte[400_000]);
        while (a.BufferedBytes > 0)
        {
            _network.Run(EngineTime.Millisecond);
            peer.SendSack(a.SentChunks.FirstTsn);
        }

        var path = a.Paths[0];
        var window = path.Congestion.Window;
        Assert.True(window > 8 * 4 * path.MaxChunkSize);
        _network.Run((long)(path.Rto.Rto * rtos) - (_network.Now - path.LastDataAt));
        client.Send(a, new byte[100]);
        Assert.Equal(Math.Max(window / divisor, 4 * path.MaxChunkSize), path.Congestion.Window);
        if (divisor > 1)
        {
            Assert.Equal(window, path.Congestion.SlowStartThreshold);
        }
    }

    [Fact]
    [Trait("Requirement", "R-96")]
    public void R_96_idling_on_the_initial_window_does_not_end_slow_start()
    {
        var control = new NewReno(ChunkSize, isIPv6: false);
        var (window, threshold) = (control.Window, control.SlowStartThreshold);
        control.OnIdle(10);
        Assert.Equal(window, control.Window);
        Assert.Equal(threshold, control.SlowStartThreshold);
    }

    [Fact]
    [Trait("Requirement", "R-83")]
    public void R_83_probes_of_a_closed_window_stay_on_the_source_they_are_answered_on()
    {
        var client = new Host(_network, 1, ["10.0.0.1", "10.0.0.3"], udpPort: 40000);
        var a = client.Connect(7, ["10.0.0.9"]);
        var peer = new ScriptedPeer(_network, client, port: 7, hostPort: 5000);
        peer.Accept();
        var source = a.GetPath(0).Local;
        client.Send(a, new byte[100]);
        var acknowledged = a.SentChunks.FirstTsn;
        peer.SendSack(acknowledged, window: 0);
        client.Send(a, new byte[5_000]);
        for (var i = 0; i < 5; i++)
        {
            peer.Received();
            Assert.True(_network.RunUntil(() => peer.ReceivedTypes().Contains(ChunkType.Data), 200 * EngineTime.Second));
            peer.SendSack(acknowledged, window: 0);
            Assert.Equal(source, a.GetPath(0).Local);
        }

        Assert.Equal(0, a.GetPath(0).ErrorCount);
        Assert.Equal(AssociationState.Established, a.State);
    }

    [Fact]
    public void An_unanswered_heartbeat_without_another_path_takes_the_next_source()
    {
        var client = new Host(_network, 1, ["10.0.0.1", "10.0.0.3"], udpPort: 40000);
        var a = client.Connect(7, ["10.0.0.9"]);
        var peer = new ScriptedPeer(_network, client, port: 7, hostPort: 5000);
        peer.Accept();
        var source = a.GetPath(0).Local;
        Assert.True(_network.RunUntil(() => a.GetPath(0).ErrorCount == 1, 100 * EngineTime.Second));
        Assert.NotEqual(source, a.GetPath(0).Local);
    }
}
