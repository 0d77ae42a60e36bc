using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>What SACKs do to the sender, and what windows let out (requirements, group G).</summary>
public class SackProcessingTests : ScriptedTest
{
    private const uint Open = 1024 * 1024;

    [Fact]
    [Trait("Requirement", "R-76")]
    public void R_76_an_older_sack_is_dropped_with_its_window()
    {
        Establish();
        SendMessages(3, 100);
        Peer.SendSack(FirstTsn + 1, Open);
        Peer.SendSack(FirstTsn, window: 0);
        Peer.SendSack(FirstTsn - 100, window: 0, new GapBlock(1, 5));
        Forget();
        SendMessage(1_000);
        Assert.Equal([FirstTsn + 3], SentData().Select(chunk => chunk.Tsn));
        Assert.Equal(2, Association.SentChunks.Count);
    }

    [Theory]
    [Trait("Requirement", "R-77")]
    [InlineData(4, 0, 0)]
    [InlineData(1_000, 0, 0)]
    [InlineData(1, 3, 3)]
    [InlineData(1, 2, 4)]
    [InlineData(0, 4, 65_535)]
    [Trait("KnownFailure", "optimistic-ack")]
    [Trait("KnownFailure", "half-applied-sack")]
    [Trait("Requirement", "R-78")]
    public void R_77_a_sack_for_what_was_never_sent_aborts(int acknowledged, ushort start, ushort end)
    {
        Establish();
        SendMessages(3, 100);
        Forget();
        GapBlock[] gaps = start == 0 ? [] : [new GapBlock(start, end)];
        Peer.SendSack(FirstTsn - 1 + (uint)acknowledged, Open, gaps);
        AssertAborted(CauseCode.ProtocolViolation);

        // it did nothing before.
        Assert.Equal(3, Host.Released[Association].Count);
        Assert.All(Host.Released[Association], message => Assert.False(message.Acknowledged));
    }

    [Theory]
    [Trait("Requirement", "R-77")]
    [Trait("Requirement", "R-78")]
    [InlineData(0, 1)]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [Trait("KnownFailure", "half-applied-sack")]
    public void R_77_a_sack_with_a_gap_block_that_makes_no_sense_is_dropped_whole(ushort start, ushort end)
    {
        Establish();
        SendMessages(3, 100);
        Forget();
        Peer.SendSack(FirstTsn, window: 0, new GapBlock(start, end));
        Assert.Empty(Sent());
        Assert.Equal(3, Association.SentChunks.Count);
        Assert.Empty(Host.Released[Association]);
        SendMessage(100);
        Assert.Single(SentData());
    }

    [Fact]
    [Trait("Requirement", "R-79")]
    [Trait("Requirement", "R-81")]
    public void R_79_chunks_the_peer_gave_up_again_are_outstanding_as_before()
    {
        Establish();
        SendMessages(3, 100);
        const int size = 100 + DataChunk.HeaderSize;
        Assert.Equal(3 * size, Association.Paths[0].BytesInFlight);
        Peer.SendSack(FirstTsn - 1, Open, new GapBlock(2, 3));
        Assert.Equal(size, Association.Paths[0].BytesInFlight);
        Assert.Empty(Host.Released[Association]);

        Peer.SendSack(FirstTsn - 1, Open);
        Assert.Equal(3 * size, Association.Paths[0].BytesInFlight);
        Assert.All([FirstTsn + 1, FirstTsn + 2], tsn => Assert.Equal(1, Association.SentChunks[tsn].Misses));

        Peer.SendSack(FirstTsn + 2, Open);
        Assert.Equal(3, Host.Released[Association].Count(message => message.Acknowledged));
    }

    [Fact]
    [Trait("Requirement", "R-80")]
    public void R_80_the_peers_window_is_what_it_says_less_what_is_outstanding()
    {
        Establish();
        SendMessages(5, 1_200);
        Assert.Equal(4, SentData().Count);
        Peer.SendSack(FirstTsn, window: 1_200);
        Peer.SendSack(FirstTsn + 2, window: 1_200);
        Assert.Empty(SentData());
        Peer.SendSack(FirstTsn + 3, window: 1_200);
        Assert.Equal([FirstTsn + 4], SentData().Select(chunk => chunk.Tsn));
        SendMessage(1);
        Assert.Empty(SentData());
    }

    [Fact]
    [Trait("Requirement", "R-83")]
    public void R_83_a_closed_window_is_probed_for_ten_minutes_and_opens_again()
    {
        Establish();
        SendMessage(100);
        Peer.SendSack(FirstTsn, window: 0);
        var window = Association.Paths[0].Congestion.Window;
        Forget();
        var begin = Network.Now;
        SendMessages(3, 500);

        var probes = new List<long>();
        while (Network.Now < begin + (600 * EngineTime.Second))
        {
            Network.RunUntil(() => Association.SentChunks.InFlightCount > 0, 100 * EngineTime.Second);
            foreach (var chunk in SentData())
            {
                probes.Add(chunk.SentAt);
                Assert.Equal((FirstTsn + 1, 500), (chunk.Tsn, chunk.Length));
            }

            // It does not take the probe, and says so; then time passes until the next.
            Network.Run(EngineTime.Millisecond);
            Peer.SendSack(FirstTsn, window: 0);
            var count = Network.Sent.Count;
            Network.RunUntil(() => Network.Sent.Count > count, 100 * EngineTime.Second);
        }

        Assert.Equal(AssociationState.Established, Association.State);
        Assert.Equal(0, Association.Paths[0].ErrorCount);
        Assert.Equal(window, Association.Paths[0].Congestion.Window);
        Assert.Equal(begin, probes[0]);
        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], probes.Zip(probes.Skip(1), (a, b) => (b - a) / EngineTime.Second).Take(8));
        Peer.SendSack(FirstTsn, window: 0);
        SentData();
        Peer.SendSack(FirstTsn, Open);
        Assert.Equal([FirstTsn + 1, FirstTsn + 2, FirstTsn + 3], SentData().Select(chunk => chunk.Tsn));
    }

    [Theory]
    [Trait("Requirement", "R-83")]
    [InlineData(0)]
    [InlineData(499)]
    public void R_83_a_window_that_stays_closed_though_it_takes_the_probes_is_probed_ever_more_rarely(uint window)
    {
        Establish();
        SendMessage(500);
        Peer.SendSack(FirstTsn, window);
        SendMessages(10, 500);
        Forget();
        var probes = new List<long>();
        for (var tsn = FirstTsn + 1; tsn != FirstTsn + 6; tsn++)
        {
            Network.RunUntil(() => Association.SentChunks.InFlightCount > 0, 100 * EngineTime.Second);
            probes.Add(Network.Now);
            Peer.SendSack(tsn, window);
        }

        Assert.Equal([1, 2, 4, 8], probes.Zip(probes.Skip(1), (a, b) => (b - a) / EngineTime.Second));
    }

    [Theory]
    [Trait("Requirement", "R-83")]
    [InlineData(false)]
    [InlineData(true)]
    public void R_83_a_probe_is_sent_again_by_the_update_of_the_window_only_when_the_peer_refused_it(bool refused)
    {
        Establish();
        SendMessage(100);
        Peer.SendSack(FirstTsn, window: 0);
        Forget();
        SendMessages(2, 500);
        Assert.Single(SentData());
        if (refused)
        {
            Peer.SendSack(FirstTsn, window: 0);
        }

        Peer.SendSack(FirstTsn, Open);
        Assert.Equal(refused ? [FirstTsn + 1, FirstTsn + 2] : [FirstTsn + 2], SentData().Select(chunk => chunk.Tsn));
    }

    [Fact]
    [Trait("Requirement", "R-83")]
    public void R_83_a_peer_that_does_not_answer_probes_is_given_up()
    {
        Establish();
        SendMessage(100);
        Peer.SendSack(FirstTsn, window: 0);
        SendMessage(500);
        Network.Run(2_000 * EngineTime.Second);
        Assert.Equal(AssociationEnd.Unreachable, Association.End);
    }

    [Fact]
    [Trait("Requirement", "R-84")]
    public void R_84_a_window_opened_by_a_few_bytes_lets_nothing_out_while_data_is_in_flight()
    {
        Establish();
        SendMessages(2, 1_000);
        SendMessage(5_000);
        Forget();
        Peer.SendSack(FirstTsn, window: 1_010);
        Assert.Empty(SentData());

        // A whole packet's worth lets one out, and a byte less none.
        var full = Association.Paths[0].MaxChunkSize - DataChunk.HeaderSize;
        var room = (uint)(Association.SentChunks.PayloadInFlight + full);
        Peer.SendSack(FirstTsn, room - 1);
        Assert.Empty(SentData());
        Peer.SendSack(FirstTsn, room);
        Assert.Equal([full], SentData().Select(chunk => chunk.Length));
    }

    [Fact]
    [Trait("Requirement", "R-84")]
    public void R_84_with_nothing_in_flight_a_small_window_is_probed_and_not_nibbled_at()
    {
        Establish();
        SendMessage(1_000);
        SendMessage(1_000);
        Forget();
        Peer.SendSack(FirstTsn + 1, window: 10);

        // 6.1 A: the one chunk that may be in flight beyond the window leaves whole; nothing small leaves to fill the window.
        SendMessages(3, 1_000);
        Assert.Equal([1_000], SentData().Select(chunk => chunk.Length));
        Peer.SendSack(FirstTsn + 1, window: 20);
        Assert.Empty(SentData());
    }

    [Fact]
    [Trait("Requirement", "R-84")]
    public void R_84_without_NoDelay_small_messages_wait_for_the_acknowledgement_and_leave_together()
    {
        Establish(Quiet with { NoDelay = false });
        SendMessages(4, 100);
        Assert.Equal([FirstTsn], SentData().Select(chunk => chunk.Tsn));
        Peer.SendSack(FirstTsn);
        var data = SentData();
        Assert.Equal([FirstTsn + 1, FirstTsn + 2, FirstTsn + 3], data.Select(chunk => chunk.Tsn));
        Assert.All(data, chunk => Assert.Equal(0, chunk.Packet));
    }

    [Fact]
    [Trait("Requirement", "R-84")]
    public void R_84_without_NoDelay_the_rest_of_a_long_message_does_not_wait()
    {
        Establish(Quiet with { NoDelay = false });
        var full = Association.GetCounts().FragmentationPoint;
        SendMessage(full + 100);
        Assert.Equal([full, 100], SentData().Select(data => data.Length));
        SendMessage(50);
        Assert.Empty(SentData());
    }

    [Fact]
    [Trait("Requirement", "R-85")]
    public void R_85_new_data_leaves_while_less_than_cwnd_is_in_flight()
    {
        // PMTU 1,500: PMDCS is 1,460 and cwnd begins at 4,404, so that the fourth packet crosses it.
        Establish(Quiet with { InitialPathMtu = 1_500, MaxBurst = 0 });
        SendMessage(20_000);
        Assert.Equal(4, SentData().Count);
        Peer.SendSack(FirstTsn);
        Assert.Equal(2, SentData().Count);
    }

    [Fact]
    [Trait("Requirement", "R-85")]
    public void R_85_retransmissions_leave_before_new_data()
    {
        Establish(Quiet with { MaxBurst = 0 });
        SendMessages(4, 1_000);
        SendMessage(1_000);
        Forget();
        Network.Run(EngineTime.Second + 1);
        Assert.Equal([FirstTsn], SentData().Select(chunk => chunk.Tsn));
        Peer.SendSack(FirstTsn);
        var tsns = SentData().Select(chunk => chunk.Tsn).ToArray();
        Assert.Equal([FirstTsn + 1, FirstTsn + 2], tsns);
    }

    [Fact]
    [Trait("Requirement", "R-124")]
    public void R_124_the_chunk_that_uses_up_the_peers_window_asks_for_its_sack_at_once()
    {
        // Two fit, and more wait; with nothing behind them there would be no hurry.
        Establish(window: 2_500);
        SendMessage(5_000);
        Assert.Equal([Begin, ChunkFlags.DataImmediate], SentData().Select(chunk => chunk.Flags));
        Peer.SendSack(FirstTsn + 1, window: 10_000);
        Assert.Equal([0, 0, End], SentData().Select(chunk => (int)chunk.Flags));

        // Nor is there on a probe, which is answered at once, taken or not (6.2).
        Peer.SendSack(FirstTsn + 4, window: 0);
        SendMessage(5_000);
        Assert.True(Network.RunUntil(() => Association.SentChunks.InFlightCount > 0, 10 * EngineTime.Second));
        Assert.Equal([Begin], SentData().Select(chunk => chunk.Flags));
    }

    [Fact]
    [Trait("Requirement", "R-124")]
    public void R_124_the_first_data_of_all_is_acknowledged_at_once_and_does_not_ask_for_it()
    {
        Establish(window: 1_500);
        SendMessage(5_000);
        Assert.Equal([Begin], SentData().Select(chunk => chunk.Flags));
        Peer.SendSack(FirstTsn, window: 1_500);
        Assert.Equal([ChunkFlags.DataImmediate], SentData().Select(chunk => chunk.Flags));
    }

    [Fact]
    [Trait("Requirement", "R-124")]
    public void R_124_the_last_data_before_the_shutdown_asks_for_its_sack_at_once()
    {
        Establish(window: 1_500);
        SendMessages(3, 1_000);
        Assert.All(SentData(), chunk => Assert.Equal(0, chunk.Flags & ChunkFlags.DataImmediate));
        Host.Step(Association, a => a.Shutdown(Network.Now));
        Peer.SendSack(FirstTsn, 10_000);
        Assert.Equal([0, ChunkFlags.DataImmediate], SentData().Select(chunk => chunk.Flags & ChunkFlags.DataImmediate));
    }

    [Fact]
    [Trait("Requirement", "R-124")]
    public void R_124_a_peer_in_SHUTDOWN_SENT_acknowledges_at_once_and_is_not_asked_to()
    {
        Establish();
        SendMessage(1_000);
        Host.Step(Association, a => a.Shutdown(Network.Now));
        Peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, FirstTsn - 1));
        Forget();
        Network.Run(2 * EngineTime.Second);
        Assert.Equal(0, SentData()[0].Flags & ChunkFlags.DataImmediate);
    }

    private void SendMessages(int count, int length)
    {
        for (var i = 0; i < count; i++)
        {
            SendMessage(length);
        }
    }
}
