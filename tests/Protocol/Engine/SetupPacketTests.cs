using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>What an engine makes of odd packets: padding, unknown types, forbidden bundles, floods in one packet (RFC 9260, 3.2, 6.10, 12.4).</summary>
public class SetupPacketTests
{
    private const string A = "10.0.0.2";
    private const string B = "10.0.1.2";
    private const string C = "10.0.2.2";
    private const int MaxPacket = 1280 - 20 - 8;

    [Fact, Trait("Requirement", "R-05")]
    public void R_05_DATA_is_the_same_with_and_without_its_last_padding()
    {
        var peer = new SetupPeer([A]);
        var a = peer.BringTo(AssociationState.Established);
        var padded = Packet(7, 5000, peer.HostTag, Data(SetupPeer.InitialTsn, [1, 2, 3]));
        var bare = padded[..^1];
        Crc32c.WritePacketChecksum(bare);
        Assert.NotEmpty(peer.SendRaw(A, bare));
        var dirty = Packet(7, 5000, peer.HostTag, [.. Data(SetupPeer.InitialTsn + 1, [1, 2, 3], ssn: 1)[..^1], 0xFF]);
        peer.SendRaw(A, dirty);

        // A Length that counts it makes it payload.
        peer.SendRaw(A, Packet(7, 5000, peer.HostTag, Data(SetupPeer.InitialTsn + 2, [1, 2, 3, 0], ssn: 2)));
        Assert.Equal([[1, 2, 3], [1, 2, 3], [1, 2, 3, 0]], peer.Host.Received[a].Select(message => message.Payload));
    }

    [Fact, Trait("Requirement", "R-05")]
    public void R_05_a_Length_that_counts_the_last_padding_does_no_harm()
    {
        // INIT, with an unknown parameter of 5 bytes at its end.
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        var answers = new List<string>();
        foreach (var counted in (bool[])[false, true])
        {
            var init = peer.Init(Address(B), Parameter(0xC123, 9));
            init[3] -= (byte)(counted ? 0 : 3);
            var initAck = Assert.Single(peer.SendTagged(0, init));
            answers.Add(initAck.Types + string.Join(' ', initAck.Chunks[0].Parameters.Where(p => p.Type == 8).Select(p => Convert.ToHexString(p.Value))));
            Assert.Equal([B], SetupPeer.Open(initAck.Chunks[0].Cookie).PeerAddresses.Select(address => address.ToString()));
        }

        Assert.Equal(["InitAckC123000509", "InitAckC123000509"], answers);

        // HEARTBEAT and ERROR.
        var a = peer.Accept();
        foreach (var counted in (bool[])[false, true])
        {
            var heartbeat = Heartbeat(1, 2, 3, 4, 5);
            heartbeat[3] -= (byte)(counted ? 0 : 3);
            var ack = Assert.Single(peer.Send(heartbeat));
            Assert.Equal([0, 1, 0, 9, 1, 2, 3, 4, 5], ack[ChunkType.HeartbeatAck].Value[..9]);
        }

        foreach (var counted in (bool[])[false, true])
        {
            peer = new SetupPeer([A]);
            a = peer.BringTo(AssociationState.CookieEchoed);
            var error = Error([.. Parameter(3, U32(1)), .. Parameter(6, 0x3E)]);
            error[3] -= (byte)(counted ? 0 : 3);
            Assert.Equal("Init", Assert.Single(peer.Send(error)).Types);
        }
    }

    [Theory, Trait("Requirement", "R-07")]
    [InlineData(0x3F, false, false)]
    [InlineData(0x7F, false, true)]
    [InlineData(0xBE, true, false)]
    [InlineData(0xFE, true, true)]
    public void R_07_unknown_chunks_are_skipped_and_reported_by_their_high_bits(int type, bool goesOn, bool reports)
    {
        foreach (var state in (AssociationState[])[AssociationState.Established, AssociationState.ShutdownPending])
        {
            var peer = new SetupPeer([A]);
            var a = peer.BringTo(state);
            var unknown = Chunk((ChunkType)type, 0x5A, 1, 2, 3, 4, 5);
            var answer = peer.Send(unknown, Data(SetupPeer.InitialTsn, [1]));
            Assert.Equal(goesOn ? 1 : 0, peer.Host.Received[a].Count);
            Assert.Equal(goesOn, answer.Exists(packet => packet.Has(ChunkType.Sack)));
            Assert.Equal(reports, answer.Exists(packet => packet.Has(ChunkType.Error)));
            if (reports)
            {
                Assert.Equal((A, SetupPeer.Tag), (answer[0].Destination, answer[0].Header.VerificationTag));
                var cause = Assert.Single(answer[0][ChunkType.Error].Parameters);
                Assert.Equal(6, cause.Type);
                Assert.Equal(unknown, cause.Value);
            }

            Assert.Equal(state, a.State);
        }
    }

    [Fact, Trait("Requirement", "R-07")]
    public void R_07_a_report_is_no_longer_than_a_packet()
    {
        var peer = new SetupPeer([A]);
        peer.BringTo(AssociationState.Established);
        var answer = Assert.Single(peer.Send(Chunk((ChunkType)0xFE, 0, new byte[50_000])));
        Assert.InRange(answer.Datagram.Packet.Length, 100, MaxPacket);
    }

    [Theory, Trait("Requirement", "R-08")]
    [InlineData(0x0123, false, false)]
    [InlineData(0x4123, false, true)]
    [InlineData(0x8123, true, false)]
    [InlineData(0xC123, true, true)]
    public void R_08_unknown_parameters_are_skipped_and_reported_by_their_high_bits(int type, bool goesOn, bool reports)
    {
        var unknown = Parameter(type, 1, 2, 3, 4);
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        var initAck = Assert.Single(peer.SendTagged(0, peer.Init(Address(B), unknown, Address(C))));
        Assert.Equal("InitAck", initAck.Types);
        Assert.Equal(reports ? [unknown] : [], initAck.Chunks[0].Parameters.Where(p => p.Type == 8).Select(p => p.Value));
        Assert.Equal(7, initAck.Chunks[0].Parameters[^1].Type);
        Assert.Equal("CookieAck", peer.Send(CookieEcho(initAck.Chunks[0].Cookie))[0].Types.Split(' ')[0]);
        Assert.Equal(goesOn ? [A, B, C] : [A, B], Paths(peer.Association));

        peer = new SetupPeer([A]);
        var a = peer.Connect();
        var answer = peer.Send(peer.InitAck(Cookie(1, 2, 3, 4), Address(A), Address(B), unknown, Address(C)));
        Assert.Equal(ChunkType.CookieEcho, answer[0].Chunks[0].Type);
        Assert.Equal(goesOn ? [A, B, C] : [A, B], Paths(a));
        var errors = answer.SelectMany(packet => packet.Chunks).Where(chunk => chunk.Type == ChunkType.Error).ToList();
        Assert.Equal(reports ? 1 : 0, errors.Count);
        if (reports)
        {
            var cause = Assert.Single(errors[0].Parameters);
            Assert.Equal(8, cause.Type);
            Assert.Equal(unknown, cause.Value);
        }
    }

    [Fact, Trait("Requirement", "R-09")]
    [Trait("KnownFailure", "parameter-length")]
    public void R_09_thousands_of_unknown_parameters_are_not_all_reported()
    {
        byte[][] unknown = [.. Enumerable.Range(0, 16_000).Select(i => Parameter(0xC100 + (i % 200)))];
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        Assert.InRange(Assert.Single(peer.SendTagged(0, peer.Init(unknown))).Datagram.Packet.Length, 100, 1500);

        var a = peer.Accept();
        Assert.InRange(Assert.Single(peer.SendTagged(0, peer.Init(unknown))).Datagram.Packet.Length, 100, 1500);

        peer = new SetupPeer([A]);
        a = peer.Connect();
        var answer = peer.Send(peer.InitAck([Cookie(1), .. unknown]));
        Assert.All(answer, packet => Assert.InRange(packet.Datagram.Packet.Length, 0, MaxPacket));
        Assert.InRange(answer.Count, 1, 2);
        Assert.Equal(AssociationState.CookieEchoed, a.State);
    }

    [Fact, Trait("Requirement", "R-10")]
    [Trait("KnownFailure", "parameter-length")]
    public void R_10_a_parameter_whose_length_lies_makes_no_state_and_ends_the_walk()
    {
        foreach (var length in (int[])[0, 1, 3, 0xFFFF])
        {
            byte[] lying = [0xC1, 0x23, .. U16(length), 1, 2, 3, 4];
            var peer = new SetupPeer([A]);
            peer.Host.Listen(5000);
            Assert.All(peer.SendTagged(0, peer.Init(Address(B), lying)), packet => Assert.Equal("Abort", packet.Types));
            Assert.Equal(0, peer.Host.Endpoint.AssociationCount);

            peer = new SetupPeer([A]);
            var a = peer.Connect();
            peer.Send(peer.InitAck(Cookie(1), lying, Address(B)));
            Assert.Equal([A], Paths(a));
        }
    }

    [Fact, Trait("Requirement", "R-11")]
    public void R_11_INIT_INIT_ACK_and_SHUTDOWN_COMPLETE_count_alone_or_not_at_all()
    {
        var data = Data(SetupPeer.InitialTsn, [1]);
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        Assert.Empty(peer.SendTagged(0, peer.Init(), data));
        Assert.Empty(peer.SendTagged(0, peer.Init(), peer.Init()));
        Assert.Empty(peer.SendTagged(0, data, peer.Init()));
        Assert.Empty(peer.SendTagged(0, peer.Init(), Abort()));

        var a = peer.Accept();
        peer.AssertIgnored(a, A, Packet(7, 5000, 0, peer.Init(), data));
        peer.AssertIgnored(a, A, Packet(7, 5000, 0, data));
        peer.AssertIgnored(a, A, Packet(7, 5000, 0, Abort()));
        peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag, peer.Init()));
        peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag, peer.Init(), data));
        peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag, peer.InitAck(Cookie(1)), data));
        peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag, ShutdownComplete(), data));

        peer = new SetupPeer([A]);
        a = peer.Connect();
        peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag, peer.InitAck(Cookie(1)), Heartbeat(1)));
        peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag, Heartbeat(1), peer.InitAck(Cookie(1))));

        peer = new SetupPeer([A]);
        a = peer.BringTo(AssociationState.ShutdownAckSent);
        peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag, ShutdownComplete(), Sack(peer.HostTsn - 1)));
    }

    [Fact, Trait("Requirement", "R-12")]
    public void R_12_what_follows_a_COOKIE_ECHO_is_processed_in_order()
    {
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        var cookie = Assert.Single(peer.SendTagged(0, peer.Init()))[ChunkType.InitAck].Cookie;
        var data = Data(SetupPeer.InitialTsn, [1]);

        // Behind something else it is out of the blue.
        var abort = Assert.Single(peer.Send(data, CookieEcho(cookie)));
        Assert.Equal(("Abort", peer.HostTag, (byte)1), (abort.Types, abort.Header.VerificationTag, abort.Chunks[0].Flags));
        Assert.Equal(0, peer.Host.Endpoint.AssociationCount);

        var answer = Assert.Single(peer.Send(CookieEcho(cookie), data, Data(SetupPeer.InitialTsn + 1, [2], ssn: 1)));
        Assert.Equal("CookieAck Sack", answer.Types);
        Assert.Equal(SetupPeer.InitialTsn + 1, answer[ChunkType.Sack].UInt32(0));
        Assert.Equal([[1], [2]], peer.Host.Received[peer.Association].Select(message => message.Payload));
    }

    [Fact, Trait("Requirement", "R-12")]
    public void R_12_a_COOKIE_ECHO_that_is_refused_takes_its_packet_with_it()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(AssociationState.Established);
        peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag, CookieEcho(new byte[200]), Data(SetupPeer.InitialTsn, [1])));
    }

    [Fact, Trait("Requirement", "R-13")]
    [Trait("KnownFailure", "reply-amplification")]
    public void R_13_one_packet_in_calls_forth_at_most_one_control_packet()
    {
        (string Name, byte[][] Chunks)[] floods =
        [
            ("HEARTBEATs", [.. Enumerable.Range(0, 300).Select(i => Heartbeat(1, 2, 3, (byte)i))]),
            ("long HEARTBEATs", [.. Enumerable.Range(0, 50).Select(_ => Heartbeat(new byte[1000]))]),
            ("DATA on streams that are none", [.. Enumerable.Range(0, 500).Select(i => Data(SetupPeer.InitialTsn + (uint)i, [1], stream: 9999))]),
            ("unknown chunks", [.. Enumerable.Range(0, 1000).Select(i => Chunk((ChunkType)0xFE, 0, 1, 2))]),
            ("long unknown chunks", [.. Enumerable.Range(0, 20).Select(i => Chunk((ChunkType)0xFE, 0, new byte[2000]))]),
            ("DATA with gaps", [.. Enumerable.Range(0, 1000).Select(i => Data(SetupPeer.InitialTsn + 1 + (uint)(2 * i), [1]))]),
            ("SHUTDOWN ACKs", [.. Enumerable.Range(0, 1000).Select(_ => ShutdownAck())]),
            ("COOKIE ACKs", [.. Enumerable.Range(0, 1000).Select(_ => CookieAck())]),
            ("all of it", [.. Enumerable.Range(0, 100).SelectMany(i => (byte[][])
                [Heartbeat(1, 2), Data(SetupPeer.InitialTsn + 1 + (uint)(2 * i), [1], stream: 999), Chunk((ChunkType)0xFE, 0), Heartbeat(new byte[300])])]),
        ];
        foreach (var state in Enum.GetValues<AssociationState>().Except([AssociationState.Closed]))
        {
            foreach (var (name, chunks) in floods)
            {
                var peer = new SetupPeer([A]);
                peer.BringTo(state);
                var control = peer.Send(chunks).Where(packet => !packet.Has(ChunkType.Data)).ToList();
                Assert.True(control.Count <= 1, $"{state}, {name}: {string.Join('\n', control.Select(packet => packet.Types))}");
                Assert.All(control, packet => Assert.InRange(packet.Datagram.Packet.Length, 0, MaxPacket));
            }
        }
    }

    private static List<string> Paths(Association a) => [.. Enumerable.Range(0, a.PathCount).Select(i => a.GetPath(i).Remote.ToString())];
}
