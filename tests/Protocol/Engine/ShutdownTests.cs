using System.Text;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>The end of an association (requirements, group I).</summary>
public class ShutdownTests : ScriptedTest
{
    [Fact]
    [Trait("Requirement", "R-107")]
    public void R_107_SHUTDOWN_leaves_when_all_data_is_acknowledged()
    {
        Establish();
        SendMessage(100);
        SendMessage(100);
        Forget();
        Host.Step(Association, a => a.Shutdown(Network.Now));
        Assert.Equal(AssociationState.ShutdownPending, Association.State);
        Assert.Equal(SendStatus.NotSendable, Association.Send(default, new([1]), null));
        Peer.SendSack(FirstTsn);
        Assert.Empty(Sent());
        Peer.SendSack(FirstTsn + 1);
        Assert.Equal([ChunkType.Shutdown], SentTypes());
        Assert.Equal(AssociationState.ShutdownSent, Association.State);
    }

    [Theory]
    [Trait("Requirement", "R-107")]
    [InlineData(nameof(AssociationState.ShutdownPending))]
    [InlineData(nameof(AssociationState.ShutdownSent))]
    [InlineData(nameof(AssociationState.ShutdownReceived))]
    [InlineData(nameof(AssociationState.ShutdownAckSent))]
    public void R_107_nothing_new_is_taken_from_the_user(string state)
    {
        var peer = new SetupPeer(["10.0.0.2"]);
        var a = peer.BringTo(Enum.Parse<AssociationState>(state));
        var before = peer.Snapshot(a);
        Assert.Equal(SendStatus.NotSendable, a.Send(default, new([1]), null));
        peer.Host.Step(a, x => x.Shutdown(peer.Network.Now));
        Assert.Empty(peer.Take());
        Assert.Equal(before, peer.Snapshot(a));
    }

    [Fact]
    [Trait("Requirement", "R-107")]
    public void R_107_the_peers_data_is_taken_in_SHUTDOWN_SENT_and_answered_by_SHUTDOWN()
    {
        EstablishAndShutDown();
        Peer.SendData(Tsn, 100);
        var sent = Assert.Single(Sent());
        Assert.Equal([ChunkType.Shutdown], ScriptedPeer.TypesOf(sent.Packet));
        Assert.Equal(Tsn, ShutdownTsn(sent.Packet));
        Assert.Single(Received);

        // A gap and duplicates are more than it can say.
        Peer.SendData(Tsn + 2, 100, ssn: 2);
        Assert.Equal([ChunkType.Shutdown, ChunkType.Sack], SentTypes());
        Peer.SendData(Tsn + 1, 100, ssn: 1);
        Assert.Equal([ChunkType.Shutdown], SentTypes());
        Peer.SendData(Tsn + 1, 100, ssn: 1);
        Assert.Equal([ChunkType.Shutdown, ChunkType.Sack], SentTypes());
        Assert.Equal(3, Received.Count);

        // T2 runs anew from each answer.
        Network.Run(EngineTime.Second - 1);
        Assert.Empty(Sent());
        Network.Run(1);
        Assert.Equal([ChunkType.Shutdown], SentTypes());
    }

    [Fact]
    [Trait("Requirement", "R-107")]
    [Trait("Requirement", "R-83")]
    [Trait("KnownFailure", "full-window-shutdown")]
    public void R_107_a_full_buffer_is_told_to_a_peer_that_still_sends()
    {
        Establish(Quiet with { ReceiveBufferSize = 8 * 1024 });
        Host.ReadsAtOnce = false;
        Host.Step(Association, a => a.Shutdown(Network.Now));
        Forget();
        for (var i = 0u; i < 20; i++)
        {
            Peer.SendData(Tsn + i, 1_000, ssn: (ushort)i);
        }

        var packets = Sent();
        Assert.All(packets, datagram => Assert.Contains(ChunkType.Shutdown, ScriptedPeer.TypesOf(datagram.Packet)));
        Assert.Equal(0u, SacksIn(packets)[^1].Window);
    }

    [Fact]
    [Trait("Requirement", "R-108")]
    public void R_108_the_peers_SHUTDOWN_acknowledges_data()
    {
        Establish();
        SendMessage(100);
        SendMessage(100);
        Forget();
        Peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, FirstTsn));
        Assert.Equal(AssociationState.ShutdownReceived, Association.State);
        Assert.Single(Host.Released[Association], message => message.Acknowledged);
        Assert.Contains(Host.Events[Association], e => e.Kind == AssociationEventKind.ShutdownReceived);
        Assert.Empty(Sent());

        // Below the ack point: that part of it is ignored.
        Peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, FirstTsn - 1));
        Assert.Single(Host.Released[Association]);
        Peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, FirstTsn + 1));
        Assert.Equal([ChunkType.ShutdownAck], SentTypes());
        Assert.Equal(AssociationState.ShutdownAckSent, Association.State);
    }

    [Fact]
    [Trait("Requirement", "R-108")]
    public void R_108_a_SHUTDOWN_takes_nothing_back()
    {
        Establish();
        SendMessage(100);
        SendMessage(100);
        Peer.SendSack(FirstTsn - 1, 1024 * 1024, new GapBlock(2, 2));
        var flight = Association.Paths[0].BytesInFlight;
        Peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, FirstTsn - 1));
        Assert.Equal(flight, Association.Paths[0].BytesInFlight);
    }

    [Fact]
    [Trait("Requirement", "R-108")]
    public void R_108_a_SHUTDOWN_for_what_was_never_sent_aborts()
    {
        Establish();
        SendMessage(100);
        Forget();
        Peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, FirstTsn + 1));
        AssertAborted(CauseCode.ProtocolViolation);
    }

    [Fact]
    [Trait("Requirement", "R-109")]
    public void R_109_the_states_of_a_simultaneous_close()
    {
        EstablishAndShutDown();
        Peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, FirstTsn - 1));
        Assert.Equal([ChunkType.ShutdownAck], SentTypes());
        Assert.Equal(AssociationState.ShutdownAckSent, Association.State);
        Peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, FirstTsn - 1));
        Assert.Equal([ChunkType.ShutdownAck], SentTypes());
        Peer.Send(EmptyChunks.WriteShutdownAck);
        Assert.Equal([ChunkType.ShutdownComplete], SentTypes());
        Assert.Equal(AssociationEnd.Graceful, Association.End);
    }

    [Fact]
    [Trait("Requirement", "R-110")]
    public void R_110_SHUTDOWN_is_repeated_Association_Max_Retrans_times()
    {
        EstablishAndShutDown(Quiet with { AssociationMaxRetransmits = 4, RtoMax = 4 * EngineTime.Second });
        Network.Run(200 * EngineTime.Second);
        Assert.Equal([.. Enumerable.Repeat(ChunkType.Shutdown, 4), ChunkType.Abort], SentTypes());
        Assert.Equal(AssociationEnd.Unreachable, Association.End);
    }

    [Fact]
    [Trait("Requirement", "R-110")]
    public void R_110_any_packet_of_the_peers_clears_the_count_and_SHUTDOWN_is_still_repeated()
    {
        // Heartbeats of the peer's come faster than T2 at its longest.
        EstablishAndShutDown(Quiet with { AssociationMaxRetransmits = 4, RtoMax = 4 * EngineTime.Second, ShutdownGuard = 100 * EngineTime.Second });
        for (var i = 0; i < 30; i++)
        {
            Network.Run(3 * EngineTime.Second);
            Peer.Send((ref PacketWriter w) => HeartbeatChunk.Write(ref w, ChunkType.Heartbeat, new byte[8]));
        }

        Assert.Equal(AssociationState.ShutdownSent, Association.State);
        Assert.InRange(SentTypes().Count(type => type == ChunkType.Shutdown), 20, 30);

        // T5 ends it.
        Network.Run(10 * EngineTime.Second);
        Assert.Equal(AssociationEnd.Unreachable, Association.End);
        Assert.Equal(ChunkType.Abort, SentTypes()[^1]);
    }

    [Theory]
    [Trait("Requirement", "R-110")]
    [Trait("KnownFailure", "full-window-shutdown")]
    [InlineData(100, 60, 100)]
    [InlineData(0, 60, 300)]
    [InlineData(0, 10, 50)]
    public void R_110_T5_ends_a_shutdown_that_a_closed_window_holds_up(int guard, int rtoMax, int seconds)
    {
        // 9.2: five times RTO.Max, unless another time is asked for.
        Establish(Quiet with { ShutdownGuard = guard * EngineTime.Second, RtoMax = rtoMax * EngineTime.Second });
        SendMessage(100);
        Peer.SendSack(FirstTsn, window: 0);
        SendMessage(100);
        Forget();
        var begin = Network.Now;
        Host.Step(Association, a => a.Shutdown(Network.Now));
        while (Association.State == AssociationState.ShutdownPending)
        {
            Network.Run(EngineTime.Second);
            Peer.SendSack(FirstTsn, window: 0);
        }

        Assert.Equal(AssociationEnd.Unreachable, Association.End);
        Assert.Equal(seconds, (Network.Now - begin) / EngineTime.Second);
        Assert.Contains(ChunkType.Abort, SentTypes());
        Assert.False(Host.Released[Association][^1].Acknowledged);
    }

    [Fact]
    [Trait("Requirement", "R-111")]
    public void R_111_SHUTDOWN_before_the_association_is_up_is_dropped()
    {
        var client = new Host(Network, 1, ["10.0.0.1"], udpPort: 40_000);
        var a = client.Connect(7, ["10.0.0.9"]);
        var peer = new ScriptedPeer(Network, client, port: 7, hostPort: 5000);
        peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, 1));
        Assert.Equal(AssociationState.CookieWait, a.State);
        peer.SendInitAck();
        peer.Received();
        peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, 1));
        Assert.Equal(AssociationState.CookieEchoed, a.State);
        Assert.Empty(peer.Received());
        peer.Send(EmptyChunks.WriteCookieAck);
        Assert.Equal(AssociationState.Established, a.State);
    }

    [Fact]
    [Trait("Requirement", "R-111")]
    public void R_111_SHUTDOWN_without_an_association_is_out_of_the_blue()
    {
        EstablishAndShutDown();
        Peer.Send(EmptyChunks.WriteShutdownAck);
        Assert.Equal(AssociationState.Closed, Association.State);
        var tag = Association.LocalTag;
        Forget();
        Peer.Send(tag, (ref PacketWriter w) => ShutdownChunk.Write(ref w, FirstTsn - 1));
        var packet = Assert.Single(Sent()).Packet;
        var chunks = new ChunkReader(packet);
        Assert.True(chunks.MoveNext());
        Assert.True(AbortChunk.TryRead(chunks.Current, out var abort) && abort.TagReflected);
        Assert.True(PacketHeader.TryRead(packet, out var header));
        Assert.Equal(tag, header.VerificationTag);
    }

    /// <summary>What stands behind the header of an ABORT, and is no list of causes.</summary>
    public static TheoryData<byte[]> MalformedCauses { get; } = new()
    {
        new byte[] { 0, 12, 0, 3 },
        new byte[] { 0, 12, 0, 0 },
        new byte[] { 0, 12, 0, 9, 65, 66, 67, 68 },
        new byte[] { 0, 12, 0, 8, 65, 66, 67, 68, 0 },
    };

    [Theory]
    [Trait("Requirement", "R-112")]
    [MemberData(nameof(MalformedCauses))]
    public void R_112_an_ABORT_with_a_format_error_is_discarded(byte[] causes)
    {
        Establish();
        Peer.Send((ref PacketWriter w) => WriteAbort(ref w, causes));
        Assert.Equal(AssociationState.Established, Association.State);
        Assert.Empty(Sent());
    }

    [Fact]
    [Trait("Requirement", "R-112")]
    public void R_112_an_ABORT_ends_it_and_gives_back_what_was_not_acknowledged()
    {
        Establish();
        SendMessage(100);
        SendMessage(100_000);
        Peer.SendSack(FirstTsn);
        Forget();
        Peer.Send((ref PacketWriter w) => WriteAbort(ref w, [0, 12, 0, 8, 65, 66, 67, 10]));
        Assert.Empty(Sent());
        Assert.Equal(AssociationEnd.AbortedByPeer, Association.End);
        Assert.Equal("the peer's reason: ABC?", Host.Events[Association][^1].Detail);
        Assert.Equal([true, false], Host.Released[Association].Select(message => message.Acknowledged));
        Network.Run(1_000 * EngineTime.Second);
        Assert.Empty(Sent());
    }

    [Fact]
    [Trait("Requirement", "R-112")]
    public void R_112_an_unknown_cause_is_no_format_error()
    {
        Establish();
        Peer.Send((ref PacketWriter w) => WriteAbort(ref w, [0x77, 0x77, 0, 4]));
        Assert.Equal(AssociationEnd.AbortedByPeer, Association.End);
    }

    [Fact]
    [Trait("Requirement", "R-112")]
    public void R_112_the_peers_reason_is_bounded()
    {
        Establish();
        Peer.Send((ref PacketWriter w) => WriteAbort(ref w, [0, 12, 0x40, 0, .. new byte[0x4000 - 4].Select(_ => (byte)'x')]));
        Assert.InRange(Host.Events[Association][^1].Detail!.Length, 200, 300);
    }

    [Fact]
    [Trait("Requirement", "R-113")]
    public void R_113_the_users_abort_sends_one_ABORT_and_nothing_else_ever()
    {
        Establish();
        SendMessage(100_000);
        Forget();
        Host.Step(Association, a => a.Abort("no more", Network.Now));
        var packet = Assert.Single(Sent()).Packet;
        var chunks = new ChunkReader(packet);
        Assert.True(chunks.MoveNext());
        Assert.True(AbortChunk.TryRead(chunks.Current, out var abort));
        Assert.False(abort.TagReflected);
        Assert.False(chunks.MoveNext());
        var causes = new CauseReader(abort.Causes);
        Assert.True(causes.MoveNext());
        Assert.Equal((CauseCode.UserInitiatedAbort, "no more"), (causes.Current.Code, Encoding.UTF8.GetString(causes.Current.Value)));
        Assert.True(PacketHeader.TryRead(packet, out var header));
        Assert.Equal(ScriptedPeer.Tag, header.VerificationTag);
        Assert.False(Assert.Single(Host.Released[Association]).Acknowledged);
        Network.Run(1_000 * EngineTime.Second);
        Assert.Empty(Sent());
    }

    [Fact]
    public void An_ABORT_out_of_the_blue_in_SHUTDOWN_ACK_SENT_is_the_end_that_was_asked_for()
    {
        Establish();
        Peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, FirstTsn - 1));
        Assert.Equal(AssociationState.ShutdownAckSent, Association.State);
        Peer.Send(ScriptedPeer.Tag, (ref PacketWriter w) =>
        {
            AbortChunk.Begin(ref w, tagReflected: true);
            w.EndChunk();
        });
        Assert.Equal(AssociationEnd.Graceful, Association.End);
    }

    private static void WriteAbort(ref PacketWriter w, byte[] causes)
    {
        w.BeginChunk(ChunkType.Abort, 0);
        w.WriteBytes(causes);
        w.EndChunk();
    }

    private static uint ShutdownTsn(byte[] packet)
    {
        var chunks = new ChunkReader(packet);
        Assert.True(chunks.MoveNext());
        Assert.True(ShutdownChunk.TryRead(chunks.Current, out var shutdown));
        return shutdown.CumulativeTsn;
    }

    private void EstablishAndShutDown(AssociationOptions? options = null)
    {
        Establish(options);
        Host.Step(Association, a => a.Shutdown(Network.Now));
        Assert.Equal([ChunkType.Shutdown], SentTypes());
        Assert.Equal(AssociationState.ShutdownSent, Association.State);
    }
}
