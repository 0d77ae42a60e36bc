using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>The limits of a whole stack on what strangers may start: each is answered by an ABORT, Out of Resource.</summary>
public class SetupLimitsTests
{
    private const string A = "10.0.0.2";

    [Fact, Trait("Requirement", "R-47")]
    public void R_47_one_address_has_only_so_many_associations_and_another_is_not_hurt()
    {
        var peer = NewPeer(new EndpointOptions { MaxAssociationsPerAddress = 2 });
        var first = SetUp(peer, A, 1);
        SetUp(peer, A, 2);
        AssertRefused(SendInit(peer, A, 3));
        SetUp(peer, "10.0.0.3", 3);
        AssertRefused(SendInit(peer, A, 3));

        // One that ends makes room for the next.
        peer.Host.Step(first, a => a.Abort(null, peer.Network.Now));
        SetUp(peer, A, 3);
        AssertRefused(SendInit(peer, A, 4));
    }

    [Fact, Trait("Requirement", "R-47")]
    public void R_47_a_cookie_given_out_below_the_limit_is_refused_above_it()
    {
        var peer = NewPeer(new EndpointOptions { MaxAssociationsPerAddress = 1 });
        var early = SendInit(peer, A, 9);
        SetUp(peer, A, 1);

        // The address that counts is the one that the INIT ACK went to, wherever the cookie comes back from.
        AssertRefused(SendCookie(peer, "10.0.9.9", 9, early));
        AssertRefused(SendCookie(peer, A, 9, early));
        Assert.Equal(1, peer.Host.Endpoint.AssociationCount);
    }

    [Fact, Trait("Requirement", "R-47")]
    public void R_47_the_addresses_of_one_IPv6_network_count_as_one()
    {
        var peer = NewPeer(new EndpointOptions { MaxAssociationsPerAddress = 1 });
        SetUp(peer, "2001:db8::1", 1);
        AssertRefused(SendInit(peer, "2001:db8::ffff:1", 2));
        SetUp(peer, "2001:db8:0:1::1", 2);
    }

    [Fact, Trait("Requirement", "R-47")]
    public void R_47_one_address_gets_only_so_many_INIT_ACKs_a_second()
    {
        var peer = NewPeer(new EndpointOptions { MaxSetupsPerSecondPerAddress = 3 });
        for (ushort port = 1; port <= 3; port++)
        {
            Assert.Equal("InitAck", SendInit(peer, A, port).Types);
        }

        AssertRefused(SendInit(peer, A, 4));
        Assert.Equal("InitAck", SendInit(peer, "10.0.0.3", 4).Types);
        peer.Network.Run(EngineTime.Second);
        Assert.Equal("InitAck", SendInit(peer, A, 4).Types);
    }

    [Fact, Trait("Requirement", "R-47")]
    public void R_47_INITs_into_a_living_association_are_limited_too()
    {
        var peer = NewPeer(new EndpointOptions { MaxSetupsPerSecondPerAddress = 3 });
        var a = SetUp(peer, A, 7);
        SendInit(peer, A, 7);
        SendInit(peer, A, 7);
        AssertRefused(SendInit(peer, A, 7));
        Assert.Equal(AssociationState.Established, a.State);
    }

    [Fact, Trait("Requirement", "R-47"), Trait("Requirement", "R-45")]
    public void R_47_cookies_of_one_address_make_only_so_many_associations_a_second()
    {
        var peer = NewPeer(new EndpointOptions { MaxSetupsPerSecondPerAddress = 3 });
        var initAck = SendInit(peer, A, 1);
        for (var i = 0; i < 3; i++)
        {
            // A cookie is good for another association once the one it made has gone.
            Assert.Equal("CookieAck", SendCookie(peer, A, 1, initAck).Types);
            peer.Host.Step(peer.Association, a => a.Abort(null, peer.Network.Now));
        }

        AssertRefused(SendCookie(peer, A, 1, initAck));
        Assert.Equal(0, peer.Host.Endpoint.AssociationCount);
    }

    [Fact, Trait("Requirement", "R-47")]
    public void R_47_spoofed_addresses_neither_grow_the_table_nor_use_up_an_honest_ones_share()
    {
        var limit = new SourceRateLimit(perSecond: 100, new SeededRandom(1));
        var honest = Host.Address("192.0.2.1");
        Assert.True(limit.TryTake(honest, 0));
        var random = new SeededRandom(2);
        Span<byte> bytes = stackalloc byte[4];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200_000; i++)
        {
            random.Fill(bytes);
            limit.TryTake(IPAddressValue.FromIPv4(bytes), i);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        var taken = 0;
        while (limit.TryTake(honest, EngineTime.Second - 1))
        {
            taken++;
        }

        Assert.InRange(taken, 20, 100);
    }

    [Fact, Trait("Requirement", "R-47")]
    public void R_47_an_address_at_its_limit_does_not_take_others_with_it()
    {
        var limit = new SourceRateLimit(perSecond: 1, new SeededRandom(1));
        var refused = 0;
        for (var i = 0; i < 2_000; i++)
        {
            refused += limit.TryTake(IPAddressValue.FromIPv4([10, 0, (byte)(i >> 8), (byte)i]), 0) ? 0 : 1;
        }

        // Each of them is refused only if it shares both cells with others: with 2,000 of 4,096 cells in use one in sixteen does.
        Assert.InRange(refused, 0, 200);
        Assert.False(limit.TryTake(Host.Address("10.0.0.1"), 0));
    }

    [Fact, Trait("Requirement", "R-47"), Trait("Requirement", "R-21")]
    public void R_47_the_refusals_themselves_are_limited()
    {
        var peer = NewPeer(new EndpointOptions { MaxAssociationsPerAddress = 1, OutOfTheBlueRepliesPerSecond = 2 });
        var early = SendInit(peer, A, 9);
        SetUp(peer, A, 1);
        AssertRefused(SendInit(peer, A, 2));
        AssertRefused(SendCookie(peer, A, 9, early));
        Assert.Empty(peer.SendRaw(A, Packet(2, 5000, 0, peer.Init())));
        peer.Network.Run(EngineTime.Second);
        AssertRefused(SendInit(peer, A, 2));
    }

    [Fact, Trait("Requirement", "R-47")]
    public void R_47_associations_that_are_nobodys_yet_are_limited_over_all_listeners_and_connects()
    {
        var peer = NewPeer(new EndpointOptions { MaxHalfOpenAssociations = 3 });
        var other = peer.Host.Listen(5001);
        other.PendingAccepts = 1;
        var first = Connect(1);
        var second = Connect(2);
        AssertRefused(SendInit(peer, A, 1));
        var request = new ConnectRequest(3, peer.Host.Addresses, [new PeerAddress(Host.Address(A), 9899)], 7, AssociationOptions.Default);
        Assert.Equal(ConnectStatus.TooManyAssociations, peer.Host.Endpoint.Connect(request, peer.Network.Now, out _));

        // One comes up, one is given up, one is accepted.
        peer.HostPort = 1;
        peer.HostTag = first.LocalTag;
        peer.Send(peer.InitAck(Cookie(1)));
        Assert.Equal(AssociationState.CookieEchoed, first.State);
        AssertRefused(SendInit(peer, A, 1));
        peer.HostTag = first.LocalTag;
        peer.Send(CookieAck());
        Assert.Equal(AssociationState.Established, first.State);
        var third = Connect(3);
        AssertRefused(SendInit(peer, A, 1));
        peer.Host.Step(second, a => a.Abort(null, peer.Network.Now));
        Assert.Equal("InitAck", SendInit(peer, A, 1).Types);
        Connect(4);
        AssertRefused(SendInit(peer, A, 1));
        other.PendingAccepts = 0;
        Assert.Equal("InitAck", SendInit(peer, A, 1).Types);
        Assert.Equal(AssociationState.CookieWait, third.State);

        Association Connect(ushort port) => peer.Host.Connect(7, [A], localPort: port);
    }

    private static SetupPeer NewPeer(EndpointOptions options)
    {
        var peer = new SetupPeer([A], ["10.0.0.1", "2001:db8::99"], options: options);
        peer.Host.Listen(5000);
        return peer;
    }

    private static SetupPacket SendInit(SetupPeer peer, string source, ushort port) => Ask(peer, source, Packet(port, 5000, 0, peer.Init()));

    private static SetupPacket SendCookie(SetupPeer peer, string source, ushort port, SetupPacket initAck) =>
        Ask(peer, source, Packet(port, 5000, initAck.Chunks[0].UInt32(0), CookieEcho(initAck.Chunks[0].Cookie)));

    private static SetupPacket Ask(SetupPeer peer, string source, byte[] packet)
    {
        peer.To = source.Contains(':') ? "2001:db8::99" : "10.0.0.1";
        return Assert.Single(peer.SendRaw(source, packet));
    }

    private static Association SetUp(SetupPeer peer, string source, ushort port)
    {
        Assert.StartsWith("CookieAck", SendCookie(peer, source, port, SendInit(peer, source, port)).Types);
        return peer.Association;
    }

    private static void AssertRefused(SetupPacket abort)
    {
        Assert.Equal(("Abort", SetupPeer.Tag, (byte)0), (abort.Types, abort.Header.VerificationTag, abort.Chunks[0].Flags));
        Assert.Equal(4, Assert.Single(abort.Chunks[0].Parameters).Type);
    }
}
