using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Path verification and HEARTBEAT (RFC 9260, 5.4, 8.3), and the UDP port of each path (RFC 6951).</summary>
public class PathsTests
{
    private const string A = "10.0.0.2";
    private const string B = "10.0.1.2";

    [Theory, Trait("Requirement", "R-51")]
    [InlineData(1)]
    [InlineData(3)]
    [Trait("KnownFailure", "address-amplification")]
    public void R_51_a_hundred_addresses_that_are_not_there_cost_a_probe_per_RTO_and_no_more(int burst)
    {
        byte[][] fakes = [.. Enumerable.Range(1, 100).Select(i => Address($"10.1.0.{i}"))];
        var peer = new SetupPeer([A]);
        var a = peer.Accept(new AssociationOptions { HeartbeatMaxBurst = burst }, fakes);
        var start = peer.Network.Now;
        peer.Network.Run(300 * EngineTime.Second);
        var probes = peer.Take().Where(packet => packet.Destination != A).ToList();
        Assert.All(probes, packet => Assert.Equal("Heartbeat", packet.Types));
        Assert.All(
            probes.GroupBy(packet => (packet.Datagram.SentAt - start) / EngineTime.Second), group => Assert.InRange(group.Count(), 0, burst));
        Assert.True(probes.Select(packet => packet.Destination).Distinct().Count() > 40, "each address gets its turn");
        Assert.Equal(AssociationState.Established, a.State);
        Assert.Contains(Enumerable.Range(0, a.PathCount).Select(i => a.GetPath(i)), path => path.State == PathState.Unconfirmed && path.ErrorCount > 0);
        Assert.DoesNotContain(peer.Host.Events[a], e => e.Kind is AssociationEventKind.Ended or AssociationEventKind.PathInactive && e.Address != Host.Address(A));
    }

    [Theory, Trait("Requirement", "R-52")]
    [InlineData(nameof(AssociationState.CookieWait), false)]
    [InlineData(nameof(AssociationState.CookieEchoed), true)]
    [InlineData(nameof(AssociationState.Established), true)]
    [InlineData(nameof(AssociationState.ShutdownPending), true)]
    [InlineData(nameof(AssociationState.ShutdownSent), true)]
    [InlineData(nameof(AssociationState.ShutdownReceived), true)]
    public void R_52_a_HEARTBEAT_is_echoed_byte_for_byte_to_its_source(string state, bool answered)
    {
        var peer = new SetupPeer([A, B]);
        peer.BringTo(Enum.Parse<AssociationState>(state));
        foreach (var source in peer.Addresses)
        {
            foreach (var length in (int[])[0, 1, 7, 64, 1000])
            {
                var info = new byte[length];
                new Random(length).NextBytes(info);
                var answer = peer.SendFrom(source, Heartbeat(info)).Where(packet => packet.Has(ChunkType.HeartbeatAck)).ToList();
                Assert.Equal(answered ? 1 : 0, answer.Count);
                if (answered)
                {
                    Assert.Equal(source, answer[0].Destination);
                    Assert.Equal(info, answer[0][ChunkType.HeartbeatAck].HeartbeatInfo[..length]);
                }
            }
        }
    }

    [Theory, Trait("Requirement", "R-52")]
    [InlineData(1_400)]
    [InlineData(60_000)]
    [Trait("KnownFailure", "reply-amplification")]
    public void R_52_a_HEARTBEAT_too_long_for_the_path_is_not_answered(int length)
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(AssociationState.Established);
        Assert.Empty(peer.Send(Heartbeat(new byte[length])));
        Assert.Single(peer.Send(Heartbeat(new byte[length]), Heartbeat(1)));
        Assert.Equal(AssociationState.Established, a.State);
    }

    [Fact, Trait("Requirement", "R-52")]
    public void R_52_a_HEARTBEAT_ACK_may_go_to_an_unconfirmed_address()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Accept(null, peer.AddressList);
        var ack = Assert.Single(peer.SendFrom(B, Heartbeat(1, 2, 3)));
        Assert.Equal(("HeartbeatAck", B), (ack.Types, ack.Destination));
        Assert.Equal(PathState.Unconfirmed, a.GetPath(1).State);
    }

    [Fact, Trait("Requirement", "R-48")]
    public void R_48_data_from_an_unconfirmed_address_is_acknowledged_to_a_confirmed_one()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.Accept(null, peer.AddressList);
        var sack = Assert.Single(peer.SendFrom(B, Data(SetupPeer.InitialTsn, [1])));
        Assert.Equal(("Sack", A), (sack.Types, sack.Destination));
        Assert.Single(peer.Host.Received[a]);
    }

    [Fact, Trait("Requirement", "R-53")]
    public void R_53_a_stranger_with_the_right_tag_is_heard_and_never_answered()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(AssociationState.Established);
        var sack = Assert.Single(peer.SendFrom("10.9.9.9", Data(SetupPeer.InitialTsn, [1])));
        Assert.Equal(("Sack", A), (sack.Types, sack.Destination));
        Assert.Single(peer.Host.Received[a]);
        Assert.Empty(peer.SendFrom("10.9.9.9", Heartbeat(1, 2)));
        Assert.Empty(peer.SendFrom("10.9.9.9", Chunk((ChunkType)0xFE, 0, 1)));
        peer.Host.Send(a, new byte[3000]);
        peer.Network.Run(20 * EngineTime.Second);
        Assert.DoesNotContain(peer.Network.Sent, datagram => datagram.Destination == Host.Address("10.9.9.9"));
        Assert.Equal(2, a.PathCount);
    }

    [Fact, Trait("Requirement", "R-114")]
    public void R_114_a_port_is_learnt_from_the_right_tag_alone()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(AssociationState.Established);
        var data = Data(SetupPeer.InitialTsn, [1]);
        peer.SendRaw(A, Packet(7, 5000, a.LocalTag + 1, data), udpPort: 666);
        peer.SendRaw(A, Packet(7, 5000, SetupPeer.Tag, ShutdownComplete(true)), udpPort: 666);
        peer.SendRaw(A, Packet(7, 5000, SetupPeer.Tag, Abort(true)), udpPort: 666);
        peer.SendRaw(A, Packet(7, 5000, 0, peer.Init()), udpPort: 666);
        peer.SendRaw(A, Packet(8, 5000, a.LocalTag, data), udpPort: 666);
        Assert.Equal(AssociationState.Established, a.State);
        Assert.Equal([9899, 9899], Ports(a));

        var sack = Assert.Single(peer.SendRaw(A, Packet(7, 5000, a.LocalTag, data), udpPort: 4321));
        Assert.Equal((A, (ushort)4321), (sack.Destination, sack.Datagram.DestinationUdpPort));
        Assert.Equal([4321, 9899], Ports(a));

        // What finds the association by its address, finds it by the new port.
        Assert.Equal("InitAck", Assert.Single(peer.SendRaw(A, Packet(7, 5000, 0, peer.Init()), udpPort: 4321)).Types);
        Assert.Equal("Abort", Assert.Single(peer.SendRaw(A, Packet(7, 5000, 0, peer.Init()), udpPort: 9899)).Types);
        Assert.Empty(peer.SendRaw(A, Packet(7, 5000, SetupPeer.Tag, Abort(true)), udpPort: 4321));
        Assert.Equal(AssociationEnd.AbortedByPeer, a.End);
    }

    [Fact, Trait("Requirement", "R-114")]
    public void R_114_a_packet_without_UDP_turns_encapsulation_off_for_its_path()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(AssociationState.Established);
        var size = LargestPacket();
        peer.SendRaw(A, Packet(7, 5000, peer.HostTag, Data(SetupPeer.InitialTsn, [1])), udpPort: 0);
        Assert.Equal([0, 9899], Ports(a));
        peer.SendRaw(B, Packet(7, 5000, peer.HostTag, Data(SetupPeer.InitialTsn + 1, [1], ssn: 1)), udpPort: 0);
        Assert.Equal([0, 0], Ports(a));
        Assert.Equal(size + 8, LargestPacket());
        peer.SendRaw(A, Packet(7, 5000, peer.HostTag, Data(SetupPeer.InitialTsn + 2, [1], ssn: 2)), udpPort: 77);
        peer.SendRaw(B, Packet(7, 5000, peer.HostTag, Data(SetupPeer.InitialTsn + 3, [1], ssn: 3)), udpPort: 78);
        Assert.Equal([77, 78], Ports(a));
        Assert.Equal(size, LargestPacket());

        int LargestPacket()
        {
            peer.Take();
            peer.Host.Send(a, new byte[2500]);
            var packets = peer.Take();
            peer.Send(Sack(packets.Max(packet => packet.Chunks[^1].UInt32(0))));
            return packets.Max(packet => packet.Datagram.Packet.Length);
        }
    }

    [Fact, Trait("Requirement", "R-114")]
    public void R_114_answers_without_an_association_go_to_the_port_they_are_asked_from()
    {
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        var initAck = Ask(Packet(7, 5000, 0, peer.Init()), 1001, "InitAck");
        Ask(Packet(7, 5001, 0, peer.Init()), 1002, "Abort");
        Ask(Packet(7, 5000, 99, Data(1, [1])), 1003, "Abort");
        Ask(Packet(7, 5000, 99, ShutdownAck()), 1004, "ShutdownComplete");
        peer.Network.Run(61 * EngineTime.Second);
        Ask(Packet(7, 5000, initAck.Chunks[0].UInt32(0), CookieEcho(initAck.Chunks[0].Cookie)), 1005, "Error");

        // Where an association exists: a restart's INIT ACK, and the ABORT for added addresses.
        initAck = Ask(Packet(7, 5000, 0, peer.Init()), 2000, "InitAck");
        Ask(Packet(7, 5000, initAck.Chunks[0].UInt32(0), CookieEcho(initAck.Chunks[0].Cookie)), 2001, "CookieAck");
        Assert.Equal([2001], Ports(peer.Association));
        Ask(Packet(7, 5000, 0, peer.Init()), 2001, "InitAck");
        Ask(Packet(7, 5000, 0, peer.Init(Address(B))), 2001, "Abort");
        Assert.Equal([2001], Ports(peer.Association));

        SetupPacket Ask(byte[] packet, ushort port, string answer)
        {
            var sent = Assert.Single(peer.SendRaw(A, packet, udpPort: port));
            Assert.Equal((answer, A, port), (sent.Types, sent.Destination, sent.Datagram.DestinationUdpPort));
            return sent;
        }
    }

    [Fact, Trait("Requirement", "R-114")]
    public void R_114_two_clients_behind_one_address_with_the_same_SCTP_port_do_not_collide()
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, ["10.0.0.1"]);
        server.Listen(7);
        var first = new Host(network, 2, [A], udpPort: 40001);
        var second = new Host(network, 3, [A], udpPort: 40002);
        var a = first.Connect(7, ["10.0.0.1"]);
        var b = second.Connect(7, ["10.0.0.1"]);
        network.Run(EngineTime.Second);
        Assert.Equal((AssociationState.Established, AssociationState.Established), (a.State, b.State));
        Assert.Equal(2, server.Endpoint.AssociationCount);
        first.Send(a, [1]);
        second.Send(b, [2]);
        network.Run(EngineTime.Second);
        Assert.Equal([[1], [2]], server.Associations.Select(association => Assert.Single(server.Received[association]).Payload));
        server.Send(server.Associations[0], [3]);
        server.Send(server.Associations[1], [4]);
        network.Run(EngineTime.Second);
        Assert.Equal([3], Assert.Single(first.Received[a]).Payload);
        Assert.Equal([4], Assert.Single(second.Received[b]).Payload);

        // The first client's NAT gives it another port: its tag still finds its association, and the peer's words follow it.
        network.Remove(first);
        var peerTag = server.Associations[0].LocalTag;
        var tsn = SetupPacket.From(network.Sent.First(datagram => datagram.SourceUdpPort == 40001)).Chunks[0].UInt32(12);
        server.Deliver(
            new PacketInfo(Host.Address(A), Host.Address("10.0.0.1"), 40003), Packet(5000, 7, peerTag, Data(tsn + 1, [5], ssn: 1)));
        Assert.Equal([5], server.Received[server.Associations[0]][^1].Payload);
        Assert.Equal(40003, server.Associations[0].GetPath(0).RemoteUdpPort);
        Assert.Equal(40002, server.Associations[1].GetPath(0).RemoteUdpPort);
    }

    private static List<int> Ports(Association a) => [.. Enumerable.Range(0, a.PathCount).Select(i => (int)a.GetPath(i).RemoteUdpPort)];
}
