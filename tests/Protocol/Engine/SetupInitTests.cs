using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>INIT, INIT ACK, COOKIE ECHO and COOKIE ACK between two ends that know nothing of each other (RFC 9260, 5.1).</summary>
[Collection(nameof(MeasuredAlone))]
public class SetupInitTests
{
    private const string A = "10.0.0.2";
    private const string B = "10.0.1.2";
    private const string C = "10.0.2.2";

    public static TheoryData<string> States => [.. Enum.GetNames<AssociationState>().Except([nameof(AssociationState.Closed)])];

    [Fact, Trait("Requirement", "R-26")]
    public void R_26_the_INIT_ACK_goes_to_the_source_whatever_the_INIT_lists()
    {
        var peer = new SetupPeer([A]) { To = "10.0.1.1" };
        peer.Host.Listen(5000);
        var initAck = Assert.Single(peer.SendRaw(A, Packet(7, 5000, 0, peer.Init(Address(B), Address(C))), udpPort: 1234));
        Assert.Equal(("InitAck", A, "10.0.1.1"), (initAck.Types, initAck.Destination, initAck.Datagram.Source.ToString()));
        Assert.Equal((SetupPeer.Tag, (ushort)1234), (initAck.Header.VerificationTag, initAck.Datagram.DestinationUdpPort));
    }

    [Fact, Trait("Requirement", "R-27")]
    [Trait("Requirement", "R-46")]
    public void R_27_the_cookie_holds_all_that_the_association_is_made_of()
    {
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        var init = SetupPackets.Init(ChunkType.Init, 0x1111, 54_321, 3, 4, 77, Address(B), Address(C));
        var initAck = Assert.Single(peer.SendTagged(0, init))[ChunkType.InitAck];
        var cookie = SetupPeer.Open(initAck.Cookie);
        Assert.Equal((5000, 7), (cookie.LocalPort, cookie.PeerPort));
        Assert.Equal((initAck.UInt32(0), 0x1111u, 0u, 0u), (cookie.LocalTag, cookie.PeerTag, cookie.LocalTieTag, cookie.PeerTieTag));
        Assert.Equal((initAck.UInt32(12), 77u, 54_321u), (cookie.LocalInitialTsn, cookie.PeerInitialTsn, cookie.PeerWindow));
        Assert.Equal((10, initAck.UInt16(10), 3, 4), (
            cookie.LocalOutboundStreams, cookie.LocalInboundStreams, cookie.PeerOutboundStreams, cookie.PeerInboundStreams));
        Assert.Equal((A, "10.0.0.1"), (cookie.PeerAddress.ToString(), cookie.LocalAddress.ToString()));
        Assert.Equal([B, C], cookie.PeerAddresses.Select(address => address.ToString()));
        Assert.Equal((peer.Network.Now, 60 * EngineTime.Second), (cookie.CreatedAt, cookie.Lifespan));

        // small, so that it fits beside anything.
        Assert.InRange(initAck.Cookie.Length, 0, 512);
    }

    [Fact, Trait("Requirement", "R-27"), Trait("Requirement", "R-28")]
    public void R_27_a_cookie_with_any_bit_changed_is_dropped()
    {
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        var cookie = Assert.Single(peer.SendTagged(0, peer.Init(Address(B))))[ChunkType.InitAck].Cookie;
        for (var bit = 0; bit < cookie.Length * 8; bit++)
        {
            var forged = (byte[])cookie.Clone();
            forged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Empty(peer.Send(CookieEcho(forged), Data(1, [1])));
        }

        for (var length = 0; length < cookie.Length; length++)
        {
            Assert.Empty(peer.Send(CookieEcho(cookie[..length])));
        }

        Assert.Empty(peer.Send(CookieEcho([.. cookie, 0, 0, 0, 0])));
        Assert.Equal(0, peer.Host.Endpoint.AssociationCount);
        Assert.Single(peer.Send(CookieEcho(cookie)));
        Assert.Equal(1, peer.Host.Endpoint.AssociationCount);
    }

    [Fact, Trait("Requirement", "R-27")]
    public void R_27_the_key_changes_and_the_one_before_stays_good_for_one_cookie_life()
    {
        var peer = new SetupPeer([A], options: new EndpointOptions { CookieKeyLifetime = 100 * EngineTime.Second });
        peer.Host.Listen(5000, new AssociationOptions { CookieLifetime = 60 * EngineTime.Second });
        var first = Cookie();
        peer.Network.Run(70 * EngineTime.Second);
        var second = Cookie();

        // The key is another now: the younger cookie is good, the older one too old.
        peer.Network.Run(50 * EngineTime.Second);
        Cookie();
        Assert.Equal("Error", Assert.Single(peer.SendTagged(first.Tag, CookieEcho(first.Cookie))).Types);
        Assert.Equal("CookieAck", Assert.Single(peer.SendTagged(second.Tag, CookieEcho(second.Cookie))).Types);
        peer.Send(Abort());

        // Two keys later nothing is known of it.
        peer.Network.Run(100 * EngineTime.Second);
        Cookie();
        peer.Network.Run(100 * EngineTime.Second);
        Cookie();
        Assert.Empty(peer.SendTagged(second.Tag, CookieEcho(second.Cookie)));

        (byte[] Cookie, uint Tag) Cookie()
        {
            var initAck = Assert.Single(peer.SendRaw("10.0.9.9", Packet(7, 5000, 0, peer.Init())));
            return (initAck[ChunkType.InitAck].Cookie, peer.HostTag);
        }
    }

    [Fact, Trait("Requirement", "R-28")]
    [Trait("KnownFailure", "port-shifted-cookie")]
    public void R_28_a_cookie_on_other_ports_or_under_another_tag_is_dropped()
    {
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        peer.Host.Listen(5001);
        var cookie = Assert.Single(peer.SendTagged(0, peer.Init()))[ChunkType.InitAck].Cookie;
        Assert.Empty(peer.SendRaw(A, Packet(8, 5000, peer.HostTag, CookieEcho(cookie))));
        Assert.Empty(peer.SendRaw(A, Packet(7, 5001, peer.HostTag, CookieEcho(cookie))));
        Assert.Empty(peer.SendRaw(A, Packet(7, 5000, peer.HostTag + 1, CookieEcho(cookie))));
        Assert.Equal(0, peer.Host.Endpoint.AssociationCount);

        // Even when it is too old: only what is ours is told so.
        peer.Network.Run(61 * EngineTime.Second);
        Assert.Empty(peer.SendRaw(A, Packet(8, 5000, peer.HostTag, CookieEcho(cookie))));
        Assert.Empty(peer.SendRaw(A, Packet(7, 5000, peer.HostTag + 1, CookieEcho(cookie))));
    }

    [Fact, Trait("Requirement", "R-28")]
    public void R_28_an_expired_cookie_is_answered_with_how_stale_it_is()
    {
        var peer = new SetupPeer([A, B]);
        peer.Host.Listen(5000);
        var cookie = Assert.Single(peer.SendTagged(0, peer.Init(peer.AddressList)))[ChunkType.InitAck].Cookie;
        peer.Network.Run((60 * EngineTime.Second) + (100 * EngineTime.Millisecond));
        var error = Assert.Single(peer.SendFrom(B, CookieEcho(cookie), Data(1, [1])));
        Assert.Equal(("Error", B, SetupPeer.Tag), (error.Types, error.Destination, error.Header.VerificationTag));
        var cause = Assert.Single(error.Chunks[0].Parameters);
        Assert.Equal(3, cause.Type);
        Assert.Equal(U32(100_000), cause.Value);
        Assert.Equal(0, peer.Host.Endpoint.AssociationCount);
    }

    [Theory, Trait("Requirement", "R-29")]
    [InlineData(1499, 1, 1)]
    [InlineData(0, 1, 1)]
    [InlineData(1500, 0, 1)]
    [InlineData(1500, 1, 0)]
    public void R_29_an_INIT_with_unusable_values_is_aborted(uint window, int outbound, int inbound)
    {
        var bad = SetupPackets.Init(ChunkType.Init, 0x1111, window, outbound, inbound, 1);
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        var abort = Assert.Single(peer.SendTagged(0, bad));
        Assert.Equal(("Abort", 0x1111u, (byte)0), (abort.Types, abort.Header.VerificationTag, abort.Chunks[0].Flags));
        Assert.Equal(7, Assert.Single(abort.Chunks[0].Parameters).Type);
        Assert.Equal("InitAck", Assert.Single(peer.SendTagged(0, SetupPackets.Init(ChunkType.Init, 0x1111, 1500, 1, 1, 1))).Types);

        // An association that exists isn't touched.
        foreach (var state in Enum.GetValues<AssociationState>().Except([AssociationState.Closed, AssociationState.ShutdownAckSent]))
        {
            peer = new SetupPeer([A]);
            var a = peer.BringTo(state);
            var before = peer.Snapshot(a);
            abort = Assert.Single(peer.SendTagged(0, bad));
            Assert.Equal(("Abort", 0x1111u), (abort.Types, abort.Header.VerificationTag));
            Assert.Equal(before, peer.Snapshot(a));
        }
    }

    [Theory, Trait("Requirement", "R-29")]
    [InlineData(0, 1500, 1, 1, true)]
    [InlineData(0x1111, 1500, 0, 1, true)]
    [InlineData(0x1111, 1500, 1, 0, true)]
    [InlineData(0x1111, 1499, 1, 1, false)]
    public void R_29_an_INIT_ACK_with_unusable_values_is_aborted(uint tag, uint window, int outbound, int inbound, bool ends)
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect();
        var deadline = a.NextDeadline;
        var abort = Assert.Single(peer.Send(SetupPackets.Init(ChunkType.InitAck, tag, window, outbound, inbound, 1, Cookie(1))));
        Assert.Equal("Abort", abort.Types);
        Assert.Equal(tag == 0 ? (peer.HostTag, (byte)1) : (tag, (byte)0), (abort.Header.VerificationTag, abort.Chunks[0].Flags));
        Assert.Equal(ends ? AssociationState.Closed : AssociationState.CookieWait, a.State);
        if (ends)
        {
            Assert.Equal(AssociationEnd.Refused, a.End);
        }
        else
        {
            Assert.Equal(deadline, a.NextDeadline);
            Assert.Equal("CookieEcho", Assert.Single(peer.Send(peer.InitAck(Cookie(1)))).Types);
        }
    }

    [Fact, Trait("Requirement", "R-29")]
    public void R_29_an_INIT_ACK_without_a_cookie_is_aborted()
    {
        var peer = new SetupPeer([A]);
        var a = peer.Connect();
        var abort = Assert.Single(peer.Send(peer.InitAck(Address(A))));
        Assert.Equal(("Abort", SetupPeer.Tag), (abort.Types, abort.Header.VerificationTag));
        var cause = Assert.Single(abort.Chunks[0].Parameters);
        Assert.Equal(2, cause.Type);
        Assert.Equal([0, 0, 0, 1, 0, 7], cause.Value);
        Assert.Equal(AssociationEnd.Refused, a.End);
    }

    [Fact, Trait("Requirement", "R-30")]
    public void R_30_streams_are_the_smaller_of_what_one_wants_and_the_other_takes()
    {
        foreach (var passive in (bool[])[false, true])
        {
            var peer = new SetupPeer([A]);
            var options = new AssociationOptions { OutboundStreams = 10, MaxInboundStreams = 5 };
            Association a;
            if (passive)
            {
                peer.Host.Listen(5000, options);
                var initAck = Assert.Single(peer.SendTagged(0, SetupPackets.Init(ChunkType.Init, SetupPeer.Tag, 100_000, 8, 3, 1000)));
                Assert.Equal((3, 5), (initAck.Chunks[0].UInt16(8), initAck.Chunks[0].UInt16(10)));
                peer.Send(CookieEcho(initAck.Chunks[0].Cookie));
                a = peer.Association;
            }
            else
            {
                a = peer.Connect(options);
                peer.Send(SetupPackets.Init(ChunkType.InitAck, SetupPeer.Tag, 100_000, 8, 3, 1000, Cookie(1)));
                peer.Send(CookieAck());
            }

            Assert.Equal((3, 5), (a.OutboundStreams, a.InboundStreams));
            Assert.Equal(SendStatus.Queued, Send(2));
            Assert.NotEqual(SendStatus.Queued, Send(3));
            Assert.NotEqual(SendStatus.Queued, Send(65535));

            SendStatus Send(ushort stream) => a.Send(new SendInfo(stream, 0, false), new System.Buffers.ReadOnlySequence<byte>([1]), null);
        }
    }

    [Fact, Trait("Requirement", "R-31")]
    public void R_31_a_host_name_is_aborted_and_never_resolved()
    {
        var name = Parameter(11, [.. "localhost\0"u8]);
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        CheckAbort(Assert.Single(peer.SendTagged(0, peer.Init(Address(A), name))));
        Assert.Equal(0, peer.Host.Endpoint.AssociationCount);

        peer = new SetupPeer([A]);
        var a = peer.Connect();
        CheckAbort(Assert.Single(peer.Send(peer.InitAck(Cookie(1), name))));
        Assert.Equal(AssociationEnd.Refused, a.End);

        peer = new SetupPeer([A]);
        a = peer.BringTo(AssociationState.Established);
        CheckAbort(Assert.Single(peer.SendTagged(0, peer.Init(name))));
        Assert.Equal(AssociationState.Established, a.State);

        // No name is that long: the answer need not be as long as what it answers.
        var abort = Assert.Single(peer.SendTagged(0, peer.Init(Parameter(11, new byte[1_000]))));
        Assert.Equal(5, Assert.Single(abort.Chunks[0].Parameters).Type);
        Assert.Empty(abort.Chunks[0].Parameters[0].Value);

        void CheckAbort(SetupPacket abort)
        {
            Assert.Equal(("Abort", SetupPeer.Tag), (abort.Types, abort.Header.VerificationTag));
            Assert.Equal(5, Assert.Single(abort.Chunks[0].Parameters).Type);
            Assert.Equal(name[..14], abort.Chunks[0].Parameters[0].Value);
        }
    }

    [Fact]
    public void A_State_Cookie_may_be_empty_and_must_not_be_missing()
    {
        // RFC 9260, 5.1.3: what is in it is its sender's affair.
        var peer = new SetupPeer([A]);
        var a = peer.Connect();
        var echo = Assert.Single(peer.Send(peer.InitAck(Cookie())));
        Assert.Equal("CookieEcho", echo.Types);
        Assert.Empty(echo.Chunks[0].Value);
        peer.Send(CookieAck());
        Assert.Equal(AssociationState.Established, a.State);

        peer = new SetupPeer([A]);
        a = peer.Connect();
        Assert.Equal("Abort", Assert.Single(peer.Send(peer.InitAck())).Types);
        Assert.Equal(AssociationEnd.Refused, a.End);
    }

    [Fact, Trait("Requirement", "R-32")]
    public void R_32_supported_address_types_forbid_nothing()
    {
        // IPv6 only, it says, and comes by IPv4.
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        var initAck = Assert.Single(peer.SendTagged(0, peer.Init(Parameter(12, 0, 6), Address(B))));
        Assert.Equal(("InitAck", A), (initAck.Types, initAck.Destination));
        peer.Send(CookieEcho(initAck.Chunks[0].Cookie));
        Assert.Equal([A, B], Paths(peer.Association));
    }

    [Theory, Trait("Requirement", "R-32")]
    [InlineData(new byte[] { 0, 5 }, "10.0.0.1", "10.0.1.1")]
    [InlineData(new byte[] { 0, 5, 0, 6 }, "10.0.0.1", "2001:db8::1")]
    public void R_32_an_INIT_says_which_types_of_addresses_are_any_use(byte[] types, params string[] local)
    {
        var peer = new SetupPeer([A, "2001:db8::9"], local);
        peer.Host.Connect(peer.Port, peer.Addresses, null, peer.UdpPort, peer.HostPort);
        Assert.Equal(types, Assert.Single(peer.Take()[0].Chunks[0].Parameters, parameter => parameter.Type == 12).Value);
    }

    [Theory, Trait("Requirement", "R-33")]
    [InlineData("::ffff:10.0.5.5")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("ff02::1")]
    [InlineData("fe80::5")]
    [InlineData("169.254.7.7")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void R_33_addresses_that_mean_nothing_here_are_ignored(string address)
    {
        var bytes = System.Net.IPAddress.Parse(address).GetAddressBytes();
        var parameter = Parameter(bytes.Length == 4 ? 5 : 6, bytes);
        var peer = new SetupPeer([A], ["10.0.0.1", "2001:db8::1"]);
        Assert.Equal([A, B], Paths(peer.Accept(null, parameter, Address(B))));

        peer = new SetupPeer([A], ["10.0.0.1", "2001:db8::1"]);
        var a = peer.Connect();
        peer.Send(peer.InitAck(parameter, Address(B), Cookie(1)));
        Assert.Equal([A, B], Paths(a));
    }

    [Fact, Trait("Requirement", "R-35")]
    public void R_35_nothing_of_the_users_leaves_in_COOKIE_ECHOED()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(AssociationState.CookieEchoed);
        peer.Take();
        peer.Host.Send(a, [1, 2, 3]);
        peer.Host.Step(a, x => x.Shutdown(peer.Network.Now));
        peer.Network.Run(900 * EngineTime.Millisecond);
        Assert.Empty(peer.Take());
        peer.Network.Run(30 * EngineTime.Second);
        Assert.All(peer.Take(), packet => Assert.Equal("CookieEcho", packet.Types));
        Assert.Equal("Data", Assert.Single(peer.Send(CookieAck())).Types);
        Assert.Equal("Shutdown", Assert.Single(peer.Send(Sack(peer.HostTsn))).Types);
    }

    [Theory, Trait("Requirement", "R-36")]
    [MemberData(nameof(States))]
    public void R_36_INIT_ACK_COOKIE_ACK_and_stale_cookies_count_in_their_states_alone(string state)
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(Enum.Parse<AssociationState>(state));
        var before = (a.State, a.PeerTag, peer.Host.Events[a].Count);
        if (a.State != AssociationState.CookieWait)
        {
            Assert.Empty(peer.Send(peer.InitAck(Cookie(9, 9))));
            Assert.Empty(peer.Send(SetupPackets.Init(ChunkType.InitAck, 0, 0, 0, 0, 0)));
        }

        if (a.State != AssociationState.CookieEchoed)
        {
            Assert.Empty(peer.Send(CookieAck()));
            Assert.Empty(peer.Send(StaleCookie()));
        }

        Assert.Equal(before, (a.State, a.PeerTag, peer.Host.Events[a].Count));
    }

    [Fact, Trait("Requirement", "R-36")]
    public void R_36_a_stale_cookie_is_asked_for_anew_with_no_more_than_a_second_on_top()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect(new AssociationOptions { MaxInitRetransmits = 3 });
        var tag = peer.HostTag;
        for (var i = 0; i < 3; i++)
        {
            peer.Send(peer.InitAck([.. peer.AddressList, Cookie(1, (byte)i)]));
            peer.Network.Run(200 * EngineTime.Millisecond);
            var init = Assert.Single(peer.Send(StaleCookie()));
            Assert.Equal(("Init", A, 0u), (init.Types, init.Destination, init.Header.VerificationTag));
            Assert.Equal((AssociationState.CookieWait, tag), (a.State, init.Chunks[0].UInt32(0)));
            Assert.Equal(U32(1200), Assert.Single(init.Chunks[0].Parameters, p => p.Type == 9).Value);
        }

        peer.Send(peer.InitAck([.. peer.AddressList, Cookie(1, 3)]));
        Assert.Empty(peer.Send(StaleCookie()));
        Assert.Equal(AssociationEnd.SetupTimedOut, a.End);
    }

    [Fact, Trait("Requirement", "R-36")]
    public void R_36_after_a_stale_cookie_the_new_one_establishes()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect();
        peer.Host.Send(a, [1, 2, 3]);
        peer.Send(peer.InitAck([.. peer.AddressList, Cookie(1)]));
        peer.Send(StaleCookie());
        var echo = Assert.Single(peer.Send(SetupPackets.Init(ChunkType.InitAck, 0x2222, 9_000, 4, 4, 5, [.. peer.AddressList, Cookie(2)])));
        Assert.Equal(("CookieEcho", 0x2222u), (echo.Types, echo.Header.VerificationTag));
        Assert.Equal([2], echo.Chunks[0].Value);
        var data = Assert.Single(peer.Send(CookieAck()));
        Assert.Equal(("Data", 0x2222u, peer.HostTsn), (data.Types, data.Header.VerificationTag, data.Chunks[0].UInt32(0)));
        Assert.Equal((4, AssociationState.Established), (a.OutboundStreams, a.State));
    }

    [Theory, Trait("Requirement", "R-37")]
    [InlineData(1_000u)]
    [InlineData(0xFFFFFFFFu)]
    public void R_37_a_peer_cannot_make_its_cookie_live_long(uint increment)
    {
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        var cookie = SetupPeer.Open(Assert.Single(peer.SendTagged(0, peer.Init(Parameter(9, U32(increment))))).Chunks[0].Cookie);
        Assert.InRange(cookie.Lifespan, 61 * EngineTime.Second, 70 * EngineTime.Second);
    }

    [Theory, Trait("Requirement", "R-46")]
    [InlineData(20_000)]
    [InlineData(59_000)]
    public void R_46_a_long_cookie_comes_back_byte_for_byte(int length)
    {
        var cookie = new byte[length];
        new Random(1).NextBytes(cookie);
        var peer = new SetupPeer([A]);
        var a = peer.Connect();
        var echo = Assert.Single(peer.Send(peer.InitAck(Cookie(cookie))));
        Assert.Equal("CookieEcho", echo.Types);
        Assert.Equal(cookie, echo.Chunks[0].Value);
        peer.Network.Run(EngineTime.Second);
        Assert.Equal(cookie, Assert.Single(peer.Take()).Chunks[0].Value);
        peer.Send(CookieAck());
        Assert.Equal(AssociationState.Established, a.State);
    }

    [Fact, Trait("Requirement", "R-46"), Trait("Requirement", "R-54")]
    public void R_54_of_thousands_of_addresses_so_many_are_taken_and_no_more()
    {
        byte[][] addresses = [.. Enumerable.Range(0, 8000).Select(i => Address($"10.{1 + (i / 250)}.{i % 250}.7"))];
        var options = new AssociationOptions { MaxPeerAddresses = 64 };
        var peer = new SetupPeer([A]);
        var a = peer.Connect(options);
        Assert.Equal("CookieEcho", Assert.Single(peer.Send(peer.InitAck([Cookie(1), .. addresses.Take(7900)]))).Types);
        Assert.InRange(a.PathCount, 2, 64);
        peer.Send(CookieAck());
        Assert.Equal(AssociationState.Established, a.State);

        peer = new SetupPeer([A]);
        var b = peer.Accept(options, addresses);
        Assert.InRange(b.PathCount, 2, 64);
        Assert.All(peer.Network.Sent, datagram => Assert.InRange(datagram.Packet.Length, 0, 4096));
    }

    [Theory, Trait("Requirement", "R-54")]
    [InlineData(A, B)]
    [InlineData(B, A)]
    [InlineData(A, B, C)]
    [InlineData(B, A, C)]
    [InlineData(B, C)]
    public void R_54_the_limit_is_used_to_the_last_wherever_the_source_stands(params string[] addresses)
    {
        var peer = new SetupPeer([A]);
        Assert.Equal(2, peer.Accept(new AssociationOptions { MaxPeerAddresses = 2 }, [.. addresses.Select(Address)]).PathCount);
    }

    [Fact, Trait("Requirement", "R-54")]
    public void R_54_a_peer_with_too_many_addresses_can_restart_all_the_same()
    {
        byte[][] addresses = [.. Enumerable.Range(0, 100).Select(i => Address($"10.1.0.{i + 1}"))];
        var peer = new SetupPeer([A]);
        peer.Accept(null, addresses);
        Assert.Equal("InitAck", Assert.Single(peer.SendTagged(0, peer.Init(addresses))).Types);
    }

    [Fact, Trait("Requirement", "R-47")]
    public void R_47_beyond_the_limits_an_INIT_and_a_COOKIE_ECHO_are_told_so()
    {
        var peer = new SetupPeer([A], options: new EndpointOptions { MaxAssociations = 1 });
        peer.Host.Listen(5000);
        var early = Assert.Single(peer.SendRaw("10.0.9.9", Packet(7, 5000, 0, peer.Init())));
        peer.Accept();
        CheckAbort(Assert.Single(peer.SendRaw("10.0.9.8", Packet(7, 5000, 0, peer.Init()))));
        CheckAbort(Assert.Single(peer.SendRaw(
            "10.0.9.9", Packet(7, 5000, early.Chunks[0].UInt32(0), CookieEcho(early.Chunks[0].Cookie)))));
        Assert.Equal(1, peer.Host.Endpoint.AssociationCount);

        // A full accept queue is a limit too.
        peer = new SetupPeer([A]);
        var listener = peer.Host.Listen(5000, backlog: 1);
        listener.PendingAccepts = 1;
        CheckAbort(Assert.Single(peer.SendTagged(0, peer.Init())));
        listener.PendingAccepts = 0;
        Assert.Equal("InitAck", Assert.Single(peer.SendTagged(0, peer.Init())).Types);

        static void CheckAbort(SetupPacket abort)
        {
            Assert.Equal(("Abort", SetupPeer.Tag, (byte)0), (abort.Types, abort.Header.VerificationTag, abort.Chunks[0].Flags));
            Assert.Equal(4, Assert.Single(abort.Chunks[0].Parameters).Type);
        }
    }

    private static List<string> Paths(Association a) => [.. Enumerable.Range(0, a.PathCount).Select(i => a.GetPath(i).Remote.ToString())];
}
