using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>sctp_connectx: which addresses stay, which leave, and which are confirmed, once INIT ACK has come.</summary>
public class ConnectxAddressTests
{
    private const string A = "10.0.0.2";
    private const string B = "10.0.1.2";
    private const string C = "10.0.2.2";
    private const string D = "10.0.3.2";

    [Fact, Trait("Requirement", "CX-12")]
    [Trait("Requirement", "R-49")]
    public void CX_12_listed_addresses_are_confirmed_without_a_HEARTBEAT()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(AssociationState.CookieEchoed, new AssociationOptions { PotentiallyFailedMaxRetransmits = byte.MaxValue });
        Assert.Equal([(A, PathState.Active), (B, PathState.Active)], Paths(a));
        Assert.Empty(peer.Send(CookieAck()));

        // HB.interval of 30 s and the RTO of 1 s, half of it less.
        peer.Network.Run((30 * EngineTime.Second) + (400 * EngineTime.Millisecond));
        Assert.Empty(peer.Take());
        peer.Network.Run(2 * EngineTime.Second);
        Assert.Equal([A, B], peer.Take().Where(packet => packet.Types == "Heartbeat").Select(packet => packet.Destination).Order());
        Assert.DoesNotContain(peer.Host.Events[a], e => e.Kind == AssociationEventKind.PathConfirmed);
    }

    [Fact, Trait("Requirement", "CX-13")]
    public void CX_13_an_address_of_the_peers_own_is_probed_with_a_nonce()
    {
        var infos = Enumerable.Range(1, 3).Select(seed =>
        {
            var peer = new SetupPeer([A, B], seed: seed);
            var a = peer.Connect(null, A);
            Assert.Single(peer.Send(peer.InitAck([.. peer.AddressList, Cookie(1)])));
            Assert.Empty(peer.Take());
            peer.Send(CookieAck());
            Assert.Equal([(A, PathState.Active), (B, PathState.Unconfirmed)], Paths(a));
            peer.Network.Run(1);
            var heartbeat = Assert.Single(peer.Take());
            Assert.Equal(("Heartbeat", B), (heartbeat.Types, heartbeat.Destination));
            var info = heartbeat.Chunks[0].HeartbeatInfo;
            peer.SendFrom(B, HeartbeatAck(info));
            Assert.Equal([(A, PathState.Active), (B, PathState.Active)], Paths(a));
            Assert.Contains(peer.Host.Events[a], e => e.Kind == AssociationEventKind.PathConfirmed && e.Address == Host.Address(B));
            return Convert.ToHexString(info.AsSpan(0, 8));
        }).ToList();
        Assert.Equal(3, infos.Distinct().Count());
    }

    [Fact, Trait("Requirement", "CX-13"), Trait("Requirement", "R-48")]
    [Trait("KnownFailure", "address-amplification")]
    public void CX_13_nothing_but_HEARTBEATs_goes_to_an_unconfirmed_address_even_if_the_primary_fails()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect(null, A);
        peer.Send(peer.InitAck([.. peer.AddressList, Cookie(1)]));
        peer.Send(CookieAck());
        peer.Host.Send(a, new byte[5000]);
        peer.SendFrom(B, Data(SetupPeer.InitialTsn, [1, 2, 3]));
        peer.Network.RunUntil(() => a.State == AssociationState.Closed, 10_000 * EngineTime.Second);
        Assert.Equal(AssociationEnd.Unreachable, a.End);
        var sent = peer.Network.Sent.Select(SetupPacket.From).ToList();
        Assert.True(sent.Count(packet => packet.Destination == B) > 2);
        Assert.All(sent.Where(packet => packet.Destination == B), packet => Assert.Equal("Heartbeat", packet.Types));
        Assert.True(sent.Count(packet => packet.Destination == A && packet.Has(ChunkType.Data)) > 10);
    }

    [Fact, Trait("Requirement", "CX-14"), Trait("Requirement", "R-50")]
    public void CX_14_a_forged_HEARTBEAT_ACK_confirms_nothing()
    {
        var peer = new SetupPeer([A, B, C]);
        var a = peer.Connect(new AssociationOptions { HeartbeatMaxBurst = 2 }, A);
        peer.Send(peer.InitAck([.. peer.AddressList, Cookie(1)]));
        peer.Send(CookieAck());
        peer.Network.Run(1);
        var heartbeats = peer.Take();
        Assert.Equal([B, C], heartbeats.Select(heartbeat => heartbeat.Destination));
        var ofB = heartbeats[0].Chunks[0].HeartbeatInfo;
        var ofC = heartbeats[1].Chunks[0].HeartbeatInfo;
        for (var i = 0; i < ofB.Length; i++)
        {
            var forged = (byte[])ofB.Clone();
            forged[i] ^= 0x10;
            peer.SendFrom(B, HeartbeatAck(forged));
        }

        // The nonce of one path with the identifier of the other.
        peer.SendFrom(B, HeartbeatAck([.. ofC[..8], .. ofB[8..]]));
        peer.SendFrom(B, HeartbeatAck(ofB[..^1]));
        peer.SendFrom(B, HeartbeatAck([.. ofB, 0, 0, 0, 0]));
        peer.SendFrom(B, HeartbeatAck());
        Assert.Equal([(A, PathState.Active), (B, PathState.Unconfirmed), (C, PathState.Unconfirmed)], Paths(a));
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(0, a.GetPath(i).Srtt > 0 && i > 0 ? 1 : 0));

        // It names the path it was sent to, wherever the answer comes from.
        peer.SendFrom(A, HeartbeatAck(ofB));
        Assert.Equal([(A, PathState.Active), (B, PathState.Active), (C, PathState.Unconfirmed)], Paths(a));

        // Once is all that it is good for.
        var srtt = a.GetPath(1).Srtt;
        peer.Network.Run(500 * EngineTime.Millisecond);
        peer.SendFrom(B, HeartbeatAck(ofB));
        Assert.Equal(srtt, a.GetPath(1).Srtt);
    }

    [Fact, Trait("Requirement", "CX-15")]
    [Trait("Requirement", "R-92")]
    public void CX_15_lost_data_goes_to_a_listed_second_address_at_once()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(AssociationState.Established);
        peer.Host.Send(a, [1, 2, 3]);
        Assert.Equal(A, Assert.Single(peer.Take()).Destination);
        peer.Network.Run(EngineTime.Second);
        var sent = peer.Take();
        Assert.Equal(("Data", B), sent.Where(packet => packet.Types != "Heartbeat").Select(packet => (packet.Types, packet.Destination)).Single());
        Assert.All(sent.Where(packet => packet.Types == "Heartbeat"), packet => Assert.Equal(A, packet.Destination));
    }

    [Fact, Trait("Requirement", "CX-16"), Trait("Requirement", "R-49")]
    public void CX_16_the_passive_side_confirms_where_its_INIT_ACK_went_and_nothing_else()
    {
        var peer = new SetupPeer([A, B]);
        var b = peer.Accept(null, [.. peer.AddressList, Address(C)]);
        Assert.Equal([(A, PathState.Active), (B, PathState.Unconfirmed), (C, PathState.Unconfirmed)], Paths(b));
    }

    [Theory, Trait("Requirement", "CX-16"), Trait("Requirement", "R-48")]
    [InlineData(1)]
    [InlineData(2)]
    public void CX_16_a_COOKIE_ECHO_from_another_address_is_answered_with_a_nonce_beside_the_COOKIE_ACK(int burst)
    {
        var peer = new SetupPeer([A, B]);
        peer.Host.Listen(5000, new AssociationOptions { HeartbeatMaxBurst = burst });
        var initAck = Assert.Single(peer.SendTagged(0, peer.Init(peer.AddressList)));
        var answer = Assert.Single(peer.SendFrom(B, CookieEcho(initAck[ChunkType.InitAck].Cookie)));
        Assert.Equal(("CookieAck Heartbeat", B), (answer.Types, answer.Destination));
        Assert.Equal([(A, PathState.Active), (B, PathState.Unconfirmed)], Paths(peer.Association));

        // That was the probe of this RTO, and its answer counts.
        peer.Network.Run(500 * EngineTime.Millisecond);
        Assert.Empty(peer.Take());
        peer.SendFrom(B, HeartbeatAck(answer[ChunkType.Heartbeat].HeartbeatInfo));
        Assert.Equal([(A, PathState.Active), (B, PathState.Active)], Paths(peer.Association));
    }

    [Fact, Trait("Requirement", "CX-17")]
    public void CX_17_listed_addresses_that_the_peer_does_not_list_leave()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect(null, D, A, C, B);
        peer.Network.Run(EngineTime.Second);
        Assert.Single(peer.SendFrom(A, peer.InitAck([.. peer.AddressList, Cookie(1)])));
        Assert.Equal([(A, PathState.Active), (B, PathState.Active)], Paths(a));
        Assert.True(a.GetPath(0).IsPrimary);
    }

    [Fact, Trait("Requirement", "CX-17")]
    public void CX_17_the_address_that_answered_becomes_the_primary_path()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect();
        peer.SendFrom(B, peer.InitAck([.. peer.AddressList, Cookie(1)]));
        Assert.Equal(B, Enumerable.Range(0, 2).Select(i => a.GetPath(i)).Single(path => path.IsPrimary).Remote.ToString());
    }

    [Fact, Trait("Requirement", "CX-18")]
    public void CX_18_without_address_parameters_only_the_source_is_left()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect(null, A, B, C);
        Assert.Equal(B, Assert.Single(peer.SendFrom(B, peer.InitAck(Cookie(1)))).Destination);
        Assert.Equal([(B, PathState.Active)], Paths(a));
    }

    [Fact, Trait("Requirement", "CX-19")]
    public void CX_19_discarding_is_no_event_and_no_error()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect(null, A, B, C);
        peer.Send(peer.InitAck([.. peer.AddressList, Cookie(1)]));
        Assert.Empty(peer.Host.Events[a]);
        peer.Send(CookieAck());
        Assert.Equal([AssociationEventKind.Established], peer.Host.Events[a].Select(e => e.Kind));
        Assert.Equal([A, B], Paths(a).Select(path => path.Address));

        // Nor does the endpoint know it any more: a new association may use it.
        Assert.Equal(AssociationState.CookieWait, peer.Host.Connect(7, [C]).State);
    }

    [Fact, Trait("Requirement", "CX-20")]
    public void CX_20_nothing_goes_to_a_discarded_address_whose_turn_it_was()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect(null, A, C);
        peer.Network.Run(EngineTime.Second);
        Assert.Equal(C, Assert.Single(peer.Take()).Destination);
        Assert.Equal(A, Assert.Single(peer.Send(peer.InitAck([.. peer.AddressList, Cookie(1)]))).Destination);
        peer.Send(CookieAck());
        peer.Host.Send(a, [1]);
        peer.Network.RunUntil(() => a.State == AssociationState.Closed, 10_000 * EngineTime.Second);
        Assert.Equal(AssociationEnd.Unreachable, a.End);
        Assert.DoesNotContain(peer.Take(), packet => packet.Destination == C);
    }

    [Fact, Trait("Requirement", "CX-21"), Trait("Requirement", "R-53")]
    public void CX_21_a_packet_from_a_discarded_address_is_taken_by_its_tag_and_answered_elsewhere()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect(null, A, B, C);
        peer.Send(peer.InitAck([.. peer.AddressList, Cookie(1)]));
        peer.Send(CookieAck());
        var sack = Assert.Single(peer.SendFrom(C, Data(SetupPeer.InitialTsn, [1, 2, 3])));
        Assert.Equal(("Sack", A), (sack.Types, sack.Destination));
        Assert.Equal([1, 2, 3], Assert.Single(peer.Host.Received[a]).Payload);
        Assert.Empty(peer.SendFrom(C, Heartbeat(1, 2, 3, 4)));
        peer.Host.Send(a, [9]);
        Assert.Equal(A, Assert.Single(peer.Take()).Destination);
        Assert.Equal([A, B], Paths(a).Select(path => path.Address));
        peer.Network.Run(5 * EngineTime.Second);
        Assert.DoesNotContain(peer.Take(), packet => packet.Destination == C);
    }

    [Fact, Trait("Requirement", "CX-22")]
    public void CX_22_an_unlisted_source_sends_the_COOKIE_ECHO_to_a_listed_survivor()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect(null, C, B);
        var echo = Assert.Single(peer.SendFrom(A, peer.InitAck([.. peer.AddressList, Cookie(1)])));
        Assert.Equal(("CookieEcho", B), (echo.Types, echo.Destination));
        Assert.Equal([(A, PathState.Unconfirmed), (B, PathState.Active)], Paths(a).Order());
        Assert.Equal(B, Enumerable.Range(0, 2).Select(i => a.GetPath(i)).Single(path => path.IsPrimary).Remote.ToString());
    }

    [Fact, Trait("Requirement", "CX-22")]
    public void CX_22_with_no_listed_address_left_a_nonce_goes_with_the_COOKIE_ECHO()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect(null, C, D);
        var echo = Assert.Single(peer.SendFrom(A, peer.InitAck([.. peer.AddressList, Cookie(1, 2, 3)])));
        Assert.Equal(("CookieEcho Heartbeat", A), (echo.Types, echo.Destination));
        Assert.Equal([(A, PathState.Unconfirmed), (B, PathState.Unconfirmed)], Paths(a));

        // The same again with a new nonce, and nothing but that.
        var start = peer.Network.Now;
        peer.Network.Run(10 * EngineTime.Second);
        var again = peer.Take();
        Assert.Equal([1, 3, 7], again.Select(packet => (packet.Datagram.SentAt - start) / EngineTime.Second));
        Assert.All(again, packet => Assert.Equal(("CookieEcho Heartbeat", A), (packet.Types, packet.Destination)));

        peer.Send(CookieAck(), HeartbeatAck(again[^1][ChunkType.Heartbeat].HeartbeatInfo));
        Assert.Equal((AssociationState.Established, PathState.Active), (a.State, a.GetPath(0).State));
    }

    [Fact, Trait("Requirement", "CX-22"), Trait("Requirement", "R-48")]
    public void CX_22_data_waits_until_an_address_is_confirmed()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect(null, C, D);
        peer.SendFrom(A, peer.InitAck([.. peer.AddressList, Cookie(1, 2, 3)]));
        peer.Host.Send(a, [1, 2, 3]);
        peer.Send(CookieAck());
        Assert.Equal(AssociationState.Established, a.State);
        peer.Network.Run(5 * EngineTime.Second);
        var probes = peer.Take();
        Assert.All(probes, packet => Assert.Equal("Heartbeat", packet.Types));
        var data = Assert.Single(peer.SendFrom(B, HeartbeatAck(probes.Last(packet => packet.Destination == B).Chunks[0].HeartbeatInfo)));
        Assert.Equal(("Data", B), (data.Types, data.Destination));
    }

    [Fact, Trait("Requirement", "CX-22"), Trait("Requirement", "R-35")]
    public void CX_22_no_HEARTBEAT_leaves_without_its_COOKIE_ECHO_whatever_the_timers_are()
    {
        // A peer without a TCB would answer a HEARTBEAT with an ABORT that ends the attempt.
        var options = new AssociationOptions { RtoMin = 100 * EngineTime.Millisecond };
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect(options, C);
        peer.Network.Run(50 * EngineTime.Millisecond);
        peer.SendFrom(A, peer.InitAck([.. peer.AddressList, Cookie(1, 2, 3)]));
        peer.Network.RunUntil(() => a.State == AssociationState.Closed, 1000 * EngineTime.Second);
        Assert.All(peer.Take(), packet => Assert.Equal("CookieEcho Heartbeat", packet.Types));
    }

    [Fact, Trait("Requirement", "CX-22")]
    public void CX_22_a_cookie_too_long_for_an_unconfirmed_address_ends_the_attempt()
    {
        var peer = new SetupPeer([A]);
        var a = peer.Connect(null, C);
        var abort = Assert.Single(peer.Send(peer.InitAck(Cookie(new byte[1240]))));
        Assert.Equal(("Abort", A, SetupPeer.Tag), (abort.Types, abort.Destination, abort.Header.VerificationTag));
        Assert.Equal(AssociationEnd.Refused, a.End);
    }

    [Fact, Trait("Requirement", "CX-22"), Trait("Requirement", "R-36")]
    public void CX_22_a_stale_cookie_on_unconfirmed_addresses_alone_does_no_harm()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect(null, C, D);
        peer.Send(peer.InitAck([.. peer.AddressList, Cookie(1, 2, 3)]));
        var sent = peer.Send(StaleCookie());

        // connectx 4.10: no confirmed address is left to send an INIT to.
        Assert.DoesNotContain(sent, packet => packet.Has(ChunkType.Init));
        Assert.Equal(AssociationState.Closed, a.State);
    }

    private static List<(string Address, PathState State)> Paths(Association a) =>
        [.. Enumerable.Range(0, a.PathCount).Select(i => (a.GetPath(i).Remote.ToString(), a.GetPath(i).State))];
}
