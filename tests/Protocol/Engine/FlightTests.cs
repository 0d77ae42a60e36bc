using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;
using Path = Kestrel.Sctp.Protocol.Paths.Path;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>
/// What is in flight, to the byte, through all that can happen to a chunk (requirements ). That the sums agree
/// is checked after every step of every test too.
/// </summary>
public class FlightTests : ScriptedTest
{
    private const uint Open = 1024 * 1024;
    private const int Length = 1_000;
    private const int Size = Length + DataChunk.HeaderSize;

    private Path First => Association.Paths[0];

    private Path Second => Association.Paths[1];

    [Fact]
    [Trait("Requirement", "R-80")]
    public void R_80_what_is_marked_lost_makes_room_in_the_peers_window_and_its_retransmission_takes_it()
    {
        // Five of them fill cwnd.
        Establish(Quiet with { MaxBurst = 0 });
        SendMessages(10);
        Assert.Equal(5, SentData().Count);
        Peer.SendSack(FirstTsn - 1, 4_000, new GapBlock(2, 2));
        Peer.SendSack(FirstTsn - 1, 3_000, new GapBlock(2, 3));
        Assert.Empty(SentData());

        // The third miss: in flight is one. The window leaves room for one more beside the one sent again.
        Peer.SendSack(FirstTsn - 1, 3_000, new GapBlock(2, 4));
        Assert.Equal([FirstTsn, FirstTsn + 5], SentData().Select(chunk => chunk.Tsn));
    }

    [Fact]
    [Trait("Requirement", "R-80")]
    public void R_80_a_window_smaller_than_what_is_outstanding_is_0_and_not_negative()
    {
        Establish(Quiet with { MaxBurst = 0 });
        SendMessages(8);
        Assert.Equal(5, SentData().Count);
        Peer.SendSack(FirstTsn, window: 1);
        Peer.SendSack(FirstTsn + 1, window: 0);
        Peer.SendSack(FirstTsn + 2, window: 1_500);
        Assert.Empty(SentData());

        // As soon as it is larger than what is outstanding by a chunk, a chunk leaves.
        Peer.SendSack(FirstTsn + 3, window: 2 * Length);
        Assert.Equal([FirstTsn + 5], SentData().Select(chunk => chunk.Tsn));
    }

    [Fact]
    [Trait("Requirement", "R-81")]
    [Trait("KnownFailure", "flight-leak")]
    public void R_81_the_flight_of_each_path_is_right_through_all_that_happens_to_a_chunk()
    {
        EstablishWithTwoPaths(Quiet with { MaxBurst = 0 });
        SendMessages(4);
        AssertFlight(4, 0);

        // Acknowledged cumulatively, acknowledged in a gap, and that taken back.
        Peer.SendSack(FirstTsn);
        AssertFlight(3, 0);
        Peer.SendSack(FirstTsn, Open, new GapBlock(2, 3));
        AssertFlight(1, 0);
        Peer.SendSack(FirstTsn, Open, new GapBlock(3, 3));
        AssertFlight(2, 0);
        Peer.SendSack(FirstTsn);
        AssertFlight(3, 0);

        // T3-rtx takes all from the path; one goes to the other.
        Network.Run(First.Rto.Rto + 1);
        AssertFlight(0, 1);

        // A late acknowledgement of one that is marked for retransmission, and of the one sent again.
        Peer.SendSack(FirstTsn, Open, new GapBlock(3, 3));
        AssertFlight(0, 2);
        Peer.SendSack(FirstTsn + 3);
        AssertFlight(0, 0);
        Assert.True(Association.SentChunks.IsEmpty);

        // Fast retransmission: off the path and on it again.
        SendMessages(4);
        Peer.SendSack(FirstTsn + 3, Open, new GapBlock(2, 2));
        Peer.SendSack(FirstTsn + 3, Open, new GapBlock(2, 3));
        AssertFlight(2, 0);
        Peer.SendSack(FirstTsn + 3, Open, new GapBlock(2, 4));
        AssertFlight(1, 0);

        // It is lost too; a SACK of everything but it comes meanwhile again and changes nothing.
        Peer.SendSack(FirstTsn + 3, Open, new GapBlock(2, 4));
        AssertFlight(1, 0);
        Network.Run(First.Rto.Rto + 1);
        AssertFlight(0, 1);
        Peer.SendSack(FirstTsn + 7);
        AssertFlight(0, 0);
    }

    [Fact]
    [Trait("Requirement", "R-81")]
    [Trait("KnownFailure", "flight-leak")]
    public void R_81_a_SHUTDOWN_acknowledges_and_the_end_clears()
    {
        Establish(Quiet with { MaxBurst = 0 });
        SendMessages(4);
        Peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, FirstTsn + 1));
        AssertFlight(2);
        Host.Step(Association, a => a.Abort(null, Network.Now));
        AssertFlight(0);
        Assert.Equal(4, Host.Released[Association].Count);
    }

    [Fact]
    [Trait("Requirement", "R-81")]
    public void R_81_a_restart_of_the_peer_clears_what_was_in_flight()
    {
        Establish(Quiet with { MaxBurst = 0 });
        SendMessages(4);
        Peer.Received();
        Peer.SendInit(tag: 99);
        var cookie = ScriptedPeer.CookieOf(Peer.Received()[^1], out var tag);
        Peer.Send(tag, (ref PacketWriter w) => CookieEchoChunk.Write(ref w, cookie));
        AssertFlight(0);
        Assert.Equal(0, Association.SentChunks.PayloadInFlight);
        SendMessages(1);
        AssertFlight(1);
    }

    [Fact]
    [Trait("Requirement", "R-79")]
    [Trait("Requirement", "R-91")]
    public void R_79_T3_starts_again_for_a_path_whose_only_chunk_was_given_up_by_the_peer()
    {
        // The first chunk goes to the second path after a timeout, the second to the first.
        EstablishWithTwoPaths(Quiet with { MaxBurst = 0 });
        SendMessages(1);
        Network.Run(First.Rto.Rto + 1);
        AssertFlight(0, 1);
        Peer.SendSack(FirstTsn);
        SendMessages(1);
        Network.Run(First.Rto.Rto + 1);
        AssertFlight(0, 1);

        // New data waits for an acknowledgement after the timeout; a heartbeat's answer is none, the SACK of a lost one is.
        Peer.SendSack(FirstTsn + 1);
        SendMessages(2);
        Network.Run(First.Rto.Rto + 1);
        AssertFlight(0, 1);
        Peer.SendSack(FirstTsn + 1, Open, new GapBlock(2, 2));
        Assert.Equal(EngineTime.Never, First.RetransmissionDeadline);
        SendMessages(1);
        AssertFlight(1, 1);
        Peer.SendSack(FirstTsn + 1, Open, new GapBlock(2, 3));
        AssertFlight(0, 1);

        // R2: nothing is in flight there. R4: something is again, for the peer took it back.
        Assert.Equal(EngineTime.Never, First.RetransmissionDeadline);
        Network.Run(50 * EngineTime.Millisecond);
        Peer.SendSack(FirstTsn + 1, Open, new GapBlock(2, 2));
        AssertFlight(1, 1);
        Assert.Equal(1, Association.SentChunks[FirstTsn + 4].Misses);
        Assert.Equal(Network.Now + First.Rto.Rto, First.RetransmissionDeadline);
    }

    [Fact]
    [Trait("Requirement", "R-82")]
    [Trait("KnownFailure", "flight-leak")]
    public void R_82_T3_runs_on_a_path_exactly_while_something_is_in_flight_there()
    {
        EstablishWithTwoPaths(Quiet with { MaxBurst = 0 });
        AssertTimers(false, false);
        SendMessages(3);
        AssertTimers(true, false);
        Peer.SendSack(FirstTsn - 1, Open, new GapBlock(2, 3));
        AssertTimers(true, false);
        Network.Run(First.Rto.Rto + 1);
        AssertTimers(false, true);
        SendMessages(1);
        Peer.SendSack(FirstTsn + 2);
        AssertTimers(true, false);
        Peer.SendSack(FirstTsn + 3);
        AssertTimers(false, false);
    }

    [Fact]
    [Trait("Requirement", "R-82")]
    public void R_82_whatever_may_leave_leaves()
    {
        Establish();
        for (var round = 0u; round < 50; round++)
        {
            // Nothing in flight, the window open: whatever was left of the burst, the message leaves at once.
            SendMessages(1);
            Assert.Equal([FirstTsn + round], SentData().Select(chunk => chunk.Tsn));
            Peer.SendSack(FirstTsn + round, round % 3 == 0 ? 0 : Open);
            if (round % 3 == 0)
            {
                // Closed: one chunk leaves all the same, to probe it.
                SendMessages(2);
                Assert.Equal([FirstTsn + ++round], SentData().Select(chunk => chunk.Tsn));
                Peer.SendSack(FirstTsn + round);
                Assert.Equal([FirstTsn + ++round], SentData().Select(chunk => chunk.Tsn));
                Peer.SendSack(FirstTsn + round);
            }
        }
    }

    [Fact]
    [Trait("Requirement", "R-128")]
    [Trait("KnownFailure", "failed-send")]
    public void R_128_a_packet_that_could_not_be_sent_is_a_lost_one_with_its_timer_running()
    {
        EstablishWithTwoPaths();
        SendMessages(1);
        Host.Step(Association, a => a.ReportSendFailure(Peer.Address, Host.Addresses[0], Network.Now));
        AssertTimers(true, false);
        Assert.Equal((0, AssociationState.Established), (First.ErrorCount, Association.State));
        Forget();
        Network.Run(EngineTime.Second + 1);
        Assert.Equal([FirstTsn], SentData().Select(chunk => chunk.Tsn));
        Host.Step(Association, a => a.ReportSendFailure(Second.Remote, Host.Addresses[1], Network.Now));
        AssertTimers(false, true);
        Peer.SendSack(FirstTsn);
        Assert.Equal(AssociationState.Established, Association.State);
    }

    private void AssertFlight(int chunksOnFirst, int chunksOnSecond = 0)
    {
        Assert.Equal(chunksOnFirst * Size, First.BytesInFlight);
        Assert.Equal(chunksOnSecond * Size, Association.PathCount > 1 ? Second.BytesInFlight : 0);
        Assert.Equal((chunksOnFirst + chunksOnSecond) * Length, Association.SentChunks.PayloadInFlight);
        Assert.Equal(chunksOnFirst + chunksOnSecond, Association.SentChunks.InFlightCount);
    }

    private void AssertTimers(bool first, bool second)
    {
        Assert.Equal(first, First.RetransmissionDeadline != EngineTime.Never);
        Assert.Equal(second, Second.RetransmissionDeadline != EngineTime.Never);
    }

    private void SendMessages(int count)
    {
        for (var i = 0; i < count; i++)
        {
            SendMessage(Length);
        }
    }
}
