using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>ICMP messages that answer our packets, told true from forged by what they quote (RFC 9260, 10; RFC 6951, 5.5).</summary>
[Trait("Requirement", "R-24")]
public class IcmpTests
{
    private const string A = "10.0.0.2";
    private const string B = "10.0.1.2";
    private const string Us = "10.0.0.1";

    [Theory]
    [InlineData(1_000, 1_000)]
    [InlineData(1_001, 1_001)]
    [InlineData(1_279, 1_279)]
    [InlineData(1_280, 1_280)]
    [InlineData(9_000, 1_280)]
    [InlineData(576, 576)]
    [InlineData(68, 576)]
    public void R_24_packet_too_big_lowers_the_PMTU_of_its_path_down_to_what_IPv4_carries(int told, int mtu)
    {
        var (peer, a) = Establish();
        Tell(peer, a, IcmpKind.PacketTooBig, Quote(SetupPeer.Tag), mtu: told);
        Assert.Equal((mtu, 1_280), (a.GetPath(0).Mtu, a.GetPath(1).Mtu));
    }

    [Fact]
    public void R_24_packet_too_big_without_a_size_is_a_guess_below()
    {
        var (peer, a) = Establish();
        Tell(peer, a, IcmpKind.PacketTooBig, Quote(SetupPeer.Tag), mtu: 0);
        Assert.InRange(a.GetPath(0).Mtu, 576, 1_200);
    }

    [Theory]
    [InlineData(1_400, 1_400)]
    [InlineData(1_280, 1_280)]
    [InlineData(600, 1_280)]
    public void R_24_no_IPv6_path_falls_below_1280(int told, int mtu)
    {
        var peer = new SetupPeer(["2001:db8::2"], ["2001:db8::1"]) { To = "2001:db8::1" };
        var a = peer.BringTo(AssociationState.Established, new AssociationOptions { InitialPathMtu = 1_500 });
        var icmp = new IcmpMessage(IcmpKind.PacketTooBig, Host.Address("2001:db8::1"), Host.Address("2001:db8::2"), 9899, told);
        peer.Host.Step(a, x => x.ReceiveIcmp(icmp, Quote(SetupPeer.Tag), peer.Network.Now));
        Assert.Equal(mtu, a.GetPath(0).Mtu);
    }

    /// <summary>Everything it can say, with one thing wrong in what it quotes.</summary>
    [Theory]
    [InlineData("the peer's tag and one")]
    [InlineData("our own tag")]
    [InlineData("tag 0 and no chunk")]
    [InlineData("tag 0 and DATA")]
    [InlineData("tag 0 and an INIT of somebody's")]
    [InlineData("an INIT of ours, cut short")]
    [InlineData("a header cut short")]
    [InlineData("another port of ours")]
    [InlineData("another port of the peer's")]
    [InlineData("an address that is not the peer's")]
    [InlineData("an address that is not ours")]
    [InlineData("another UDP port")]
    [InlineData("no UDP")]
    public void R_24_what_is_forged_does_nothing(string what)
    {
        foreach (var state in (AssociationState[])[AssociationState.CookieWait, AssociationState.CookieEchoed, AssociationState.Established, AssociationState.ShutdownAckSent])
        {
            var peer = new SetupPeer([A, B]);
            var a = peer.BringTo(state);
            var tag = state == AssociationState.CookieWait ? 0 : SetupPeer.Tag;
            var quote = state == AssociationState.CookieWait ? QuoteInit(peer.HostTag) : Quote(tag);
            var (local, remote, udpPort) = (Us, A, (ushort)9899);
            switch (what)
            {
                case "the peer's tag and one": quote = Quote(SetupPeer.Tag + 1); break;
                case "our own tag": quote = Quote(peer.HostTag); break;
                case "tag 0 and no chunk": quote = Quote(0); break;
                case "tag 0 and DATA": quote = [.. Quote(0), .. Data(1, [1])]; break;
                case "tag 0 and an INIT of somebody's": quote = QuoteInit(peer.HostTag + 1); break;
                case "an INIT of ours, cut short": quote = QuoteInit(peer.HostTag)[..19]; break;
                case "a header cut short": quote = quote[..7]; break;
                case "another port of ours": quote = [.. U16(5001), .. quote[2..]]; break;
                case "another port of the peer's": quote = [.. quote[..2], .. U16(8), .. quote[4..]]; break;
                case "an address that is not the peer's": remote = "10.0.0.77"; break;
                case "an address that is not ours": local = "10.0.0.77"; break;
                case "another UDP port": udpPort = 9898; break;
                case "no UDP": udpPort = 0; break;
            }

            var before = peer.Snapshot(a);
            foreach (var kind in Enum.GetValues<IcmpKind>())
            {
                Assert.Empty(Tell(peer, a, kind, quote, 1_000, local, remote, udpPort));
                Assert.Equal(before, peer.Snapshot(a));
            }
        }
    }

    [Fact]
    public void R_24_the_endpoint_finds_the_association_by_what_is_quoted()
    {
        var (peer, a) = Establish();
        var endpoint = peer.Host.Endpoint;
        var icmp = new IcmpMessage(IcmpKind.Unreachable, Host.Address(Us), Host.Address(B), 9899);
        Assert.Same(a, endpoint.FindByIcmp(icmp, Quote(123)));
        Assert.Null(endpoint.FindByIcmp(icmp, Quote(123).AsSpan(0, 7)));
        Assert.Null(endpoint.FindByIcmp(icmp with { RemoteUdpPort = 0 }, Quote(123)));
        Assert.Null(endpoint.FindByIcmp(icmp with { Remote = Host.Address("10.0.7.2") }, Quote(123)));
        Assert.Null(endpoint.FindByIcmp(icmp, [.. U16(5000), .. U16(8), .. U32(123)]));
    }

    [Theory]
    [InlineData(nameof(AssociationState.CookieEchoed), nameof(AssociationEnd.Refused))]
    [InlineData(nameof(AssociationState.Established), nameof(AssociationEnd.AbortedByPeer))]
    [InlineData(nameof(AssociationState.ShutdownPending), nameof(AssociationEnd.AbortedByPeer))]
    [InlineData(nameof(AssociationState.ShutdownSent), nameof(AssociationEnd.AbortedByPeer))]
    [InlineData(nameof(AssociationState.ShutdownReceived), nameof(AssociationEnd.AbortedByPeer))]
    [InlineData(nameof(AssociationState.ShutdownAckSent), nameof(AssociationEnd.Graceful))]
    public void R_24_protocol_unreachable_is_like_an_ABORT_with_the_T_bit(string state, string end)
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(Enum.Parse<AssociationState>(state));
        Assert.Empty(Tell(peer, a, IcmpKind.ProtocolUnreachable, Quote(SetupPeer.Tag)));
        Assert.Equal((AssociationState.Closed, Enum.Parse<AssociationEnd>(end)), (a.State, a.End));
    }

    [Fact]
    public void R_24_port_unreachable_means_the_same_behind_UDP()
    {
        var (peer, a) = Establish();
        Assert.Empty(Tell(peer, a, IcmpKind.PortUnreachable, Quote(SetupPeer.Tag)));
        Assert.Equal(AssociationEnd.AbortedByPeer, a.End);
        Assert.Contains(A, peer.Host.Events[a][^1].Detail);
    }

    [Fact]
    public void R_24_port_unreachable_means_nothing_directly_over_IP()
    {
        var peer = new SetupPeer([A, B], udpPort: 0);
        var a = peer.BringTo(AssociationState.Established);
        var before = peer.Snapshot(a);
        Assert.Empty(Tell(peer, a, IcmpKind.PortUnreachable, Quote(SetupPeer.Tag), udpPort: 0));
        Assert.Equal(before, peer.Snapshot(a));
        Tell(peer, a, IcmpKind.ProtocolUnreachable, Quote(SetupPeer.Tag), udpPort: 0);
        Assert.Equal(AssociationEnd.AbortedByPeer, a.End);
    }

    [Fact]
    public void R_24_a_refused_address_gives_way_to_the_next_at_once_and_is_not_asked_again()
    {
        var peer = new SetupPeer([A, B, "10.0.2.2"]);
        var a = peer.Connect();
        Assert.Equal(["Init to " + B], Sent(Tell(peer, a, IcmpKind.ProtocolUnreachable, QuoteInit(peer.HostTag))));
        peer.Network.Run(EngineTime.Second);
        Assert.Equal(["Init to 10.0.2.2"], Sent(peer.Take()));

        // Nobody is left who was not asked, or may still answer.
        peer.Network.Run(EngineTime.Second);
        Assert.Empty(peer.Take());
        Assert.Equal(AssociationEnd.Refused, a.End);
    }

    [Fact]
    public void R_24_when_the_only_address_refuses_the_attempt_ends()
    {
        var peer = new SetupPeer([A]);
        var a = peer.Connect();
        Assert.Empty(Tell(peer, a, IcmpKind.PortUnreachable, QuoteInit(peer.HostTag)));
        Assert.Equal(AssociationEnd.Refused, a.End);
    }

    [Fact]
    public void R_24_when_the_last_address_refuses_one_before_may_still_answer()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect(new AssociationOptions { ConnectAttemptDelay = 250 * EngineTime.Millisecond });
        peer.Network.Run(300 * EngineTime.Millisecond);
        Assert.Equal(["Init to " + B], Sent(peer.Take()));
        Assert.Empty(Tell(peer, a, IcmpKind.ProtocolUnreachable, QuoteInit(peer.HostTag), remote: B));
        Assert.Equal(AssociationState.CookieWait, a.State);
        peer.Send(peer.InitAck([.. peer.AddressList, Cookie(1, 2, 3, 4)]));
        Assert.Equal(AssociationState.CookieEchoed, a.State);
    }

    [Fact]
    public void R_24_when_nobody_answers_after_a_refusal_it_is_a_refusal()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect(new AssociationOptions { ConnectAttemptDelay = 250 * EngineTime.Millisecond });
        peer.Network.Run(300 * EngineTime.Millisecond);
        Tell(peer, a, IcmpKind.ProtocolUnreachable, QuoteInit(peer.HostTag), remote: B);
        peer.Network.Run(EngineTime.Second);
        Assert.Equal(AssociationEnd.Refused, a.End);
    }

    [Fact]
    public void R_24_an_INIT_quoted_late_does_nothing()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(AssociationState.CookieEchoed);
        var before = peer.Snapshot(a);
        Assert.Empty(Tell(peer, a, IcmpKind.ProtocolUnreachable, QuoteInit(peer.HostTag)));
        Assert.Equal(before, peer.Snapshot(a));
    }

    [Fact, Trait("Requirement", "R-75")]
    public void R_75_what_was_cut_for_more_leaves_again_at_once_and_congestion_control_is_not_told()
    {
        var (peer, a) = Establish();
        peer.Host.Send(a, new byte[3_000]);
        var window = a.GetPath(0).CongestionWindow;
        var before = TsnsOf(peer.Take());
        Assert.Equal(3, before.Count);
        var again = Tell(peer, a, IcmpKind.PacketTooBig, Quote(SetupPeer.Tag), mtu: 1_000);
        Assert.Equal(before[..2], TsnsOf(again));
        Assert.Equal(window, a.GetPath(0).CongestionWindow);

        // Told twice, once done.
        Assert.Empty(Tell(peer, a, IcmpKind.PacketTooBig, Quote(SetupPeer.Tag), mtu: 1_000));
        peer.Send(Sack(before[^1]));
        Assert.Equal(0, a.BufferedBytes);
        peer.Host.Send(a, new byte[3_000]);
        Assert.All(peer.Take(), packet => Assert.InRange(packet.Datagram.Packet.Length, 0, 1_000 - 28));
    }

    private static (SetupPeer Peer, Association Association) Establish()
    {
        var peer = new SetupPeer([A, B]);
        return (peer, peer.BringTo(AssociationState.Established));
    }

    private static List<SetupPacket> Tell(
        SetupPeer peer, Association association, IcmpKind kind, byte[] quoted, int mtu = 0, string local = Us, string remote = A, ushort udpPort = 9899)
    {
        peer.Take();
        var icmp = new IcmpMessage(kind, Host.Address(local), Host.Address(remote), udpPort, mtu);
        peer.Host.Step(association, x => x.ReceiveIcmp(icmp, quoted, peer.Network.Now));
        return peer.Take();
    }

    // What a router quotes at least: ports and tag.
    private static byte[] Quote(uint tag) => [.. U16(5000), .. U16(7), .. U32(tag)];

    private static byte[] QuoteInit(uint initiateTag) => [.. Quote(0), .. U32(0), 1, 0, 0, 20, .. U32(initiateTag)];

    private static IEnumerable<string> Sent(List<SetupPacket> packets) => packets.Select(packet => $"{packet.Types} to {packet.Destination}");

    private static List<uint> TsnsOf(List<SetupPacket> packets) =>
        [.. packets.SelectMany(packet => packet.Chunks).Where(chunk => chunk.Type == ChunkType.Data).Select(chunk => chunk.UInt32(0))];
}
