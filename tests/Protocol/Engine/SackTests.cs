using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Receiving DATA and answering with SACK (requirements, group E).</summary>
public class SackTests : ScriptedTest
{
    [Fact]
    [Trait("Requirement", "R-55")]
    public void R_55_data_after_the_peers_shutdown_is_discarded()
    {
        Establish();
        SendMessage(100);
        Peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, FirstTsn - 1));
        Assert.Equal(AssociationState.ShutdownReceived, Association.State);
        Peer.SendData(Tsn);
        Assert.Empty(Received);

        Peer.SendSack(FirstTsn);
        Assert.Equal(AssociationState.ShutdownAckSent, Association.State);
        Peer.SendData(Tsn);
        Assert.Empty(Received);
        Network.Run(EngineTime.Second / 2);
        Assert.Empty(SentSacks());
    }

    [Theory]
    [Trait("Requirement", "R-55")]
    [InlineData(nameof(AssociationState.CookieWait), false)]
    [InlineData(nameof(AssociationState.CookieEchoed), false)]
    [InlineData(nameof(AssociationState.Established), true)]
    [InlineData(nameof(AssociationState.ShutdownPending), true)]
    [InlineData(nameof(AssociationState.ShutdownSent), true)]
    [InlineData(nameof(AssociationState.ShutdownReceived), false)]
    [InlineData(nameof(AssociationState.ShutdownAckSent), false)]
    public void R_55_data_counts_in_these_states_alone(string state, bool counts)
    {
        var peer = new SetupPeer(["10.0.0.2"]);
        var a = peer.BringTo(Enum.Parse<AssociationState>(state));
        var answer = peer.Send(SetupPackets.Data(SetupPeer.InitialTsn, [1, 2, 3]));
        Assert.Equal(counts ? 1 : 0, peer.Host.Received[a].Count);
        Assert.Equal(counts, answer.Exists(packet => packet.Has(ChunkType.Sack) || packet.Has(ChunkType.Shutdown)));
        Assert.Equal(state, a.State.ToString());
    }

    [Fact]
    [Trait("Requirement", "R-56")]
    public void R_56_chunks_of_one_packet_are_one_packet()
    {
        Establish();
        Peer.SendData(Tsn);
        Forget();
        Peer.Send((ref PacketWriter w) =>
        {
            for (var i = 1u; i <= 5; i++)
            {
                ScriptedPeer.WriteData(ref w, Tsn + i, 10, ssn: (ushort)i);
            }
        });
        Assert.Empty(SentSacks());
        Peer.SendData(Tsn + 6, ssn: 6);
        Assert.Equal(Tsn + 6, Assert.Single(SentSacks()).CumulativeTsn);

        // The delay runs from the first packet not acknowledged, not from the last SACK.
        Network.Run(EngineTime.Second);
        Peer.SendData(Tsn + 7, ssn: 7);
        Network.Run(199 * EngineTime.Millisecond);
        Assert.Empty(SentSacks());
        Network.Run(2 * EngineTime.Millisecond);
        Assert.Single(SentSacks());
    }

    [Fact]
    [Trait("Requirement", "R-56")]
    public void R_56_the_first_data_is_acknowledged_at_once_then_every_second_packet_or_after_the_delay()
    {
        Establish();
        Peer.SendData(Tsn);
        Assert.Equal(Tsn, Assert.Single(SentSacks()).CumulativeTsn);

        Peer.SendData(Tsn + 1, ssn: 1);
        Network.Run(199 * EngineTime.Millisecond);
        Assert.Empty(SentSacks());
        Network.Run(2 * EngineTime.Millisecond);
        Assert.Equal(Tsn + 1, Assert.Single(SentSacks()).CumulativeTsn);

        Peer.SendData(Tsn + 2, ssn: 2);
        Assert.Empty(SentSacks());
        Peer.SendData(Tsn + 3, ssn: 3);
        Assert.Equal(Tsn + 3, Assert.Single(SentSacks()).CumulativeTsn);
        Network.Run(EngineTime.Second);
        Assert.Empty(SentSacks());
    }

    [Fact]
    [Trait("Requirement", "R-57")]
    public void R_57_a_gap_its_filling_duplicates_and_the_I_bit_are_answered_at_once()
    {
        Establish();
        Peer.SendData(Tsn);
        Forget();

        Peer.SendData(Tsn + 2, ssn: 2);
        var sack = Assert.Single(SentSacks());
        Assert.Equal((Tsn, 1), (sack.CumulativeTsn, sack.Gaps.Length));
        Assert.Equal(new GapBlock(2, 2), sack.Gaps[0]);

        Peer.SendData(Tsn + 1, ssn: 1);
        sack = Assert.Single(SentSacks());
        Assert.Equal((Tsn + 2, 0), (sack.CumulativeTsn, sack.Gaps.Length));

        Peer.SendData(Tsn + 1, ssn: 1);
        sack = Assert.Single(SentSacks());
        Assert.Equal([Tsn + 1], sack.Duplicates);

        Peer.SendData(Tsn + 3, flags: Whole | ChunkFlags.DataImmediate, ssn: 3);
        sack = Assert.Single(SentSacks());
        Assert.Equal(Tsn + 3, sack.CumulativeTsn);
        Assert.Empty(sack.Duplicates);
    }

    [Fact]
    [Trait("Requirement", "R-57")]
    [Trait("Requirement", "R-61")]
    public void R_57_R_61_data_dropped_at_a_closed_window_is_answered_at_once_and_not_acknowledged()
    {
        Establish(Quiet with { ReceiveBufferSize = 8 * 1024 });
        Host.ReadsAtOnce = false;
        var last = FillWindow(size: 1_000);
        Peer.SendData(last + 1, 1_000);
        var sack = Assert.Single(SentSacks());
        Assert.Equal((last, 0u), (sack.CumulativeTsn, sack.Window));
        Assert.Empty(sack.Gaps);
    }

    [Fact]
    [Trait("Requirement", "R-58")]
    public void R_58_a_reader_that_drains_byte_by_byte_causes_few_window_updates()
    {
        Establish(Quiet with { ReceiveBufferSize = 64 * 1024 });
        Host.ReadsAtOnce = false;
        FillWindow(size: 1_000);
        Forget();
        var one = new byte[1];
        var bytes = 0;
        while (Association.HasReadable)
        {
            Assert.True(Association.TryReceive(one, out _));
            Host.Drain(Association);
            bytes++;
        }

        // All of the buffer, and the chunk that crossed its end.
        Assert.InRange(bytes, 64 * 1024, (64 * 1024) + 1_000);
        var updates = SentSacks();
        Assert.InRange(updates.Count, 1, 4);
        Assert.True(updates[^1].Window >= 48 * 1024);
    }

    [Fact]
    [Trait("Requirement", "R-58")]
    public void R_58_one_sack_answers_a_packet_with_many_chunks()
    {
        Establish();
        Peer.Send((ref PacketWriter w) =>
        {
            for (var i = 0u; i < 200; i++)
            {
                ScriptedPeer.WriteData(ref w, Tsn + (2 * i), 10, ssn: (ushort)(2 * i));
                ScriptedPeer.WriteData(ref w, Tsn, 10);
            }
        });
        var packet = Assert.Single(Sent());
        Assert.Equal([ChunkType.Sack], ScriptedPeer.TypesOf(packet.Packet));
    }

    [Fact]
    [Trait("Requirement", "R-59")]
    public void R_59_as_many_gap_blocks_as_fit_the_lowest_first()
    {
        Establish();
        Peer.SendData(Tsn);
        for (var i = 1u; i <= 2_000; i++)
        {
            Peer.SendData(Tsn + (2 * i), 4, ssn: (ushort)(2 * i));
        }

        var packets = Sent();
        var sack = SacksIn(packets)[^1];
        Assert.Equal(Tsn, sack.CumulativeTsn);
        Assert.InRange(packets[^1].Packet.Length, 1_200, 1_280 - 28);
        for (var i = 0; i < sack.Gaps.Length; i++)
        {
            Assert.Equal(new GapBlock((ushort)(2 * (i + 1)), (ushort)(2 * (i + 1))), sack.Gaps[i]);
        }
    }

    [Fact]
    [Trait("Requirement", "R-59")]
    public void R_59_no_offset_outgrows_its_16_bits_however_large_the_hole_is()
    {
        Establish();
        Peer.SendData(Tsn);
        Forget();

        // 70,000 TSNs are missing: what lies beyond is taken once the Cumulative TSN has come near enough.
        var far = Tsn + 70_000;
        Peer.SendData(far, ssn: 9, flags: Whole | Unordered);
        Assert.Empty(Assert.Single(SentSacks()).Gaps);
        for (var next = Tsn + 1; next != Tsn + 4_466; next++)
        {
            Peer.SendInBatch(Association.LocalTag, (ref PacketWriter w) => ScriptedPeer.WriteData(ref w, next, 1, Whole | Unordered));
        }

        Host.Drain(Association);
        Forget();
        Peer.SendData(far, ssn: 9, flags: Whole | Unordered);
        var sack = Assert.Single(SentSacks());
        Assert.Equal(Tsn + 4_465, sack.CumulativeTsn);
        Assert.Equal([new GapBlock(65_535, 65_535)], sack.Gaps);
        Peer.SendData(far + 1, flags: Whole | Unordered);
        Peer.SendData(far - 1, flags: Whole | Unordered);
        Assert.Equal([new GapBlock(65_534, 65_535)], SentSacks()[^1].Gaps);
        Peer.SendData(Tsn + 4_466, flags: Whole | Unordered);
        Peer.SendData(far + 1, flags: Whole | Unordered);
        Assert.Equal([new GapBlock(65_533, 65_535)], SentSacks()[^1].Gaps);
    }

    [Fact]
    [Trait("Requirement", "R-60")]
    public void R_60_tsns_too_far_ahead_are_dropped_and_not_reported()
    {
        Establish();
        Peer.SendData(Tsn);
        Forget();
        foreach (var ahead in (uint[])[65_536, 65_537, 70_000, 0x7FFF_FFFF, 0x8000_0000])
        {
            Peer.SendData(Tsn + ahead, ssn: 1);
        }

        Assert.All(SentSacks(), sack => Assert.Equal((Tsn, 0), (sack.CumulativeTsn, sack.Gaps.Length)));
        Assert.Equal(AssociationState.Established, Association.State);
        Peer.SendData(Tsn + 65_535, ssn: 9);
        Assert.Equal([new GapBlock(65_535, 65_535)], Assert.Single(SentSacks()).Gaps);
        Assert.Single(Received);
    }

    [Fact]
    [Trait("Requirement", "R-60")]
    public void R_60_duplicates_are_listed_once_and_no_more_than_fit()
    {
        Establish();
        Peer.SendData(Tsn);
        Forget();
        for (var i = 0; i < 10; i++)
        {
            Peer.Send((ref PacketWriter w) =>
            {
                for (var j = 0; j < 1_000; j++)
                {
                    ScriptedPeer.WriteData(ref w, Tsn, 4);
                }
            });
            var packet = Assert.Single(Sent());
            Assert.True(packet.Packet.Length <= 1_280 - 28);
            Assert.InRange(SacksIn([packet])[0].Duplicates.Length, 1, 300);
        }

        Peer.SendData(Tsn + 2, ssn: 2);
        Assert.Empty(Assert.Single(SentSacks()).Duplicates);
    }

    [Fact]
    [Trait("Requirement", "R-61")]
    [Trait("KnownFailure", "zero-window-deadlock")]
    public void R_61_the_fragment_that_fills_the_gap_gets_into_a_full_buffer()
    {
        Establish(Quiet with { ReceiveBufferSize = 16 * 1024 });
        Host.ReadsAtOnce = false;
        var tsn = Tsn + 1;
        do
        {
            Peer.SendData(tsn++, 1_000, flags: 0);
        }
        while (SentSacks()[^1].Window > 0);
        Peer.SendData(Tsn, 1_000, Begin);
        Assert.Equal(tsn - 1, SentSacks()[^1].CumulativeTsn);

        // The message is longer than the buffer: it is read in parts, and goes on.
        Host.ReadsAtOnce = true;
        Host.Drain(Association);
        Assert.Equal((int)(tsn - Tsn) * 1_000, Received[0].Payload.Length);
        Peer.SendData(tsn, 500, End);
        Assert.True(Assert.Single(Received).Complete);
        Assert.Equal(0, Association.Receiver!.BufferedCost);
    }

    [Fact]
    [Trait("Requirement", "R-62")]
    public void R_62_fragments_given_up_under_pressure_vanish_from_the_gap_blocks_and_can_come_again()
    {
        // Every second fragment of one message: the buffer fills with what can't be read yet.
        Establish(Quiet with { ReceiveBufferSize = 16 * 1024 });
        const uint count = 140;
        Peer.SendData(Tsn + count, 1_000, End);
        for (var i = 1u; i < count; i++)
        {
            Peer.SendData(Tsn + i, 1_000, flags: 0);
        }

        var sack = SentSacks()[^1];
        Assert.Equal(Tsn - 1, sack.CumulativeTsn);
        Assert.NotEmpty(sack.Gaps);
        Assert.True(sack.Gaps[^1].End < count + 1, "the highest was given up");
        Assert.True(Association.Receiver!.BufferedCost < (16 + 65) * 1024);

        // What it still reports it holds: with the rest sent again, the message is whole.
        var held = Enumerable.Range(1, (int)count + 1).Where(offset => sack.Gaps.Any(gap => gap.Start <= offset && offset <= gap.End)).ToHashSet();
        Peer.SendData(Tsn, 1_000, Begin);
        for (var round = 0; round < 3; round++)
        {
            for (var i = 1u; i <= count; i++)
            {
                if (round > 0 || !held.Contains((int)i + 1))
                {
                    Peer.SendData(Tsn + i, 1_000, i == count ? End : (byte)0);
                }
            }
        }

        Assert.True(Assert.Single(Received).Complete);
        Assert.Equal(((int)count + 1) * 1_000, Received[0].Payload.Length);
    }

    [Fact]
    [Trait("Requirement", "R-63")]
    public void R_63_no_byte_of_another_message_comes_between_the_parts_of_a_long_one()
    {
        Establish(Quiet with { ReceiveBufferSize = 16 * 1024 });
        for (var i = 0u; i < 30; i++)
        {
            Peer.SendData(Tsn + i, 1_000, i == 0 ? Begin : (byte)0);
        }

        Assert.NotEmpty(Received);
        Assert.False(Received[0].Complete);
        Peer.SendData(Tsn + 32, 10, Whole | Unordered, stream: 1);
        Peer.SendData(Tsn + 33, 10, Whole, stream: 2);
        Assert.Single(Received);
        Peer.SendData(Tsn + 31, 1_000, End);
        Assert.Single(Received);
        Peer.SendData(Tsn + 30, 1_000, 0);
        Assert.Equal([32_000, 10, 10], Received.Select(message => message.Payload.Length));
        Assert.All(Received, message => Assert.True(message.Complete));
    }

    [Fact]
    [Trait("Requirement", "R-64")]
    public void R_64_the_sack_goes_to_where_the_latest_data_came_from()
    {
        EstablishWithTwoPaths();
        var second = Host.Address("10.0.1.9");
        Peer.Send(Association.LocalTag, (ref PacketWriter w) => ScriptedPeer.WriteData(ref w, Tsn, 10), second);
        Assert.Equal(second, Assert.Single(Sent()).Destination);
        Peer.SendData(Tsn + 2, ssn: 2);
        Assert.Equal(Peer.Address, Assert.Single(Sent()).Destination);
    }

    [Fact]
    [Trait("Requirement", "R-65")]
    public void R_65_what_waits_for_its_sack_is_acknowledged_along_with_outgoing_data()
    {
        Establish();
        Peer.SendData(Tsn);
        Peer.SendData(Tsn + 1, ssn: 1);
        Forget();
        SendMessage(100);
        var packet = Assert.Single(Sent());
        Assert.Equal([ChunkType.Sack, ChunkType.Data], ScriptedPeer.TypesOf(packet.Packet));
        Network.Run(EngineTime.Second / 2);
        Assert.Empty(SentSacks());
    }

    [Fact]
    [Trait("Requirement", "R-66")]
    public void R_66_data_without_user_data_aborts()
    {
        Establish();
        Peer.SendData(Tsn, length: 0);
        var packet = Network.Sent[^1].Packet;
        AssertAborted(CauseCode.NoUserData);
        Assert.Equal([0, 9, 0, 8, .. SetupPackets.U32(Tsn)], packet[16..24]);
    }

    [Theory]
    [Trait("Requirement", "R-67")]
    [InlineData(10)]
    [InlineData(65_535)]
    public void R_67_data_on_a_stream_that_does_not_exist_is_acknowledged_and_reported(ushort stream)
    {
        Establish();
        Peer.SendData(Tsn, stream: stream);
        var packets = Sent();
        Assert.Equal(Tsn, Assert.Single(SacksIn(packets)).CumulativeTsn);
        Assert.Equal([ChunkType.Error, ChunkType.Sack], ScriptedPeer.TypesOf(Assert.Single(packets).Packet));
        Assert.Empty(Received);
        Assert.Equal(0, Association.Receiver!.BufferedCost);
        Peer.SendData(Tsn + 1);
        Assert.Single(Received);
    }

    [Fact]
    [Trait("Requirement", "R-68")]
    public void R_68_chunks_count_in_their_order()
    {
        Establish();
        Peer.Send((ref PacketWriter w) =>
        {
            ScriptedPeer.WriteData(ref w, Tsn, 10);
            ShutdownChunk.Write(ref w, FirstTsn - 1);
        });
        Assert.Single(Received);
        Assert.Equal(AssociationState.ShutdownAckSent, Association.State);
    }

    [Fact]
    [Trait("Requirement", "R-68")]
    public void R_68_data_behind_an_abort_is_ignored()
    {
        Establish();
        Peer.Send((ref PacketWriter w) =>
        {
            AbortChunk.Begin(ref w, tagReflected: false);
            w.EndChunk();
            ScriptedPeer.WriteData(ref w, Tsn, 10);
        });
        Assert.Equal(AssociationEnd.AbortedByPeer, Association.End);
        Assert.Empty(Received);
        Assert.Empty(Sent());
    }

    /// <summary>Whole messages until the window is closed. Returns the last TSN taken.</summary>
    private uint FillWindow(int size)
    {
        for (var i = 0u; ; i++)
        {
            Peer.SendData(Tsn + i, size, Whole | ChunkFlags.DataImmediate, ssn: (ushort)i);
            if (SentSacks()[^1].Window == 0)
            {
                return Tsn + i;
            }
        }
    }
}
