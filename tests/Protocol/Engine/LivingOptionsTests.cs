using System.Buffers;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Options changed while the association lives (RFC 9260, 11.1.9 to 11.1.13; RFC 6458, 8.1).</summary>
public class LivingOptionsTests : ScriptedTest
{
    [Fact]
    public void A_new_RTO_Min_counts_from_the_next_sample()
    {
        Establish();
        Update(Quiet with { RtoMin = 50 * EngineTime.Millisecond });
        Assert.Equal(EngineTime.Second, Association.GetPath(0).Rto);
        SendMessage(10);
        Network.Run(20 * EngineTime.Millisecond);
        Peer.SendSack(FirstTsn);
        Assert.Equal(60 * EngineTime.Millisecond, Association.GetPath(0).Rto);
    }

    [Fact]
    public void A_new_RTO_Max_bounds_the_next_back_off()
    {
        Establish();
        Update(Quiet with { RtoMax = 1_500 * EngineTime.Millisecond });
        SendMessage(10);
        Network.Run(EngineTime.Second);
        Assert.Equal(1_500 * EngineTime.Millisecond, Association.GetPath(0).Rto);
    }

    [Fact]
    public void New_retransmission_limits_end_path_and_association()
    {
        Establish();
        Update(Quiet with { AssociationMaxRetransmits = 2, PathMaxRetransmits = 0 });
        SendMessage(10);
        Network.Run(EngineTime.Second);
        Assert.Equal(PathState.Inactive, Association.GetPath(0).State);
        Assert.Equal(AssociationState.Established, Association.State);
        Network.Run(2 * EngineTime.Second);
        Assert.Equal(AssociationState.Established, Association.State);
        Network.Run(4 * EngineTime.Second);
        Assert.Equal(AssociationEnd.Unreachable, Association.End);
    }

    [Fact]
    public void What_was_said_to_the_peer_stays()
    {
        Establish();
        Update(Quiet with { OutboundStreams = 3, MaxInboundStreams = 3, AdvertisedAddresses = [] });
        Assert.Equal(Quiet.OutboundStreams, Association.Options.OutboundStreams);
        Assert.Equal(Quiet.MaxInboundStreams, Association.Options.MaxInboundStreams);
        Assert.Null(Association.Options.AdvertisedAddresses);
    }

    [Fact]
    public void Without_Nagles_rule_what_it_held_back_leaves_at_once()
    {
        Establish(Quiet with { NoDelay = false });
        SendMessage(10);
        SendMessage(11);
        Assert.Equal([10], SentData().Select(data => data.Length));
        Update(Quiet with { NoDelay = true });
        Assert.Equal([11], SentData().Select(data => data.Length));
    }

    [Theory]
    [InlineData(0, 1_452, 548)]
    [InlineData(1_200, 1_200, 800)]
    [InlineData(5_000, 1_452, 548)]
    public void The_user_data_of_a_chunk_has_a_limit_of_its_own(int limit, int first, int second)
    {
        // The test network's packets travel in UDP: 8 bytes more.
        Establish(Quiet with { InitialPathMtu = 1_508 });
        Update(Quiet with { InitialPathMtu = 1_508, MaxSegmentSize = limit });
        Assert.Equal(first, Association.GetCounts().FragmentationPoint);
        SendMessage(2_000);
        Assert.Equal([first, second], SentData().Select(data => data.Length));
    }

    [Theory, Trait("Requirement", "R-66")]
    [InlineData(1)]
    [InlineData(3)]
    public void A_packet_full_but_for_a_header_is_not_filled_up_with_an_empty_chunk(int limit)
    {
        // Behind the headers of IP, UDP and SCTP, 26 chunks of 20 bytes leave 16.
        Establish(Quiet with { InitialPathMtu = 576, MaxSegmentSize = limit });
        SendMessage(limit * 100);
        Assert.All(SentData(), data => Assert.Equal(limit, data.Length));
    }

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(2, 1, 1)]
    [InlineData(3, 2, 1)]
    public void A_SACK_leaves_with_every_so_manieth_packet(int frequency, int silent, int loud)
    {
        Establish(Quiet with { SackFrequency = 5 });
        Peer.SendData(Tsn);
        Assert.Single(SentSacks());
        Update(Quiet with { SackFrequency = frequency });
        for (var i = 1u; i <= silent; i++)
        {
            Peer.SendData(Tsn + i, ssn: (ushort)i);
        }

        Assert.Empty(SentSacks());
        Peer.SendData(Tsn + (uint)silent + 1, ssn: (ushort)(silent + 1));
        Assert.Equal(loud, SentSacks().Count);
    }

    [Fact]
    public void A_new_SACK_delay_counts_for_the_next_packet()
    {
        Establish();
        Peer.SendData(Tsn);
        Forget();
        Update(Quiet with { SackDelay = 50 * EngineTime.Millisecond });
        Peer.SendData(Tsn + 1, ssn: 1);
        Network.Run((50 * EngineTime.Millisecond) - 1);
        Assert.Empty(SentSacks());
        Network.Run(1);
        Assert.Single(SentSacks());
    }

    [Fact]
    public void A_receive_buffer_that_grows_opens_the_window_with_the_next_SACK()
    {
        Establish(Quiet with { ReceiveBufferSize = 10_000 });
        Update(Quiet with { ReceiveBufferSize = 20_000 });
        Peer.SendData(Tsn);
        Assert.InRange(SentSacks()[^1].Window, 19_000u, 20_000u);
    }

    [Fact]
    public void Heartbeats_follow_a_new_interval_at_once()
    {
        Establish();
        Update(Quiet with { HeartbeatInterval = 5 * EngineTime.Second });
        Network.Run(7 * EngineTime.Second);
        Assert.Equal([ChunkType.Heartbeat], SentTypes());
    }

    [Fact]
    public void The_heartbeats_of_one_path_are_switched_off_and_the_others_go_on()
    {
        EstablishWithTwoPaths(Quiet with { HeartbeatInterval = 5 * EngineTime.Second });
        Assert.True(Association.UpdatePathOptions(Peer.Address, new PathOptions { HeartbeatInterval = 0 }, Network.Now));
        Network.Run(8 * EngineTime.Second);
        Assert.Equal([Host.Address("10.0.1.9")], Sent().Select(datagram => datagram.Destination).Distinct());
        Assert.Equal(0, Association.GetPathOptions(Peer.Address)!.HeartbeatInterval);
        Assert.Equal(5 * EngineTime.Second, Association.GetPathOptions(Host.Address("10.0.1.9"))!.HeartbeatInterval);

        // A path with an interval of its own keeps it when the association's changes.
        Update(Quiet with { HeartbeatInterval = 2 * EngineTime.Second });
        Assert.Equal(0, Association.GetPathOptions(Peer.Address)!.HeartbeatInterval);
        Assert.True(Association.UpdatePathOptions(Peer.Address, new PathOptions { HeartbeatInterval = EngineTime.Second }, Network.Now));
        Forget();
        Network.Run(3 * EngineTime.Second);
        Assert.Contains(Peer.Address, Sent().Select(datagram => datagram.Destination));
    }

    [Fact]
    public void A_path_may_have_a_limit_of_its_own()
    {
        EstablishWithTwoPaths(Quiet with { HeartbeatInterval = EngineTime.Second });
        Assert.True(Association.UpdatePathOptions(Peer.Address, new PathOptions { MaxRetransmits = 0 }, Network.Now));
        Assert.True(Network.RunUntil(() => Association.GetPath(0).State == PathState.Inactive, 60 * EngineTime.Second));
        Assert.Equal(1, Association.GetPath(0).ErrorCount);
        Assert.Equal(PathState.Active, Association.GetPath(1).State);
    }

    [Fact]
    public void A_heartbeat_asked_for_leaves_at_once_and_its_answer_counts()
    {
        Establish();
        Demand(Peer.Address);
        Assert.Equal([ChunkType.Heartbeat], ScriptedPeer.TypesOf(Network.Sent[^1].Packet));
        Network.Run(30 * EngineTime.Millisecond);
        Assert.Equal(1, AnswerHeartbeats());
        Assert.Equal(30 * EngineTime.Millisecond, Association.GetPath(0).Srtt);
    }

    [Fact]
    public void No_heartbeat_can_be_asked_for_once_SHUTDOWN_is_sent()
    {
        Establish();
        Host.Step(Association, a => a.Shutdown(Network.Now));
        Forget();
        Host.Step(Association, a => Assert.False(a.RequestHeartbeat(Peer.Address, Network.Now)));
        Assert.Empty(Sent());
    }

    [Fact]
    public void What_is_no_path_is_refused()
    {
        Establish();
        var stranger = Host.Address("10.9.9.9");
        Assert.False(Association.RequestHeartbeat(stranger, Network.Now));
        Assert.False(Association.UpdatePathOptions(stranger, PathOptions.Default, Network.Now));
        Assert.False(Association.SetPathMtu(stranger, 1_500));
        Assert.Null(Association.GetPathOptions(stranger));
    }

    [Fact]
    public void A_PMTU_set_by_hand_cuts_the_next_message()
    {
        Establish();
        Assert.True(Association.SetPathMtu(Peer.Address, 1_000));
        Assert.Equal(1_000, Association.GetPath(0).Mtu);
        SendMessage(1_000);
        Assert.Equal([944, 56], SentData().Select(data => data.Length));
        Association.SetPathMtu(Peer.Address, 10);
        Assert.Equal(576, Association.GetPath(0).Mtu);
    }

    [Fact]
    [Trait("Requirement", "R-124")]
    public void The_last_chunk_of_a_message_asks_for_its_SACK_when_the_user_does()
    {
        Establish();
        var message = new ReadOnlySequence<byte>(new byte[2_000]);
        Host.Step(Association, a => Assert.Equal(SendStatus.Queued, a.Send(new SendInfo(0, 0, false, SackImmediately: true), message, null)));
        Assert.Equal([Begin, (byte)(End | ChunkFlags.DataImmediate)], SentData().Select(data => data.Flags));
        Network.Run(EngineTime.Second);
        Peer.SendSack(FirstTsn);
        Assert.Equal((byte)(End | ChunkFlags.DataImmediate), SentData()[^1].Flags);
    }

    [Fact]
    public void The_counts_say_what_is_on_its_way()
    {
        Establish(window: 5_000);
        Host.ReadsAtOnce = false;
        Assert.Equal(5_000, Association.GetCounts().PeerWindow);
        SendMessage(500);
        SendMessage(600);
        Peer.SendData(Tsn);
        Peer.SendData(Tsn + 2, ssn: 2);
        Peer.SendData(Tsn + 3, ssn: 3);
        var counts = Association.GetCounts();
        Assert.Equal((3_900, 2, 2, Tsn), (counts.PeerWindow, counts.UnacknowledgedChunks, counts.PendingChunks, counts.CumulativeTsn));
        Peer.SendData(Tsn + 1, ssn: 1);
        Assert.Equal(0, Association.GetCounts().PendingChunks);
    }

    [Fact]
    public void A_part_read_says_in_which_TSN_it_came()
    {
        Establish();
        Host.ReadsAtOnce = false;
        Peer.SendData(Tsn, 100, Begin);
        Peer.SendData(Tsn + 1, 100, End);
        Assert.Equal(200, Association.Receiver!.CountReadableBytes());
        Assert.True(Association.TryReceive(new byte[150], out var first));
        Assert.True(Association.TryReceive(new byte[150], out var second));
        Assert.Equal((Tsn, 150), (first.Tsn, first.Length));
        Assert.Equal((Tsn + 1, 50), (second.Tsn, second.Length));
        Assert.Equal(0, Association.Receiver.CountReadableBytes());
    }

    [Fact]
    public void What_comes_next_can_be_seen_before_it_is_read()
    {
        Establish();
        Host.ReadsAtOnce = false;
        Assert.False(Association.TryPeek(out _));
        Peer.SendData(Tsn, 100, Begin, stream: 3);
        Peer.SendData(Tsn + 1, 50, End, stream: 3);
        Assert.True(Association.TryReceive(new byte[120], out _));
        Assert.True(Association.TryPeek(out var part));
        Assert.Equal((30, 3, Tsn + 1, true), (part.Length, part.StreamId, part.Tsn, part.EndOfMessage));
        Assert.True(Association.TryReceive(new byte[120], out var read));
        Assert.Equal(part, read);
    }

    [Fact]
    public void A_message_given_back_says_whether_some_of_it_left()
    {
        Establish(window: 1_500);
        SendMessage(900);
        SendMessage(901);
        Host.Step(Association, a => a.Abort(null, Network.Now));
        Assert.Equal([(900, true), (901, false)], Host.Released[Association].Select(message => (message.Length, message.WasSent)));
    }

    private void Update(AssociationOptions options) => Host.Step(Association, a => a.UpdateOptions(options, Network.Now));

    private void Demand(IPAddressValue remote) => Host.Step(Association, a => Assert.True(a.RequestHeartbeat(remote, Network.Now)));
}
