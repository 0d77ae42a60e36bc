using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>sctp_connectx: where INITs and COOKIE ECHOs go, when, how often, and how an attempt ends.</summary>
public class ConnectxInitTests
{
    private const string A = "10.0.0.2";
    private const string B = "10.0.1.2";
    private const string C = "10.0.2.2";

    [Fact, Trait("Requirement", "CX-01")]
    public void CX_01_one_address_is_an_ordinary_connect()
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, [A]);
        var client = new Host(network, 2, ["10.0.0.1"], udpPort: 40000);
        server.Listen(7);
        var a = client.Connect(7, [A]);
        network.Run(EngineTime.Second);
        Assert.Equal(AssociationState.Established, a.State);
        Assert.Equal(["Init", "InitAck", "CookieEcho", "CookieAck"], network.Sent.Select(d => SetupPacket.From(d).Types));
    }

    [Fact, Trait("Requirement", "CX-03")]
    [Trait("Requirement", "R-34")]
    public void CX_03_after_a_dead_address_the_next_is_asked_one_T1_later()
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, [B]);
        var client = new Host(network, 2, ["10.0.0.1", "10.0.1.1"], udpPort: 40000);
        server.Listen(7);
        var start = network.Now;
        var a = client.Connect(7, [A, B]);
        network.Run(20 * EngineTime.Second);
        Assert.Equal(AssociationState.Established, a.State);
        Assert.Equal([(0, A), (EngineTime.Second, B)], Inits(network, start));
    }

    [Fact, Trait("Requirement", "CX-04"), Trait("Requirement", "R-34")]
    public void CX_04_INITs_go_round_the_list_in_order()
    {
        var network = new VirtualNetwork();
        var client = new Host(network, 2, ["10.0.0.1"]);
        var start = network.Now;
        client.Connect(7, [A, B, C]);
        network.Run(1000 * EngineTime.Second);
        Assert.Equal([A, B, C, A, B, C, A, B, C], Inits(network, start).Select(init => init.Destination));
    }

    [Fact, Trait("Requirement", "CX-05")]
    [Trait("Requirement", "R-34")]
    public void CX_05_the_wait_doubles_once_per_round()
    {
        var network = new VirtualNetwork();
        var client = new Host(network, 2, ["10.0.0.1"]);
        var start = network.Now;
        client.Connect(7, [A, B]);
        network.Run(1000 * EngineTime.Second);
        Assert.Equal([1, 1, 2, 2, 4, 4, 8, 8], Gaps(Inits(network, start)).Select(gap => gap / EngineTime.Second));
    }

    [Fact, Trait("Requirement", "CX-05")]
    public void CX_05_the_wait_is_capped_by_the_init_timeout_and_by_RTO_Max()
    {
        var options = new AssociationOptions
        {
            RtoInitial = 200 * EngineTime.Millisecond,
            RtoMin = 200 * EngineTime.Millisecond,
            MaxInitTimeout = 500 * EngineTime.Millisecond,
        };
        Assert.Equal([200, 200, 400, 400, 500, 500, 500, 500], GapsWith(options));
        Assert.Equal([200, 200, 300, 300, 300, 300, 300, 300], GapsWith(options with { RtoMax = 300 * EngineTime.Millisecond }));

        static IEnumerable<long> GapsWith(AssociationOptions options)
        {
            var network = new VirtualNetwork();
            var client = new Host(network, 2, ["10.0.0.1"]);
            var start = network.Now;
            client.Connect(7, [A, B], options);
            network.Run(1000 * EngineTime.Second);
            return Gaps(Inits(network, start)).Select(gap => gap / EngineTime.Millisecond);
        }
    }

    [Fact, Trait("Requirement", "CX-06")]
    public void CX_06_each_of_twelve_addresses_is_tried_once()
    {
        string[] listed = [.. Enumerable.Range(1, 12).Select(i => $"10.0.3.{i}")];
        var network = new VirtualNetwork();
        var client = new Host(network, 2, ["10.0.0.1"]);
        var start = network.Now;
        var a = client.Connect(7, listed);
        network.Run(1000 * EngineTime.Second);
        Assert.Equal(listed.Select((address, i) => (i * EngineTime.Second, address)), Inits(network, start));
        Assert.Equal(AssociationEnd.SetupTimedOut, a.End);
    }

    [Fact, Trait("Requirement", "CX-07")]
    public void CX_07_an_address_without_a_route_gives_its_turn_to_the_next_at_once()
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, [B]);
        var client = new Host(network, 2, ["10.0.0.1"], udpPort: 40000);
        server.Listen(7);
        var start = network.Now;
        var a = client.Connect(7, [A, B]);
        client.Step(a, x => x.ReportSendFailure(Host.Address(A), Host.Address("10.0.0.1"), network.Now));
        network.Run(EngineTime.Second);
        Assert.Equal([(0, A), (0, B)], Inits(network, start));
        Assert.Equal(AssociationState.Established, a.State);
    }

    [Fact, Trait("Requirement", "CX-07")]
    public void CX_07_a_failed_send_counts_as_an_attempt()
    {
        var network = new VirtualNetwork();
        var client = new Host(network, 2, ["10.0.0.1"]);
        var start = network.Now;
        var a = client.Connect(7, [A, B]);
        for (var seen = 0; a.State != AssociationState.Closed;)
        {
            var inits = Inits(network, start);
            if (inits.Count > seen && inits[seen++].Destination == A)
            {
                client.Step(a, x => x.ReportSendFailure(Host.Address(A), Host.Address("10.0.0.1"), network.Now));
                continue;
            }

            network.Run(100 * EngineTime.Millisecond);
        }

        Assert.Equal([A, B, A, B, A, B, A, B, A], Inits(network, start).Select(init => init.Destination));
        Assert.Equal(AssociationEnd.SetupTimedOut, a.End);
    }

    [Fact, Trait("Requirement", "CX-07")]
    public void CX_07_when_no_address_can_be_sent_to_the_attempt_ends_at_once()
    {
        var network = new VirtualNetwork();
        var client = new Host(network, 2, ["10.0.0.1"]);
        var start = network.Now;
        var a = client.Connect(7, [A, B, C]);
        foreach (var address in (string[])[A, B, C])
        {
            Assert.Equal(AssociationState.CookieWait, a.State);
            client.Step(a, x => x.ReportSendFailure(Host.Address(address), Host.Address("10.0.0.1"), network.Now));
        }

        Assert.Equal(AssociationEnd.NoRoute, a.End);
        Assert.Equal([(0, A), (0, B), (0, C)], Inits(network, start));
    }

    [Theory, Trait("Requirement", "CX-08"), Trait("Requirement", "R-34")]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(5, 6)]
    [InlineData(8, 9)]
    [Trait("Requirement", "R-106")]
    public void CX_08_unanswered_it_ends_after_the_exact_number_of_INITs(int retransmits, int inits)
    {
        var network = new VirtualNetwork();
        var client = new Host(network, 2, ["10.0.0.1"]);
        var start = network.Now;
        var a = client.Connect(7, [A], new AssociationOptions { MaxInitRetransmits = retransmits });
        network.RunUntil(() => a.State == AssociationState.Closed, 10_000 * EngineTime.Second);
        Assert.Equal(inits, Inits(network, start).Count);
        Assert.Equal(AssociationEnd.SetupTimedOut, a.End);
        var waits = Enumerable.Range(0, inits).Sum(i => Math.Min(1L << i, 60));
        Assert.Equal(waits * EngineTime.Second, network.Now - start);
        Assert.Equal(0, client.Endpoint.AssociationCount);
        var ended = Assert.Single(client.Events[a]);
        Assert.Equal(AssociationEventKind.Ended, ended.Kind);

        // Nothing of it is left: the same addresses can be used again, under another id.
        var again = client.Connect(7, [A]);
        Assert.NotEqual(a.Id, again.Id);
    }

    [Fact, Trait("Requirement", "CX-09")]
    public void CX_09_a_late_INIT_ACK_is_as_good_and_a_second_one_is_ignored()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect();
        peer.Network.Run(EngineTime.Second);
        Assert.Equal(B, Assert.Single(peer.Take()).Destination);
        var echo = Assert.Single(peer.SendFrom(A, peer.InitAck([.. peer.AddressList, Cookie(1, 1, 1, 1)])));
        Assert.Equal(("CookieEcho", A), (echo.Types, echo.Destination));
        Assert.Equal([1, 1, 1, 1], echo.Chunks[0].Value);
        Assert.Equal(SetupPeer.Tag, echo.Header.VerificationTag);
        peer.AssertIgnored(a, B, Packet(7, 5000, peer.HostTag, peer.InitAck([.. peer.AddressList, Cookie(2, 2, 2, 2)])));
        Assert.Equal(AssociationState.CookieEchoed, a.State);
    }

    [Theory, Trait("Requirement", "CX-09"), Trait("Requirement", "R-90")]
    [InlineData(1)]
    [InlineData(2)]
    public void CX_09_the_RTT_is_learnt_from_INITs_and_COOKIE_ECHOs_sent_once_alone(int times)
    {
        var peer = new SetupPeer([A]);
        var a = peer.Connect();
        peer.Network.Run(((times - 1) * EngineTime.Second) + (40 * EngineTime.Millisecond));
        peer.Send(peer.InitAck(Cookie(1)));
        Assert.Equal(times == 1 ? 40 * EngineTime.Millisecond : 0, a.GetPath(0).Srtt);
        peer.Network.Run((2 * (times - 1) * EngineTime.Second) + (40 * EngineTime.Millisecond));
        peer.Send(CookieAck());
        Assert.Equal(times == 1 ? 40 * EngineTime.Millisecond : 0, a.GetPath(0).Srtt);
    }

    [Fact, Trait("Requirement", "CX-10"), Trait("Requirement", "R-34")]
    public void CX_10_a_lost_COOKIE_ECHO_goes_to_the_other_address_next()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect();
        var first = Assert.Single(peer.Send(peer.InitAck([.. peer.AddressList, Cookie(1, 2, 3)])));
        var start = peer.Network.Now;
        peer.Network.RunUntil(() => a.State == AssociationState.Closed, 1000 * EngineTime.Second);
        List<SetupPacket> echoes = [first, .. peer.Take()];

        // The peer may live, and hear only us: one bare ABORT tells it.
        Assert.Equal((SetupPeer.Tag, "Abort"), (echoes[^1].Header.VerificationTag, echoes[^1].Types));
        Assert.Empty(echoes[^1].Chunks[0].Parameters);
        echoes.RemoveAt(echoes.Count - 1);
        Assert.All(echoes, echo => Assert.Equal(first.Datagram.Packet, echo.Datagram.Packet));
        Assert.Equal([A, B, A, B, A, B, A, B, A], echoes.Select(echo => echo.Destination));
        Assert.Equal(
            [0, 1, 2, 4, 6, 10, 14, 22, 30], echoes.Select(echo => (echo.Datagram.SentAt - start) / EngineTime.Second));
        Assert.Equal(AssociationEnd.SetupTimedOut, a.End);
    }

    [Fact, Trait("Requirement", "CX-11")]
    [Trait("Requirement", "R-34")]
    public void CX_11_all_INITs_of_an_attempt_are_the_same_bytes()
    {
        var network = new VirtualNetwork();
        var client = new Host(network, 2, ["10.0.0.1", "10.0.1.1", "10.0.2.1"]);
        client.Connect(7, [A, B, C]);
        network.Run(1000 * EngineTime.Second);
        Assert.Equal(9, network.Sent.Count);
        Assert.Single(network.Sent.Select(datagram => Convert.ToHexString(datagram.Packet)).Distinct());

        // The list holds every source an INIT left from.
        var listed = SetupPacket.From(network.Sent[0])[ChunkType.Init].Parameters.Where(p => p.Type == 5).Select(p => string.Join('.', p.Value));
        Assert.Equal(["10.0.0.1", "10.0.1.1", "10.0.2.1"], listed.Order());
        Assert.Equal(["10.0.0.1", "10.0.1.1", "10.0.2.1"], network.Sent.Select(datagram => datagram.Source.ToString()).Distinct().Order());
    }

    [Fact, Trait("Requirement", "CX-11")]
    public void CX_11_one_source_lists_no_address()
    {
        var network = new VirtualNetwork();
        var client = new Host(network, 2, ["10.0.0.1"]);
        client.Connect(7, [A, B]);
        Assert.DoesNotContain(SetupPacket.From(network.Sent[0])[ChunkType.Init].Parameters, p => p.Type is 5 or 6);
    }

    [Fact, Trait("Requirement", "CX-37")]
    public void CX_37_an_ABORT_refuses_the_whole_attempt()
    {
        var network = new VirtualNetwork();
        _ = new Host(network, 1, [A, B]);
        var client = new Host(network, 2, ["10.0.0.1"], udpPort: 40000);
        var start = network.Now;
        var a = client.Connect(7, [A, B]);
        network.Run(100 * EngineTime.Second);
        Assert.Equal(AssociationEnd.Refused, a.End);
        Assert.Equal([(0, A)], Inits(network, start));
        Assert.Equal(AssociationEventKind.Ended, Assert.Single(client.Events[a]).Kind);
    }

    [Fact, Trait("Requirement", "CX-37")]
    public void CX_37_the_next_host_of_a_name_is_asked_when_the_first_refuses()
    {
        var network = new VirtualNetwork();
        _ = new Host(network, 1, [A]);
        var server = new Host(network, 3, [B]);
        server.Listen(7);
        var client = new Host(network, 2, ["10.0.0.1"], udpPort: 40000);
        var start = network.Now;
        var a = client.Connect(7, [A, B], mayBeDifferentHosts: true);
        Assert.True(network.RunUntil(() => a.State == AssociationState.Established, EngineTime.Second));
        Assert.Equal([A, B], Inits(network, start).Select(init => init.Item2));
        Assert.Equal(1, a.PathCount);
    }

    [Fact, Trait("Requirement", "CX-37")]
    public void CX_37_a_name_is_refused_when_all_its_hosts_refuse()
    {
        var network = new VirtualNetwork();
        _ = new Host(network, 1, [A]);
        _ = new Host(network, 3, [B]);
        var client = new Host(network, 2, ["10.0.0.1"], udpPort: 40000);
        var start = network.Now;
        var a = client.Connect(7, [A, B], mayBeDifferentHosts: true);
        network.Run(EngineTime.Second);
        Assert.Equal(AssociationEnd.Refused, a.End);
        Assert.Equal([A, B], Inits(network, start).Select(init => init.Item2));
    }

    [Fact, Trait("Requirement", "R-128")]
    public void R_128_a_packet_too_long_for_the_carrier_lowers_the_PMTU_of_its_path()
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, [A]);
        server.Listen(7);
        var client = new Host(network, 2, ["10.0.0.1"], udpPort: 40000);
        var a = client.Connect(7, [A]);
        Assert.True(network.RunUntil(() => a.State == AssociationState.Established, EngineTime.Second));
        client.Step(a, x => x.ReportTooBig(Host.Address(A), 1_000));
        var from = network.Sent.Count;
        client.Send(a, new byte[5_000]);
        Assert.True(network.RunUntil(() => server.Received[server.Associations[0]] is [{ Complete: true }], 5 * EngineTime.Second));
        Assert.All(network.Sent.Skip(from), datagram => Assert.True(datagram.Packet.Length <= 750));
        Assert.True(a.GetPath(0).Mtu < 1_000);
    }

    [Theory, Trait("Requirement", "CX-37")]
    [InlineData(0, true, false)]
    [InlineData(1, false, false)]
    [InlineData(0, false, true)]
    public void CX_37_only_our_tag_with_T_clear_refuses(uint tagOffset, bool reflected, bool refuses)
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Connect();
        Assert.Empty(peer.SendTagged(peer.HostTag + tagOffset, Abort(reflected)));
        Assert.Equal(refuses ? AssociationState.Closed : AssociationState.CookieWait, a.State);
    }

    [Theory, Trait("Requirement", "CX-39")]
    [InlineData(AssociationState.CookieWait)]
    [InlineData(AssociationState.CookieEchoed)]
    public void CX_39_a_cancelled_attempt_leaves_nothing(object state)
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo((AssociationState)state);
        peer.Take();
        peer.Host.Step(a, x => x.Abort("cancelled", peer.Network.Now));
        var sent = peer.Take();
        if (state is AssociationState.CookieWait)
        {
            // The peer's tag isn't known.
            Assert.Empty(sent);
        }
        else
        {
            var abort = Assert.Single(sent);
            Assert.Equal(("Abort", SetupPeer.Tag), (abort.Types, abort.Header.VerificationTag));
            Assert.Equal(0, abort.Chunks[0].Flags);
        }

        Assert.Equal(AssociationEnd.AbortedLocally, a.End);
        Assert.Equal(0, peer.Host.Endpoint.AssociationCount);
        peer.Network.Run(1000 * EngineTime.Second);
        Assert.Empty(peer.Take());
        Assert.Equal(AssociationEventKind.Ended, Assert.Single(peer.Host.Events[a]).Kind);

        // Late answers find nothing.
        Assert.Equal("Abort", Assert.Single(peer.Send(peer.InitAck(Cookie(1)))).Types);
        Assert.Empty(peer.Send(CookieAck()));
    }

    [Theory, Trait("Requirement", "CX-40")]
    [InlineData(AssociationState.CookieWait, ConnectStatus.AlreadyConnecting)]
    [InlineData(AssociationState.CookieEchoed, ConnectStatus.AlreadyConnecting)]
    [InlineData(AssociationState.Established, ConnectStatus.AlreadyConnected)]
    [InlineData(AssociationState.ShutdownSent, ConnectStatus.AlreadyConnected)]
    public void CX_40_an_overlapping_list_is_refused(object state, object status)
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo((AssociationState)state);
        peer.Take();
        var before = peer.Snapshot(a);
        var request = new ConnectRequest(
            5000, peer.Host.Addresses, [new PeerAddress(Host.Address(C), 9899), new PeerAddress(Host.Address(B), 9899)], 7, AssociationOptions.Default);
        Assert.Equal((ConnectStatus)status, peer.Host.Endpoint.Connect(request, peer.Network.Now, out var second));
        Assert.Null(second);
        Assert.Equal(before, peer.Snapshot(a));
        Assert.Equal(1, peer.Host.Endpoint.AssociationCount);

        // Another local port is another association.
        Assert.Equal(ConnectStatus.Started, peer.Host.Endpoint.Connect(request with { LocalPort = 5001 }, peer.Network.Now, out _));
    }

    [Theory, Trait("Requirement", "CX-41")]
    [InlineData(true)]
    [InlineData(false)]
    public void CX_41_an_INIT_that_arrives_after_all_is_up_breaks_nothing(bool multiHomedClient)
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, [A, B]);
        var client = new Host(network, 2, multiHomedClient ? ["10.0.0.1", "10.0.1.1"] : ["10.0.0.1"], udpPort: 40000);
        server.Listen(7);
        Datagram? delayed = null;
        network.Drop = datagram =>
        {
            if (delayed is null && datagram.Destination == Host.Address(A))
            {
                delayed = datagram;
                return true;
            }

            return false;
        };
        var a = client.Connect(7, [A, B]);
        network.Run(10 * EngineTime.Second);
        Assert.Equal(AssociationState.Established, a.State);
        var b = Assert.Single(server.Associations);
        var tags = (a.LocalTag, a.PeerTag, b.LocalTag, b.PeerTag);

        server.Deliver(new PacketInfo(delayed!.Source, delayed.Destination, delayed.SourceUdpPort), delayed.Packet);
        network.Run(5 * EngineTime.Second);
        Assert.Equal(tags, (a.LocalTag, a.PeerTag, b.LocalTag, b.PeerTag));
        Assert.Equal((AssociationState.Established, AssociationState.Established), (a.State, b.State));
        Assert.Single(server.Associations);
        client.Send(a, [1, 2, 3]);
        server.Send(b, [4, 5]);
        network.Run(EngineTime.Second);
        Assert.Equal([1, 2, 3], Assert.Single(server.Received[b]).Payload);
        Assert.Equal([4, 5], Assert.Single(client.Received[a]).Payload);
    }

    private static List<(long After, string Destination)> Inits(VirtualNetwork network, long start) =>
        [.. network.Sent.Where(datagram => SetupPacket.From(datagram).Chunks[0].Type == ChunkType.Init)
            .Select(datagram => (datagram.SentAt - start, datagram.Destination.ToString()))];

    private static IEnumerable<long> Gaps(List<(long After, string)> inits) => inits.Zip(inits.Skip(1), (x, y) => y.After - x.After);
}
