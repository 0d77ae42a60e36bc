using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Setup;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>INIT and COOKIE ECHO where an association exists already (RFC 9260, 5.2).</summary>
public class SetupDuplicateTests
{
    private const string A = "10.0.0.2";
    private const string B = "10.0.1.2";
    private const string C = "10.0.2.2";

    public static TheoryData<string> States => [.. Enum.GetNames<AssociationState>().Except([nameof(AssociationState.Closed)])];

    public static TheoryData<string> StatesOnceUp =>
    [
        nameof(AssociationState.Established), nameof(AssociationState.ShutdownPending),
        nameof(AssociationState.ShutdownSent), nameof(AssociationState.ShutdownReceived),
    ];

    [Fact, Trait("Requirement", "R-39")]
    public void R_39_an_INIT_in_COOKIE_ECHOED_is_answered_with_our_own_parameters_and_Tie_Tags()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(AssociationState.CookieEchoed);
        var init = SetupPacket.From(peer.Network.Sent[0])[ChunkType.Init];
        var before = peer.Snapshot(a);
        var initAck = Assert.Single(peer.SendTagged(0, peer.Init(peer.AddressList)));
        Assert.Equal(("InitAck", A, SetupPeer.Tag), (initAck.Types, initAck.Destination, initAck.Header.VerificationTag));
        Assert.Equal(init.Value[..16], initAck.Chunks[0].Value[..16]);
        var cookie = SetupPeer.Open(initAck.Chunks[0].Cookie);
        Assert.Equal((a.LocalTag, SetupPeer.Tag), (cookie.LocalTag, cookie.PeerTag));
        Assert.True(cookie.LocalTieTag != 0 && cookie.PeerTieTag != 0);
        Assert.Equal(before, peer.Snapshot(a));
    }

    [Fact, Trait("Requirement", "R-38")]
    public void R_38_in_COOKIE_WAIT_the_Tie_Tags_are_0()
    {
        var peer = new SetupPeer([A, B]);
        peer.Connect();
        var cookie = SetupPeer.Open(Assert.Single(peer.SendTagged(0, peer.Init(peer.AddressList))).Chunks[0].Cookie);
        Assert.Equal((0u, 0u), (cookie.LocalTieTag, cookie.PeerTieTag));
    }

    [Theory, Trait("Requirement", "R-39"), Trait("Requirement", "R-40")]
    [InlineData(nameof(AssociationState.CookieEchoed))]
    [InlineData(nameof(AssociationState.Established))]
    [InlineData(nameof(AssociationState.ShutdownPending))]
    [InlineData(nameof(AssociationState.ShutdownSent))]
    [InlineData(nameof(AssociationState.ShutdownReceived))]
    public void R_40_an_INIT_that_adds_addresses_is_answered_with_an_ABORT_that_lists_them(string state)
    {
        var (peer, a) = Bring(state);
        var before = peer.Snapshot(a);
        var abort = Assert.Single(peer.SendTagged(0, peer.Init(Address(A), Address(C), Address("10.0.3.2"))));
        Assert.Equal(("Abort", A, SetupPeer.Tag), (abort.Types, abort.Destination, abort.Header.VerificationTag));
        Assert.Equal(0, abort.Chunks[0].Flags);
        var cause = Assert.Single(abort.Chunks[0].Parameters);
        Assert.Equal(11, cause.Type);
        Assert.Equal([.. Address(C), .. Address("10.0.3.2")], cause.Value);

        // A new source is a new address too, when a listed one finds the association.
        abort = Assert.Single(peer.SendRaw(C, Packet(7, 5000, 0, peer.Init(Address(A)))));
        Assert.Equal(("Abort", C), (abort.Types, abort.Destination));
        Assert.Equal(Address(C), Assert.Single(abort.Chunks[0].Parameters).Value);
        Assert.Equal(before, peer.Snapshot(a));
    }

    [Fact, Trait("Requirement", "R-40"), Trait("Requirement", "R-54")]
    public void R_40_a_late_INIT_from_an_address_beyond_those_kept_does_no_harm()
    {
        var network = new VirtualNetwork();
        var host = new Host(network, 1, ["10.0.0.2", "10.0.1.2"]);
        var peer = new ScriptedPeer(network, host);
        host.Connect(5000, ["10.0.0.9"], new AssociationOptions { MaxPeerAddresses = 1, HeartbeatInterval = 0 }, localPort: 7);
        peer.Accept();
        Assert.Equal(1, peer.Association.PathCount);

        // Both had begun, and this way took longer: the peer's INIT with the tag that it has now.
        var before = network.Sent.Count;
        peer.SendInit(from: Host.Address("10.0.1.9"), addresses: ["10.0.1.9", "10.0.0.9"]);
        Assert.True(before == network.Sent.Count, PacketTrace.Of(network.Sent[^1]));

        // A restart must still not bring addresses in.
        peer.SendInit(tag: 77, from: Host.Address("10.0.1.9"), addresses: ["10.0.1.9", "10.0.0.9"]);
        Assert.Equal([ChunkType.Abort], ScriptedPeer.TypesOf(network.Sent[^1].Packet));
        Assert.Equal(AssociationState.Established, peer.Association.State);
    }

    [Theory, Trait("Requirement", "R-40")]
    [MemberData(nameof(StatesOnceUp))]
    public void R_40_an_unexpected_INIT_gets_a_new_tag_and_changes_nothing(string state)
    {
        var (peer, a) = Bring(state);
        var (localTag, hostTsn) = (peer.HostTag, peer.HostTsn);
        var before = peer.Snapshot(a);
        var cookies = new List<StateCookie>();
        for (var i = 0; i < 3; i++)
        {
            var init = SetupPackets.Init(ChunkType.Init, 0x1111, 50_000, 3, 4, 77, peer.AddressList);
            var initAck = Assert.Single(peer.SendRaw(B, Packet(7, 5000, 0, init)));
            Assert.Equal(("InitAck", B, 0x1111u), (initAck.Types, initAck.Destination, initAck.Header.VerificationTag));
            cookies.Add(SetupPeer.Open(initAck.Chunks[0].Cookie));
            Assert.Equal(initAck.Chunks[0].UInt32(0), cookies[i].LocalTag);
        }

        Assert.Equal(4, cookies.Select(cookie => cookie.LocalTag).Append(localTag).Distinct().Count());
        Assert.Single(cookies.Select(cookie => (cookie.LocalTieTag, cookie.PeerTieTag)).Distinct());
        Assert.Equal(before, peer.Snapshot(a));

        // Traffic goes on with the old tags.
        peer.HostTag = localTag;
        if (a.State is AssociationState.Established or AssociationState.ShutdownPending or AssociationState.ShutdownSent)
        {
            peer.Send(Data(SetupPeer.InitialTsn, [1, 2, 3]));
            Assert.Single(peer.Host.Received[a]);
        }

        if (a.State is AssociationState.ShutdownPending)
        {
            Assert.Equal("Shutdown", peer.Send(Sack(hostTsn))[^1].Types);
        }
    }

    [Fact, Trait("Requirement", "R-41")]
    public void R_41_an_INIT_in_SHUTDOWN_ACK_SENT_is_answered_with_the_SHUTDOWN_ACK_again()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(AssociationState.ShutdownAckSent);
        var again = Assert.Single(peer.SendTagged(0, SetupPackets.Init(ChunkType.Init, 0x1111, 50_000, 3, 4, 77)));
        Assert.Equal(("ShutdownAck", SetupPeer.Tag), (again.Types, again.Header.VerificationTag));
        Assert.Equal(AssociationState.ShutdownAckSent, a.State);
    }

    [Theory, Trait("Requirement", "R-42")]
    [MemberData(nameof(States))]
    [Trait("KnownFailure", "cookie-replay")]
    public void R_42_a_COOKIE_ECHO_acts_by_its_tags_and_Tie_Tags_as_the_table_says(string state)
    {
        foreach (var expired in (bool[])[false, true])
        {
            foreach (var (local, peerTag) in (from x in "MX" from y in "MX" select (x, y)))
            {
                foreach (var (localTie, peerTie) in (from x in "MX0" from y in "MX0" select (x, y)))
                {
                    var row = new TableRow(Enum.Parse<AssociationState>(state));
                    row.Check(local, peerTag, localTie, peerTie, expired);
                }
            }
        }
    }

    [Fact, Trait("Requirement", "R-43")]
    public void R_43_an_expired_cookie_of_this_very_association_is_answered_with_COOKIE_ACK()
    {
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        var cookie = Assert.Single(peer.SendTagged(0, peer.Init()))[ChunkType.InitAck].Cookie;
        Assert.Equal("CookieAck", Assert.Single(peer.Send(CookieEcho(cookie))).Types);
        peer.Network.Run(61 * EngineTime.Second);
        peer.Take();
        Assert.Equal("CookieAck", Assert.Single(peer.Send(CookieEcho(cookie))).Types);
        Assert.Single(peer.Host.Associations);
        Assert.Equal([AssociationEventKind.Established], peer.Host.Events[peer.Association].Select(e => e.Kind));
    }

    [Fact, Trait("Requirement", "R-45")]
    [Trait("KnownFailure", "cookie-replay")]
    public void R_45_a_replayed_COOKIE_ECHO_makes_no_second_association_and_no_flood_of_HEARTBEATs()
    {
        var peer = new SetupPeer([A, B]);
        peer.Host.Listen(5000);
        string[] fakes = [.. Enumerable.Range(1, 20).Select(i => $"10.1.0.{i}")];
        var cookie = Assert.Single(peer.SendTagged(0, peer.Init([.. peer.AddressList, .. fakes.Select(Address)])))[ChunkType.InitAck].Cookie;
        peer.Send(CookieEcho(cookie));
        var b = peer.Association;
        var before = peer.Network.Sent.Count;
        for (var i = 0; i < 1000; i++)
        {
            var answer = peer.SendFrom(i % 2 == 0 ? A : B, CookieEcho(cookie));
            Assert.True(Assert.Single(answer).Has(ChunkType.CookieAck));
        }

        peer.Network.Run(900 * EngineTime.Millisecond);
        Assert.Single(peer.Host.Associations);
        Assert.Equal(1, peer.Host.Endpoint.AssociationCount);
        Assert.Single(peer.Host.Events[b]);

        // HB.Max.Burst is 1, the RTO 1 s.
        var heartbeats = peer.Network.Sent.Skip(before).Select(SetupPacket.From).Count(packet => packet.Has(ChunkType.Heartbeat));
        Assert.InRange(heartbeats, 0, 1);
    }

    private static (SetupPeer, Association) Bring(string state)
    {
        var peer = new SetupPeer([A, B]);
        return (peer, peer.BringTo(Enum.Parse<AssociationState>(state)));
    }

    /// <summary>One row of RFC 9260, table 12, against an association whose cookies the test seals itself.</summary>
    private sealed class TableRow
    {
        private const uint LocalTag = 0x01020304;
        private readonly CookieSealer _sealer = new(new SeededRandom(5), 3600 * EngineTime.Second);
        private readonly Association _association;
        private readonly uint _localTie;
        private readonly uint _peerTie;
        private long _now = 100 * EngineTime.Second;

        public TableRow(AssociationState state)
        {
            _sealer.RotateIfDue(_now);
            var request = new ConnectRequest(5000, [Host.Address("10.0.0.1")], [new PeerAddress(Host.Address(A), 9899)], 7, AssociationOptions.Default);
            _association = Association.Connect(9, LocalTag, request, new SeededRandom(6), _sealer);
            var init = Assert.Single(Flush());
            if (state == AssociationState.CookieWait)
            {
                return;
            }

            Receive(LocalTag, SetupPackets.Init(ChunkType.InitAck, SetupPeer.Tag, 50_000, 5, 5, 1000, Cookie(1)));
            if (state != AssociationState.CookieEchoed)
            {
                Receive(LocalTag, CookieAck());
            }

            // The Tie-Tags are learnt from the cookie that answers an INIT; SHUTDOWN-ACK-SENT gives none.
            var initAck = Assert.Single(Receive(0, SetupPackets.Init(ChunkType.Init, 0x77, 50_000, 5, 5, 1)));
            var cookie = new StateCookie();
            Assert.True(_sealer.TryOpen(initAck.Chunks[0].Cookie, cookie));
            (_localTie, _peerTie) = (cookie.LocalTieTag, cookie.PeerTieTag);

            var firstTsn = init.Chunks[0].UInt32(12);
            if (state is AssociationState.ShutdownPending or AssociationState.ShutdownReceived)
            {
                _association.Send(new Sending.SendInfo(0, 0, false), new System.Buffers.ReadOnlySequence<byte>([1, 2, 3]), null);
                Flush();
            }

            if (state is AssociationState.ShutdownPending or AssociationState.ShutdownSent)
            {
                _association.Shutdown(_now);
                Flush();
            }
            else if (state is AssociationState.ShutdownReceived or AssociationState.ShutdownAckSent)
            {
                Receive(LocalTag, Shutdown(firstTsn - 1));
            }

            Assert.Equal(state, _association.State);
            while (_association.TryReadEvent(out _))
            {
            }
        }

        public void Check(char local, char peerTag, char localTie, char peerTie, bool expired)
        {
            var state = _association.State;
            var what = $"{state}: {local} {peerTag} {localTie} {peerTie} {(expired ? "expired" : "")}";
            var cookie = new StateCookie
            {
                CreatedAt = _now,
                Lifespan = 60 * EngineTime.Second,
                LocalPort = 5000,
                PeerPort = 7,
                LocalTag = local == 'M' ? LocalTag : 0xAAAA,
                PeerTag = peerTag == 'M' && _association.PeerTag != 0 ? _association.PeerTag : 0xBBBB,
                LocalTieTag = localTie == 'M' ? _localTie : localTie == 'X' ? 0xCCCC : 0u,
                PeerTieTag = peerTie == 'M' ? _peerTie : peerTie == 'X' ? 0xDDDD : 0u,
                LocalInitialTsn = 500,
                PeerInitialTsn = 600,
                PeerWindow = 70_000,
                LocalOutboundStreams = 5,
                LocalInboundStreams = 5,
                PeerOutboundStreams = 5,
                PeerInboundStreams = 5,
                PeerAddress = Host.Address(A),
                LocalAddress = Host.Address("10.0.0.1"),
            };
            var sealedCookie = new byte[1024];
            var length = _sealer.Seal(cookie, sealedCookie);
            if (expired)
            {
                _now += 61 * EngineTime.Second;
            }

            var sent = string.Join(' ', Receive(cookie.LocalTag, CookieEcho(sealedCookie[..length])).Select(packet => packet.Types));
            var events = new List<AssociationEventKind>();
            while (_association.TryReadEvent(out var associationEvent))
            {
                events.Add(associationEvent.Kind);
            }

            var settingUp = state is AssociationState.CookieWait or AssociationState.CookieEchoed;
            var bothMatch = local == 'M' && peerTag == 'M' && state != AssociationState.CookieWait;
            var hasSent = state is AssociationState.ShutdownPending or AssociationState.ShutdownReceived;
            if (expired && !bothMatch)
            {
                Expect("Error", state, LocalTag);
            }
            else if (bothMatch)
            {
                // D
                Expect("CookieAck", settingUp ? AssociationState.Established : state, LocalTag);
                Assert.True(settingUp == events.Contains(AssociationEventKind.Established), what);
            }
            else if (local == 'M' && (settingUp || !hasSent))
            {
                // B. Once data is under way it is no collision any more.
                Expect("CookieAck", settingUp ? AssociationState.Established : state, LocalTag);
                Assert.True(_association.PeerTag == 0xBBBB, what);
                Assert.True(settingUp == events.Contains(AssociationEventKind.Established), what);
            }
            else if (local == 'X' && peerTag == 'X' && localTie == 'M' && peerTie == 'M' && !settingUp)
            {
                // A
                if (state == AssociationState.ShutdownAckSent)
                {
                    Expect("ShutdownAck Error|Error ShutdownAck", state, LocalTag);
                }
                else
                {
                    Expect("CookieAck", AssociationState.Established, 0xAAAA);
                    Assert.True(events is [AssociationEventKind.Restarted] && _association is { Id: 9, PeerTag: 0xBBBB }, what);
                }
            }
            else
            {
                // C, and all that is not in the table.
                Expect("", state, LocalTag);
                Assert.True(events.Count == 0, what);
            }

            void Expect(string packets, AssociationState after, uint tag)
            {
                Assert.True(packets.Split('|').Contains(sent), $"{what}: {sent}");
                Assert.True((after, tag) == (_association.State, _association.LocalTag), $"{what}: {_association.State} {_association.LocalTag:X}");
            }
        }

        private List<SetupPacket> Receive(uint tag, byte[] chunk)
        {
            var info = new PacketInfo(Host.Address(A), Host.Address("10.0.0.1"), 9899);
            _association.Receive(info, Packet(7, 5000, tag, chunk), _now);
            return Flush();
        }

        private List<SetupPacket> Flush()
        {
            var packets = new List<SetupPacket>();
            var buffer = new byte[70_000];
            while (_association.TryTransmit(_now, buffer, out var transmit))
            {
                packets.Add(SetupPacket.From(new Datagram(
                    _now, transmit.Local, 9899, transmit.Remote, transmit.RemoteUdpPort, buffer[..transmit.Length])));
            }

            return packets;
        }
    }
}
