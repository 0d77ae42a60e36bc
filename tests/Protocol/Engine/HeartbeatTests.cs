using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>HEARTBEATs, error counts and failover (requirements, group H).</summary>
public class HeartbeatTests : ScriptedTest
{
    // RFC 9260 alone; what RFC 7829 adds has tests of its own.
    private static readonly AssociationOptions _options = new() { PotentiallyFailedMaxRetransmits = byte.MaxValue };

    private IPAddressValue Second { get; } = Host.Address("10.0.1.9");

    [Fact]
    [Trait("Requirement", "R-101")]
    public void R_101_idle_paths_get_HEARTBEATs_at_the_interval_and_the_RTO_give_or_take_half()
    {
        Establish(_options);
        var intervals = new List<long>();
        for (var i = 0; i < 10_000; i++)
        {
            var before = Network.Now;
            Network.Sent.Clear();
            Forget();
            Assert.True(WaitForPacket(60 * EngineTime.Second));
            intervals.Add(Network.Now - before);
            Assert.Equal(1, AnswerHeartbeats());
            Forget();
        }

        // RTO.Min is the RTO here.
        Assert.All(intervals, interval => Assert.InRange(interval, 30_500 * EngineTime.Millisecond, 31_500 * EngineTime.Millisecond));
        Assert.True(intervals.Max() - intervals.Min() > 990 * EngineTime.Millisecond, "they vary");
        Assert.InRange(intervals.Average(), 30_980 * EngineTime.Millisecond, 31_020 * EngineTime.Millisecond);
    }

    [Fact]
    [Trait("Requirement", "R-101")]
    public void R_101_the_spread_is_half_of_the_paths_own_RTO()
    {
        Establish(_options with { HeartbeatInterval = 5 * EngineTime.Second, RtoMin = 100 * EngineTime.Millisecond });
        var path = Association.Paths[0];
        var rto = path.Rto.Rto;
        for (var i = 0; i < 1_000; i++)
        {
            Network.Sent.Clear();
            Forget();
            var before = Network.Now;
            Assert.True(WaitForPacket(60 * EngineTime.Second));
            var wait = Network.Now - before;
            Assert.InRange(wait, (5 * EngineTime.Second) + (rto / 2) - 1, (5 * EngineTime.Second) + (rto * 3 / 2) + 1);

            // The next wait counts from when this HEARTBEAT left, with the RTO of that moment; the answer is there at once.
            rto = path.Rto.Rto;
            Assert.Equal(1, AnswerHeartbeats());
        }

        Assert.Equal(100 * EngineTime.Millisecond, path.Rto.Rto);
    }

    [Fact]
    [Trait("Requirement", "R-101")]
    public void R_101_a_path_in_use_gets_none()
    {
        EstablishWithTwoPaths(_options);
        for (var i = 0u; i < 100; i++)
        {
            SendMessage(10);
            Peer.SendSack(FirstTsn + i);
            Network.Run(EngineTime.Second);
            var heartbeats = Sent().Where(datagram => ScriptedPeer.TypesOf(datagram.Packet).Contains(ChunkType.Heartbeat));
            Assert.All(heartbeats, datagram => Assert.Equal(Second, datagram.Destination));
        }
    }

    [Fact]
    [Trait("Requirement", "R-101")]
    [Trait("Requirement", "R-103")]
    public void R_101_an_idle_path_that_does_not_answer_is_asked_on_ever_more_rarely_and_ends_nothing()
    {
        EstablishWithTwoPaths(_options);
        var asked = new List<long>();
        for (var i = 0; i < 3_000; i++)
        {
            Network.Run(EngineTime.Second);
            AnswerHeartbeatsTo(Peer.Address, asked);
        }

        Assert.Equal(AssociationState.Established, Association.State);
        Assert.Equal(PathState.Inactive, Association.Paths[1].State);
        Assert.Equal(PathState.Active, Association.Paths[0].State);
        Assert.Contains(Host.Events[Association], e => e.Kind == AssociationEventKind.PathInactive && e.Address == Second);
        Assert.InRange(asked[^1] - asked[^2], 55 * EngineTime.Second, 125 * EngineTime.Second);
    }

    [Fact]
    [Trait("Requirement", "R-101")]
    [Trait("Requirement", "R-104")]
    public void R_104_each_HEARTBEAT_without_an_answer_counts_however_much_longer_the_RTO_is_than_the_interval()
    {
        Establish(Quiet with { HeartbeatInterval = EngineTime.Millisecond, AssociationMaxRetransmits = 100 });
        Assert.True(Network.RunUntil(() => Association.Paths[0].State == PathState.Inactive, 1_000 * EngineTime.Second));
        Assert.Equal(Enumerable.Repeat(ChunkType.Heartbeat, 6), SentTypes());
    }

    [Fact]
    [Trait("Requirement", "R-102")]
    public void R_102_the_answer_clears_the_counts_and_measures_the_RTT()
    {
        EstablishWithTwoPaths(_options);
        var path = Association.Paths[1];
        while (path.State == PathState.Active)
        {
            Network.Run(EngineTime.Second);
            AnswerHeartbeatsTo(Peer.Address, []);
        }

        Assert.Equal(6, path.ErrorCount);
        Forget();
        Network.RunUntil(() => path.Heartbeat.IsAwaitingAnswer, 200 * EngineTime.Second);
        Network.Run(70 * EngineTime.Millisecond);
        var srtt = path.Rto.Srtt;
        Assert.True(AnswerHeartbeats() > 0);
        Assert.Equal((PathState.Active, 0), (path.State, path.ErrorCount));
        Assert.Equal(srtt + ((70_000 - srtt) / 8), path.Rto.Srtt);
        Assert.Equal(AssociationEventKind.PathActive, Host.Events[Association][^1].Kind);
        Assert.Equal(Second, Host.Events[Association][^1].Address);
    }

    [Fact]
    [Trait("Requirement", "R-102")]
    [Trait("Requirement", "R-103")]
    public void R_102_the_answer_clears_the_associations_count()
    {
        Establish(_options);
        Assert.True(Network.RunUntil(() => Association.Paths[0].ErrorCount == 5, 10_000 * EngineTime.Second));
        Assert.True(WaitForPacket(200 * EngineTime.Second));
        AnswerHeartbeats();
        Forget();

        // Ten more that nobody answers end nothing; the eleventh does.
        var missed = 0;
        while (Association.State == AssociationState.Established)
        {
            Assert.True(WaitForPacket(200 * EngineTime.Second) || Association.State == AssociationState.Closed);
            missed += SentTypes().Count(type => type == ChunkType.Heartbeat);
        }

        Assert.Equal((11, AssociationEnd.Unreachable), (missed, Association.End));
    }

    [Fact]
    [Trait("Requirement", "R-103")]
    public void R_103_the_association_ends_with_the_eleventh_timeout()
    {
        Establish();
        SendMessage(100);
        Network.Run(1_000 * EngineTime.Second);
        var sent = Sent();
        Assert.Equal(11, DataIn(sent).Count);
        Assert.Equal([ChunkType.Abort], ScriptedPeer.TypesOf(sent[^1].Packet));
        Assert.Equal(AssociationEnd.Unreachable, Association.End);
        Assert.False(Assert.Single(Host.Released[Association]).Acknowledged);
        Assert.Single(Host.Events[Association], e => e.Kind == AssociationEventKind.Ended);
    }

    [Fact]
    [Trait("Requirement", "R-103")]
    public void R_103_an_acknowledgement_starts_the_count_anew()
    {
        Establish();
        SendMessage(100);
        Network.RunUntil(() => Association.Paths[0].RetransmissionDeadline == EngineTime.Never || DataSent() == 11, 1_000 * EngineTime.Second);
        Assert.Equal(11, SentData().Count);
        Peer.SendSack(FirstTsn);
        Assert.Equal(0, Association.Paths[0].ErrorCount);
        SendMessage(100);
        Network.Run(2_000 * EngineTime.Second);
        Assert.Equal(11, SentData().Count);
        Assert.Equal(AssociationEnd.Unreachable, Association.End);
    }

    [Fact]
    [Trait("Requirement", "R-104")]
    public void R_104_data_moves_to_the_alternate_and_comes_back()
    {
        EstablishWithTwoPaths(_options);
        var primary = Association.Paths[0];

        // The primary path takes nothing; what is retransmitted to the alternate arrives.
        var timeouts = 0;
        for (var i = 0u; primary.State == PathState.Active; i++)
        {
            SendMessage(10);
            Assert.Equal(Peer.Address, Assert.Single(SentData()).Destination);
            Network.RunUntil(() => DataSent() > 0, 100 * EngineTime.Second);
            Assert.All(SentData(), chunk => Assert.Equal(Second, chunk.Destination));
            Peer.SendSack(FirstTsn + i);
            timeouts++;
        }

        Assert.Equal(6, timeouts);
        Assert.Contains(Host.Events[Association], e => e.Kind == AssociationEventKind.PathInactive && e.Address == Peer.Address);
        Assert.Equal(AssociationState.Established, Association.State);
        SendMessage(10);
        Assert.Equal(Second, Assert.Single(SentData()).Destination);
        Peer.SendSack(FirstTsn + 6);

        // An answer to a HEARTBEAT brings it back.
        Forget();
        Network.RunUntil(
            () => Network.Sent.Skip(SeenCount).Any(d => d.Destination == Peer.Address && ScriptedPeer.TypesOf(d.Packet).Contains(ChunkType.Heartbeat)),
            200 * EngineTime.Second);
        AnswerHeartbeats();
        Assert.Equal(PathState.Active, primary.State);
        Forget();
        SendMessage(10);
        Assert.Equal(Peer.Address, Assert.Single(SentData()).Destination);
    }

    [Fact]
    [Trait("Requirement", "R-106")]
    public void R_106_nothing_is_sent_once_it_has_ended()
    {
        EstablishWithTwoPaths(_options);
        SendMessage(100_000);
        Peer.SendData(Tsn + 5);
        Peer.SendData(Tsn + 7);
        Network.Run(1_000 * EngineTime.Second);
        Assert.Equal(AssociationState.Closed, Association.State);
        Assert.Equal(EngineTime.Never, Association.NextDeadline);
        Forget();
        Host.Step(Association, a =>
        {
            a.HandleTimers(Network.Now + (3_600 * EngineTime.Second));
            a.Shutdown(Network.Now);
            a.Abort("late", Network.Now);
        });
        Assert.Empty(Sent());
    }

    private int DataSent() => DataIn(Network.Sent.Skip(SeenCount).ToList()).Count;

    private bool WaitForPacket(long within)
    {
        var count = Network.Sent.Count;
        return Network.RunUntil(() => Network.Sent.Count > count, within);
    }

    private void AnswerHeartbeatsTo(IPAddressValue address, List<long> others)
    {
        others.AddRange(Network.Sent.Skip(SeenCount).Where(datagram => datagram.Destination != address).Select(datagram => datagram.SentAt));
        AnswerHeartbeats(address);
        Forget();
    }
}
