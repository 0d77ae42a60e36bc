using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>The Verification Tag (RFC 9260, 8.5): what a wrong one can't do, and the few exceptions.</summary>
public class TagsTests
{
    private const string A = "10.0.0.2";
    private const string B = "10.0.1.2";

    public static TheoryData<string> States => [.. Enum.GetNames<AssociationState>().Except([nameof(AssociationState.Closed)])];

    [Theory, Trait("Requirement", "R-15")]
    [MemberData(nameof(States))]
    [Trait("KnownFailure", "wrong-tag-kills")]
    public void R_15_no_chunk_with_a_wrong_tag_does_anything(string state)
    {
        var (peer, a) = Bring(state);
        foreach (var tag in (uint[])[peer.HostTag + 1, peer.HostTag ^ 0x80000000, SetupPeer.Tag + 1])
        {
            foreach (var chunk in WellFormedChunks(peer).Where(chunk => chunk[0] != (byte)ChunkType.ShutdownAck || !IsSettingUp(a)))
            {
                peer.AssertIgnored(a, A, Packet(7, 5000, tag, chunk));
                peer.AssertIgnored(a, A, Packet(7, 5000, tag, chunk, Data(SetupPeer.InitialTsn, [1])));
            }

            for (var type = 15; type < 256; type++)
            {
                peer.AssertIgnored(a, A, Packet(7, 5000, tag, Chunk((ChunkType)type, 0, 1, 2, 3, 4)));
            }
        }
    }

    [Theory, Trait("Requirement", "R-16")]
    [MemberData(nameof(States))]
    [Trait("KnownFailure", "wrong-tag-kills")]
    public void R_16_nothing_malformed_with_a_wrong_tag_does_anything(string state)
    {
        var (peer, a) = Bring(state);
        foreach (var chunk in WellFormedChunks(peer).Where(chunk => chunk[0] != (byte)ChunkType.ShutdownAck || !IsSettingUp(a)))
        {
            for (var length = 0; length <= chunk.Length + 1; length++)
            {
                var lying = (byte[])chunk.Clone();
                lying[2] = (byte)(length >> 8);
                lying[3] = (byte)length;
                peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag + 1, lying));
            }
        }

        // An INIT ACK that would end the attempt, and what breaks the protocol, if the tag were right.
        peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag + 1, SetupPackets.Init(ChunkType.InitAck, 0, 0, 0, 0, 0)));
        peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag + 1, Sack(peer.HostTsn + 1000)));
        peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag + 1, Data(SetupPeer.InitialTsn, [])));
    }

    [Theory, Trait("Requirement", "R-17")]
    [MemberData(nameof(States))]
    [Trait("KnownFailure", "wrong-tag-kills")]
    public void R_17_an_ABORT_counts_with_our_tag_or_with_the_peers_and_T(string state)
    {
        foreach (var (own, reflected) in ((bool, bool)[])[(true, false), (true, true), (false, false), (false, true)])
        {
            var (peer, a) = Bring(state);
            var packet = Packet(7, 5000, own ? peer.HostTag : SetupPeer.Tag, Abort(reflected));
            var accepted = own ? !reflected : reflected && a.State != AssociationState.CookieWait;
            if (!accepted)
            {
                peer.AssertIgnored(a, A, packet);
                continue;
            }

            // Reflected in SHUTDOWN-ACK-SENT it says that the peer, having finished, knows us no more.
            var expected = IsSettingUp(a) ? AssociationEnd.Refused
                : reflected && a.State == AssociationState.ShutdownAckSent ? AssociationEnd.Graceful : AssociationEnd.AbortedByPeer;
            Assert.Empty(peer.SendRaw(A, packet));
            Assert.Equal(expected, a.End);
            Assert.Equal(0, peer.Host.Endpoint.AssociationCount);
            peer.Network.Run(1000 * EngineTime.Second);
            Assert.Empty(peer.Take());
        }
    }

    [Theory, Trait("Requirement", "R-18")]
    [MemberData(nameof(States))]
    public void R_18_a_SHUTDOWN_COMPLETE_counts_in_SHUTDOWN_ACK_SENT_alone(string state)
    {
        foreach (var (own, reflected) in ((bool, bool)[])[(true, false), (true, true), (false, false), (false, true)])
        {
            var (peer, a) = Bring(state);
            var packet = Packet(7, 5000, own ? peer.HostTag : SetupPeer.Tag, ShutdownComplete(reflected));
            if (own == reflected || a.State != AssociationState.ShutdownAckSent)
            {
                // From ShutdownSent on, a packet with our tag shows that the peer lives; else nothing comes of it.
                var before = a.State;
                Assert.Empty(peer.SendRaw(A, packet));
                Assert.Equal(before, a.State);
            }
            else
            {
                Assert.Empty(peer.SendRaw(A, packet));
                Assert.Equal(AssociationEnd.Graceful, a.End);
            }
        }
    }

    [Theory, Trait("Requirement", "R-19")]
    [InlineData(nameof(AssociationState.CookieWait))]
    [InlineData(nameof(AssociationState.CookieEchoed))]
    public void R_19_a_SHUTDOWN_ACK_during_set_up_is_out_of_the_blue(string state)
    {
        var (peer, a) = Bring(state);
        var before = peer.Snapshot(a);
        foreach (var tag in (uint[])[peer.HostTag, peer.HostTag + 5, SetupPeer.Tag])
        {
            var complete = Assert.Single(peer.SendTagged(tag, ShutdownAck()));
            Assert.Equal(("ShutdownComplete", A, tag), (complete.Types, complete.Destination, complete.Header.VerificationTag));
            Assert.Equal(1, complete.Chunks[0].Flags);
            Assert.Equal(before, peer.Snapshot(a));
        }
    }

    [Fact, Trait("Requirement", "R-20")]
    public void R_20_out_of_the_blue_packets_are_answered_by_the_table()
    {
        const uint tag = 0x55667788;
        byte[] data = Data(1, [1, 2, 3]), abort = Abort(), complete = ShutdownComplete(), cookieAck = CookieAck(), shutdownAck = ShutdownAck();
        byte[] init = SetupPackets.Init(ChunkType.Init, 99, 10_000, 1, 1, 1);
        (string Name, byte[][] Chunks, uint Tag, string? Answer)[] table =
        [
            ("ABORT", [abort], tag, null),
            ("ABORT with T", [Abort(true)], tag, null),
            ("ABORT behind", [data, abort], tag, null),
            ("ABORT behind SHUTDOWN ACK", [shutdownAck, abort], tag, null),
            ("INIT", [init], 0, "Abort 0 99"),
            ("INIT with a tag", [init], tag, null),
            ("INIT with a tag, behind", [data, init], tag, null),
            ("INIT in company", [init, data], 0, null),
            ("tag 0 without INIT", [data], 0, null),
            ("SHUTDOWN ACK with tag 0", [shutdownAck], 0, null),
            ("foreign COOKIE ECHO", [CookieEcho(new byte[150])], tag, null),
            ("empty COOKIE ECHO", [CookieEcho()], tag, null),
            ("COOKIE ECHO behind", [data, CookieEcho(new byte[150])], tag, "Abort 1 tag"),
            ("SHUTDOWN ACK", [shutdownAck], tag, "ShutdownComplete 1 tag"),
            ("SHUTDOWN ACK behind", [data, shutdownAck], tag, "ShutdownComplete 1 tag"),
            ("SHUTDOWN ACK before COOKIE ACK", [shutdownAck, cookieAck], tag, "ShutdownComplete 1 tag"),
            ("SHUTDOWN ACK behind COOKIE ACK", [cookieAck, shutdownAck], tag, "ShutdownComplete 1 tag"),
            ("SHUTDOWN COMPLETE", [complete], tag, null),
            ("SHUTDOWN COMPLETE behind", [data, complete], tag, null),
            ("COOKIE ACK", [cookieAck], tag, null),
            ("COOKIE ACK behind", [data, cookieAck], tag, null),
            ("ERROR with a stale cookie", [StaleCookie()], tag, null),
            ("ERROR with a stale cookie behind", [data, StaleCookie()], tag, null),
            ("ERROR", [Error(Parameter(1, 0, 5, 0, 0))], tag, "Abort 1 tag"),
            ("ERROR without cause", [Error()], tag, "Abort 1 tag"),
            ("DATA", [data], tag, "Abort 1 tag"),
            ("SACK", [Sack(1)], tag, "Abort 1 tag"),
            ("HEARTBEAT", [Heartbeat(1, 2, 3)], tag, "Abort 1 tag"),
            ("HEARTBEAT ACK", [HeartbeatAck(1, 2, 3)], tag, "Abort 1 tag"),
            ("SHUTDOWN", [Shutdown(1)], tag, "Abort 1 tag"),
            ("INIT ACK", [SetupPackets.Init(ChunkType.InitAck, 99, 10_000, 1, 1, 1, Cookie(1))], tag, "Abort 1 tag"),
            ("unknown, stop", [Chunk((ChunkType)0x3E, 0)], tag, "Abort 1 tag"),
            ("unknown, skip", [Chunk((ChunkType)0xBE, 0)], tag, "Abort 1 tag"),
        ];
        foreach (var (name, chunks, vtag, expected) in table)
        {
            var peer = new SetupPeer([A]);
            var answers = peer.SendTagged(vtag, chunks);
            var answer = answers.Count == 0
                ? null
                : $"{answers.Single().Types} {answers[0].Chunks[0].Flags} {(answers[0].Header.VerificationTag == tag ? "tag" : answers[0].Header.VerificationTag)}";
            Assert.True(expected == answer, $"{name}: {answer}");
            if (answer is not null)
            {
                Assert.Equal((A, (ushort)7, (ushort)5000), (answers[0].Destination, answers[0].Header.DestinationPort, answers[0].Header.SourcePort));
            }

            Assert.Equal(0, peer.Host.Endpoint.AssociationCount);
        }
    }

    [Theory, Trait("Requirement", "R-20")]
    [InlineData("224.0.0.1", "10.0.0.1")]
    [InlineData("255.255.255.255", "10.0.0.1")]
    [InlineData("0.0.0.0", "10.0.0.1")]
    [InlineData("ff02::1", "2001:db8::1")]
    [InlineData("::", "2001:db8::1")]
    [InlineData(A, "224.0.0.1")]
    [InlineData(A, "255.255.255.255")]
    [InlineData("2001:db8::2", "ff02::1")]
    public void R_20_nothing_goes_out_for_what_is_not_unicast(string source, string destination)
    {
        var peer = new SetupPeer([A], ["10.0.0.1", "2001:db8::1"]) { To = destination };
        peer.Host.Listen(5000);
        Assert.Empty(peer.SendRaw(source, Packet(7, 5000, 77, Data(1, [1]))));
        Assert.Empty(peer.SendRaw(source, Packet(7, 5000, 77, ShutdownAck())));
        Assert.Empty(peer.SendRaw(source, Packet(7, 5000, 0, peer.Init())));
    }

    [Fact, Trait("Requirement", "R-21")]
    [Trait("KnownFailure", "reply-amplification")]
    public void R_21_answers_out_of_the_blue_are_limited_and_no_larger_than_the_question()
    {
        var peer = new SetupPeer([A], options: new EndpointOptions { OutOfTheBlueRepliesPerSecond = 50 });
        var replies = 0;
        for (var i = 0; i < 10_000; i++)
        {
            byte[] packet = (i % 3) switch
            {
                0 => Packet(7, 5000, 77, ShutdownAck()),
                1 => Packet(7, 5000, 77, Chunk(ChunkType.Heartbeat, 0)),
                _ => Packet(7, 5000, 0, peer.Init()),
            };
            foreach (var reply in peer.SendRaw(A, packet))
            {
                Assert.True(reply.Datagram.Packet.Length <= packet.Length);
                replies++;
            }
        }

        Assert.Equal(50, replies);
        peer.Network.Run(EngineTime.Second);
        Assert.Single(peer.SendTagged(77, ShutdownAck()));

        var silent = new SetupPeer([A], options: new EndpointOptions { OutOfTheBlueRepliesPerSecond = 0 });
        Assert.Empty(silent.SendTagged(77, Data(1, [1])));
        Assert.Empty(silent.SendTagged(0, silent.Init()));
    }

    [Fact, Trait("Requirement", "R-22")]
    public void R_22_a_refused_INIT_is_answered_with_its_own_tag_and_one_with_tag_0_not_at_all()
    {
        var peer = new SetupPeer([A]);
        var abort = Assert.Single(peer.SendTagged(0, peer.Init()));
        Assert.Equal(("Abort", SetupPeer.Tag, (byte)0), (abort.Types, abort.Header.VerificationTag, abort.Chunks[0].Flags));
        Assert.Empty(peer.SendTagged(0, SetupPackets.Init(ChunkType.Init, 0, 100_000, 10, 10, 1)));

        peer.Host.Listen(5000);
        Assert.Empty(peer.SendTagged(0, SetupPackets.Init(ChunkType.Init, 0, 100_000, 10, 10, 1)));
        var b = peer.Accept();
        peer.AssertIgnored(b, A, Packet(7, 5000, 0, SetupPackets.Init(ChunkType.Init, 0, 100_000, 10, 10, 1)));
    }

    [Theory, Trait("Requirement", "R-23")]
    [InlineData(false)]
    [InlineData(true)]
    public void R_23_tags_and_TSNs_are_random_and_Tie_Tags_are_not_the_tags(bool systemsGenerator)
    {
        // What the product uses, and the tests' own.
        var peer = new SetupPeer([A], random: systemsGenerator ? RandomSource.System : null);
        var b = peer.Accept();
        var tags = new HashSet<uint>();
        var tsns = new HashSet<uint>();
        var bits = new int[32];
        var tsnBits = new int[32];
        const int count = 10_000;
        for (var i = 0; i < count; i++)
        {
            var initAck = Assert.Single(peer.SendRaw("10.0.9.9", Packet(7, 5000, 0, peer.Init())));
            var tag = initAck.Chunks[0].UInt32(0);
            Assert.NotEqual(0u, tag);
            var tsn = initAck.Chunks[0].UInt32(12);
            tags.Add(tag);
            tsns.Add(tsn);
            for (var bit = 0; bit < 32; bit++)
            {
                bits[bit] += (int)(tag >> bit) & 1;
                tsnBits[bit] += (int)(tsn >> bit) & 1;
            }
        }

        // Eight standard deviations. Of 10,000 numbers of 32 bits two or three may be the same, once in a blue moon.
        Assert.All(bits.Concat(tsnBits), ones => Assert.InRange(ones, (count / 2) - 400, (count / 2) + 400));
        Assert.InRange(tags.Count, count - 2, count);
        Assert.InRange(tsns.Count, count - 2, count);
        Assert.Empty(tags.Intersect(tsns).Skip(2));

        var cookie = SetupPeer.Open(Assert.Single(peer.SendTagged(0, peer.Init())).Chunks[0].Cookie);
        Assert.DoesNotContain(cookie.LocalTieTag, (uint[])[0, b.LocalTag, b.PeerTag, cookie.LocalTag, cookie.PeerTag]);
        Assert.DoesNotContain(cookie.PeerTieTag, (uint[])[0, b.LocalTag, b.PeerTag, cookie.LocalTag, cookie.PeerTag, cookie.LocalTieTag]);
        Assert.NotEqual(b.LocalTag, cookie.LocalTag);
    }

    [Fact, Trait("Requirement", "R-129")]
    public void R_129_packets_of_an_old_association_never_touch_the_new_one()
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, [A]);
        var client = new Host(network, 2, ["10.0.0.1"]);
        server.Listen(7);
        var first = client.Connect(7, [A]);
        network.Run(EngineTime.Second);
        client.Send(first, [1, 2, 3]);
        server.Send(server.Associations[0], [4, 5, 6]);
        network.Run(EngineTime.Second);
        server.Step(server.Associations[0], x => x.Abort("over", network.Now));
        network.Run(EngineTime.Second);
        var old = network.Sent.ToList();

        var second = client.Connect(7, [A]);
        network.Run(EngineTime.Second);
        var b = server.Associations[1];
        Assert.NotEqual(first.Id, second.Id);
        Assert.NotEqual(first.LocalTag, second.LocalTag);
        foreach (var datagram in old)
        {
            network.Send(datagram.Source, datagram.SourceUdpPort, datagram.Destination, datagram.DestinationUdpPort, datagram.Packet);
            network.Run(20 * EngineTime.Millisecond);
        }

        Assert.Equal((AssociationState.Established, AssociationState.Established), (second.State, b.State));
        Assert.Equal(2, server.Associations.Count);
        Assert.Empty(server.Received[b]);
        Assert.Empty(client.Received[second]);
        Assert.Equal([AssociationEventKind.Established], server.Events[b].Select(e => e.Kind));
        client.Send(second, [7]);
        server.Send(b, [8]);
        network.Run(EngineTime.Second);
        Assert.Equal([7], Assert.Single(server.Received[b]).Payload);
        Assert.Equal([8], Assert.Single(client.Received[second]).Payload);

        // Nor does the dead one answer to its own timers.
        var sent = network.Sent.Count;
        client.HandleTimers(first);
        client.Step(first, x => x.Shutdown(network.Now));
        client.Step(first, x => x.Abort(null, network.Now));
        Assert.Equal(sent, network.Sent.Count);
        Assert.Equal(AssociationState.Established, second.State);
    }

    internal static List<byte[]> WellFormedChunks(SetupPeer peer) =>
    [
        Data(SetupPeer.InitialTsn, [1, 2, 3]),
        peer.Init(),
        peer.InitAck(Cookie(1, 2, 3)),
        Sack(peer.HostTsn),
        Heartbeat(1, 2, 3, 4),
        HeartbeatAck(1, 2, 3, 4),
        Abort(),
        Abort(true),
        Shutdown(peer.HostTsn - 1),
        ShutdownAck(),
        Error(Parameter(1, 0, 5, 0, 0)),
        StaleCookie(),
        CookieEcho(1, 2, 3, 4),
        CookieAck(),
        ShutdownComplete(),
        ShutdownComplete(true),
        Chunk(ChunkType.Ecne, 0, 0, 0, 0, 1),
        Chunk(ChunkType.Cwr, 0, 0, 0, 0, 1),
    ];

    private static bool IsSettingUp(Association a) => a.State is AssociationState.CookieWait or AssociationState.CookieEchoed;

    private static (SetupPeer, Association) Bring(string state)
    {
        var peer = new SetupPeer([A, B]);
        return (peer, peer.BringTo(Enum.Parse<AssociationState>(state)));
    }
}
