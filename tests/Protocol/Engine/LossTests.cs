using Kestrel.Sctp.Protocol.Congestion;
using Kestrel.Sctp.Protocol.Wire.Chunks;
using Path = Kestrel.Sctp.Protocol.Paths.Path;
using RtoEstimator = Kestrel.Sctp.Protocol.Paths.RtoEstimator;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>RTO, T3-rtx, fast retransmit and what losses do to the window (requirements, group H).</summary>
public class LossTests : ScriptedTest
{
    private const uint Open = 1024 * 1024;

    // PMTU 1,280 less the headers of IPv4, UDP and SCTP.
    private const int MaxChunk = 1_240;

    private Path Path => Association.Paths[0];

    [Fact]
    [Trait("Requirement", "R-89")]
    public void R_89_RTO_follows_the_measurements()
    {
        var rto = new RtoEstimator(EngineTime.Second);
        Assert.Equal(EngineTime.Second, rto.Rto);
        Add(100_000);
        Assert.Equal((100_000, 300_000), (rto.Srtt, rto.Rto));

        // RTTVAR = 3/4 * 50,000 + 1/4 * |100,000 - 200,000|, from the SRTT of before.
        Add(200_000);
        Assert.Equal((112_500, 112_500 + (4 * 62_500)), (rto.Srtt, rto.Rto));

        var limited = new RtoEstimator(EngineTime.Second);
        limited.AddSample(1_000, EngineTime.Second, 60 * EngineTime.Second);
        Assert.Equal(EngineTime.Second, limited.Rto);
        limited.AddSample(1_000 * EngineTime.Second, EngineTime.Second, 60 * EngineTime.Second);
        Assert.Equal(60 * EngineTime.Second, limited.Rto);

        // The variance never vanishes, however even the measurements are.
        var even = new RtoEstimator(EngineTime.Second);
        for (var i = 0; i < 1_000; i++)
        {
            even.AddSample(1_000, 1, 60 * EngineTime.Second);
        }

        Assert.True(even.Rto > even.Srtt);

        void Add(long rtt) => rto.AddSample(rtt, 1, 60 * EngineTime.Second);
    }

    [Fact]
    [Trait("Requirement", "R-90")]
    public void R_90_no_measurement_comes_from_what_was_retransmitted()
    {
        Establish();
        SendMessage(100);
        Network.Run(EngineTime.Second + 1);
        Peer.SendSack(FirstTsn);
        Assert.Equal(0, Path.Rto.Srtt);

        SendMessage(100);
        Network.Run(100 * EngineTime.Millisecond);
        Peer.SendSack(FirstTsn + 1);
        Assert.Equal(100 * EngineTime.Millisecond, Path.Rto.Srtt);

        // C5: a TSN above one that was retransmitted since is not timed either.
        SendMessages(5, 100);
        MissThreeTimes(FirstTsn + 2);
        Network.Run(500 * EngineTime.Millisecond);
        Peer.SendSack(FirstTsn + 6);
        Assert.Equal(100 * EngineTime.Millisecond, Path.Rto.Srtt);
    }

    [Fact]
    [Trait("Requirement", "R-90")]
    public void R_90_a_round_trip_gives_one_measurement()
    {
        Establish(Quiet with { MaxBurst = 0 });
        SendMessages(3, 100);
        for (var i = 0u; i < 3; i++)
        {
            // The second and third would measure 200 and 300 ms.
            Network.Run(100 * EngineTime.Millisecond);
            Peer.SendSack(FirstTsn + i);
            Assert.Equal(100 * EngineTime.Millisecond, Path.Rto.Srtt);
        }

        // The next flight is timed by its first chunk.
        SendMessages(2, 100);
        Network.Run(200 * EngineTime.Millisecond);
        Peer.SendSack(FirstTsn + 4);
        Assert.Equal(112_500, Path.Rto.Srtt);
    }

    [Fact]
    [Trait("Requirement", "R-91")]
    public void R_91_T3_restarts_only_when_the_earliest_outstanding_TSN_is_acknowledged()
    {
        Establish();
        var begin = Network.Now;
        SendMessage(100);
        var first = Path.RetransmissionDeadline;
        Assert.Equal(begin + EngineTime.Second, first);

        Network.Run(300 * EngineTime.Millisecond);
        SendMessages(3, 100);
        Assert.Equal(first, Path.RetransmissionDeadline);
        Peer.SendSack(FirstTsn - 1, Open, new GapBlock(2, 2));
        Assert.Equal(first, Path.RetransmissionDeadline);

        Peer.SendSack(FirstTsn + 1);
        Assert.Equal(Network.Now + Path.Rto.Rto, Path.RetransmissionDeadline);
        Peer.SendSack(FirstTsn + 3);
        Assert.Equal(EngineTime.Never, Path.RetransmissionDeadline);
    }

    [Fact]
    [Trait("Requirement", "R-91")]
    public void R_91_acknowledgements_above_a_lost_chunk_do_not_put_T3_off()
    {
        Establish(Quiet with { MaxBurst = 0 });
        SendMessages(8, 100);
        Network.Run(10 * EngineTime.Millisecond);
        MissThreeTimes(FirstTsn);
        var deadline = Path.RetransmissionDeadline;
        Assert.Equal(Network.Now + Path.Rto.Rto, deadline);
        Network.Run(10 * EngineTime.Millisecond);
        Peer.SendSack(FirstTsn - 1, Open, new GapBlock(2, 6));
        Assert.Equal(deadline, Path.RetransmissionDeadline);
    }

    [Fact]
    [Trait("Requirement", "R-92")]
    public void R_92_T3_sends_one_packet_to_the_alternate_and_collapses_the_window()
    {
        EstablishWithTwoPaths();
        SendMessages(3, 600);
        SendMessages(3, 1_000);
        Forget();
        var rto = Path.Rto.Rto;
        Network.Run(rto + 1);

        // Two of the small ones fill one packet.
        var data = SentData();
        Assert.Equal([FirstTsn, FirstTsn + 1], data.Select(chunk => chunk.Tsn));
        Assert.All(data, chunk => Assert.Equal((Host.Address("10.0.1.9"), 0), (chunk.Destination, chunk.Packet)));
        Assert.Equal((MaxChunk, 4 * MaxChunk), (Path.Congestion.Window, Path.Congestion.SlowStartThreshold));
        Assert.Equal(2 * rto, Path.Rto.Rto);
        Assert.Equal(0, Path.BytesInFlight);
        Assert.Equal((1, 0), (Path.ErrorCount, Association.Paths[1].ErrorCount));

        // The rest follows once something is acknowledged, to the alternate too.
        Peer.SendSack(FirstTsn + 1);
        data = SentData();
        Assert.Equal([FirstTsn + 2, FirstTsn + 3, FirstTsn + 4, FirstTsn + 5], data.Select(chunk => chunk.Tsn));
        Assert.All(data, chunk => Assert.Equal(Host.Address("10.0.1.9"), chunk.Destination));

        // New data goes on to the primary path, which is still active.
        Peer.SendSack(FirstTsn + 5);
        SendMessage(10);
        Assert.Equal([Peer.Address], SentData().Select(chunk => chunk.Destination));
    }

    [Theory]
    [Trait("Requirement", "R-93")]
    [InlineData(536, false, 2_144)]
    [InlineData(1_240, false, 4_404)]
    [InlineData(1_460, false, 4_404)]
    [InlineData(8_960, false, 17_920)]
    [InlineData(1_220, true, 4_344)]
    [InlineData(500, true, 2_000)]
    public void R_93_the_initial_window(int maxChunkSize, bool isIPv6, int expected) =>
        Assert.Equal(expected, new NewReno(maxChunkSize, isIPv6).Window);

    [Fact]
    [Trait("Requirement", "R-94")]
    public void R_94_a_window_that_is_not_used_does_not_grow()
    {
        Establish();
        var window = Path.Congestion.Window;
        for (var i = 0u; i < 50; i++)
        {
            SendMessage(1_000);
            Peer.SendSack(FirstTsn + i);
        }

        Assert.Equal(window, Path.Congestion.Window);
    }

    [Fact]
    [Trait("Requirement", "R-94")]
    public void R_94_slow_start_grows_by_what_is_acknowledged_and_by_one_chunk_size_at_most()
    {
        Establish(Quiet with { MaxBurst = 0 });
        var window = Path.Congestion.Window;
        SendMessage(200_000);
        for (var i = 0; i < 100; i++)
        {
            // Nothing new: nothing grows.
            Peer.SendSack(FirstTsn - 1);
        }

        Assert.Equal(window, Path.Congestion.Window);
        Peer.SendSack(FirstTsn + 2);
        Assert.Equal(window + MaxChunk, Path.Congestion.Window);
    }

    [Fact]
    [Trait("Requirement", "R-95")]
    public void R_95_congestion_avoidance_grows_by_one_chunk_size_for_each_window_acknowledged()
    {
        const int size = 1_000;
        var congestion = new NewReno(size, isIPv6: false);
        for (var i = 0; i < 20; i++)
        {
            congestion.OnAcknowledged(size, windowWasFull: true, inFastRecovery: false, allAcknowledged: false);
        }

        congestion.OnLoss();
        var window = congestion.Window;
        Assert.Equal(Math.Max((4_000 + (20 * size)) / 2, 4 * size), window);
        Assert.Equal(window, congestion.SlowStartThreshold);

        // cwnd = ssthresh is slow start still.
        Acknowledge(1, full: true);
        Assert.Equal(window + size, congestion.Window);
        Acknowledge((window / size) - 1, full: true);
        Assert.Equal(window + size, congestion.Window);
        Acknowledge(2, full: true);
        Assert.Equal(window + (2 * size), congestion.Window);

        // Not in use: partial_bytes_acked stops at cwnd, and the next full window grows at once, by one.
        Acknowledge(100, full: false);
        Assert.Equal(window + (2 * size), congestion.Window);
        Acknowledge(1, full: true);
        Assert.Equal(window + (3 * size), congestion.Window);
        Acknowledge(1, full: true);
        Assert.Equal(window + (3 * size), congestion.Window);

        void Acknowledge(int times, bool full)
        {
            for (var i = 0; i < times; i++)
            {
                congestion.OnAcknowledged(size, full, inFastRecovery: false, allAcknowledged: false);
            }
        }
    }

    [Fact]
    [Trait("Requirement", "R-97")]
    public void R_97_the_third_miss_retransmits_once_and_later_misses_do_not()
    {
        Establish(Quiet with { MaxBurst = 0 });
        SendMessages(8, 100);
        Forget();
        Miss(FirstTsn, 2);
        Miss(FirstTsn, 2);
        Miss(FirstTsn, 2);
        Assert.Empty(SentData());

        // The same report again acknowledges nothing new, and counts nothing.
        Miss(FirstTsn, 3);
        Assert.Empty(SentData());
        Miss(FirstTsn, 4);
        Assert.Equal([FirstTsn], SentData().Select(chunk => chunk.Tsn));
        for (var end = 5; end <= 8; end++)
        {
            Miss(FirstTsn, end);
        }

        Assert.Empty(SentData());

        // The retransmission is lost too: T3-rtx takes it.
        Network.Run(Path.Rto.Rto + 1);
        Assert.Equal([FirstTsn], SentData().Select(chunk => chunk.Tsn));
    }

    [Fact]
    [Trait("Requirement", "R-97")]
    [Trait("Requirement", "R-76")]
    public void R_97_SACKs_that_come_in_another_order_count_no_miss()
    {
        Establish(Quiet with { MaxBurst = 0 });
        SendMessages(8, 100);
        Forget();

        // Of four chunks acknowledged one by one the last report comes first: the others say nothing new.
        Peer.SendSack(FirstTsn + 3, Open, new GapBlock(2, 2));
        Assert.Equal(1, Association.SentChunks[FirstTsn + 4].Misses);
        Peer.SendSack(FirstTsn + 2, Open, new GapBlock(3, 3));
        Peer.SendSack(FirstTsn + 1, Open, new GapBlock(4, 4));
        Peer.SendSack(FirstTsn, Open, new GapBlock(5, 5));
        Assert.Equal(1, Association.SentChunks[FirstTsn + 4].Misses);
        Assert.Empty(SentData());
    }

    [Fact]
    [Trait("Requirement", "R-97")]
    public void R_97_only_chunks_below_the_highest_newly_acknowledged_count_a_miss()
    {
        Establish(Quiet with { MaxBurst = 0 });
        SendMessages(8, 100);
        Peer.SendSack(FirstTsn - 1, Open, new GapBlock(7, 7));
        Peer.SendSack(FirstTsn - 1, Open, new GapBlock(2, 2), new GapBlock(7, 7));
        Peer.SendSack(FirstTsn - 1, Open, new GapBlock(2, 3), new GapBlock(7, 7));
        Assert.Equal(1, Association.SentChunks[FirstTsn + 4].Misses);
        Assert.Equal(0, Association.SentChunks[FirstTsn + 7].Misses);
    }

    [Fact]
    [Trait("Requirement", "R-97")]
    public void R_97_a_fast_retransmission_leaves_whatever_the_window_says()
    {
        Establish(Quiet with { MaxBurst = 0 });
        var next = GrowWindow(20 * MaxChunk);
        SendMessage(100_000);
        var flight = Path.BytesInFlight;
        Assert.True(flight >= Path.Congestion.Window);
        Forget();
        MissThreeTimes(next);
        Assert.True(Path.BytesInFlight > Path.Congestion.Window);
        Assert.Equal(next, SentData()[^1].Tsn);
    }

    [Fact]
    [Trait("Requirement", "R-98")]
    public void R_98_the_window_is_cut_once_per_fast_recovery()
    {
        Establish(Quiet with { MaxBurst = 0 });
        var next = GrowWindow(20 * MaxChunk);
        SendMessage(1_000_000);
        var window = Path.Congestion.Window;
        Miss(next, 2);
        Miss(next, 3);
        var last = Association.SentChunks.NextTsn - 1;
        Miss(next, 4);

        // It grew by the three reports before.
        Assert.Equal((window + (3 * MaxChunk)) / 2, Path.Congestion.Window);
        Assert.Equal(last, Path.FastRecoveryExit);
        window = Path.Congestion.Window;

        // Another loss of the same flight: not cut for again; it is retransmitted as soon as the window allows, before new
        // data. In fast recovery a SACK that advances the Cumulative TSN counts a miss for all that it reports missing.
        Peer.SendSack(next + 3, Open, new GapBlock(3, 3));
        Peer.SendSack(next + 3, Open, new GapBlock(3, 4));
        Forget();
        Peer.SendSack(next + 3, Open, new GapBlock(3, 5));
        Assert.True(Association.SentChunks[next + 4].IsLost);
        Assert.True(Path.BytesInFlight >= Path.Congestion.Window);
        Assert.Empty(SentData());
        Peer.SendSack(next + 3, Open, new GapBlock(3, (ushort)(last - next - 3)));
        Assert.Equal([next + 4, next + 5], SentData().Select(chunk => chunk.Tsn).Take(2));
        Assert.Equal(window, Path.Congestion.Window);

        Peer.SendSack(last);
        Assert.Null(Path.FastRecoveryExit);
    }

    [Fact]
    [Trait("Requirement", "R-99")]
    public void R_99_growth_comes_before_the_cut()
    {
        Establish(Quiet with { MaxBurst = 0 });
        var next = GrowWindow(20 * MaxChunk);
        SendMessage(1_000_000);
        var window = Path.Congestion.Window;
        Peer.SendSack(next - 1, Open, new GapBlock(3, 3));
        Peer.SendSack(next - 1, Open, new GapBlock(3, 4));
        Assert.Equal(window + (2 * MaxChunk), Path.Congestion.Window);

        // It advances the Cumulative TSN and is the third miss of the second chunk.
        Peer.SendSack(next, Open, new GapBlock(2, 4));
        Assert.Equal((window + (3 * MaxChunk)) / 2, Path.Congestion.Window);
    }

    [Fact]
    [Trait("Requirement", "R-106")]
    public void R_106_a_jump_of_the_clock_sends_no_flood()
    {
        EstablishWithTwoPaths(AssociationOptions.Default with { MaxBurst = 0 });
        SendMessages(4, 1_000);
        Forget();
        var now = Network.Now + (3_600 * EngineTime.Second);
        Host.Step(Association, a => a.HandleTimers(now));
        Assert.InRange(Sent().Count, 1, 3);
        Assert.Equal(1, Path.ErrorCount);
    }

    private void SendMessages(int count, int length)
    {
        for (var i = 0; i < count; i++)
        {
            SendMessage(length);
        }
    }

    /// <summary>A SACK that reports all up to this offset from <paramref name="tsn"/>, but not the TSN itself.</summary>
    private void Miss(uint tsn, int end) => Peer.SendSack(tsn - 1, Open, new GapBlock(2, (ushort)end));

    private void MissThreeTimes(uint tsn)
    {
        Miss(tsn, 2);
        Miss(tsn, 3);
        Miss(tsn, 4);
    }

    /// <summary>Sends and acknowledges until cwnd is at least this; returns the next TSN.</summary>
    private uint GrowWindow(int window)
    {
        while (Path.Congestion.Window < window)
        {
            SendMessage(Path.Congestion.Window + MaxChunk);
            while (Association.BufferedBytes > 0)
            {
                Peer.SendSack(Association.SentChunks.FirstTsn);
            }
        }

        return Association.SentChunks.NextTsn;
    }
}
