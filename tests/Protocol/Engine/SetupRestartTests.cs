using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>The peer restarts (RFC 9260, 5.2.4 A).</summary>
public class SetupRestartTests
{
    private const string A = "10.0.0.2";
    private const string B = "10.0.1.2";

    [Fact, Trait("Requirement", "R-44")]
    public void R_44_a_restart_keeps_the_id_and_voids_all_data_of_before()
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, [A, B]);
        var client = new Host(network, 2, ["10.0.0.1", "10.0.1.1"]);
        server.Listen(7);
        var a = client.Connect(7, [A, B]);
        network.Run(EngineTime.Second);
        var b = server.Associations[0];
        var id = b.Id;
        client.Send(a, [1], stream: 2);
        server.Send(b, [2], stream: 2);
        network.Run(EngineTime.Second);

        // Half of a message has come, and a message of ours is under way, when the client dies.
        network.Drop = datagram => SetupPacket.From(datagram) is var packet && packet.Has(ChunkType.Data)
            && network.Sent.Count(d => d.SentAt == network.Now) > 2;
        client.Send(a, new byte[100_000]);
        network.Run(20 * EngineTime.Millisecond);
        network.Drop = null;
        network.Remove(client);
        server.Send(b, new byte[3000]);
        var unsent = server.Released[b].Count;
        network.Run(10 * EngineTime.Second);

        var reborn = new Host(network, 3, ["10.0.0.1", "10.0.1.1"]);
        var c = reborn.Connect(7, [A, B]);
        network.RunUntil(() => c.State == AssociationState.Established, 10 * EngineTime.Second);
        Assert.Equal(AssociationState.Established, c.State);
        Assert.Single(server.Associations);
        Assert.Equal((id, AssociationState.Established), (b.Id, b.State));
        Assert.Equal((c.LocalTag, c.PeerTag), (b.PeerTag, b.LocalTag));
        Assert.Equal(AssociationEventKind.Restarted, server.Events[b].Last(e => e.Kind is not (AssociationEventKind.PathConfirmed or AssociationEventKind.PathActive)).Kind);
        Assert.DoesNotContain(server.Events[b], e => e.Kind == AssociationEventKind.Ended);
        var released = Assert.Single(server.Released[b].Skip(unsent));
        Assert.False(released.Acknowledged);
        Assert.Equal(0, b.BufferedBytes);
        Assert.Equal(1, server.Endpoint.AssociationCount);

        // Streams count from 0 again, and nothing of before is joined to what comes now.
        var before = server.Received[b].Count;
        reborn.Send(c, [3, 3, 3], stream: 2);
        server.Send(b, [4, 4], stream: 2);
        network.Run(5 * EngineTime.Second);
        Assert.Equal([3, 3, 3], Assert.Single(server.Received[b].Skip(before)).Payload);
        Assert.Equal(0, server.Received[b][^1].Part.StreamSequence);
        Assert.Equal([4, 4], Assert.Single(reborn.Received[c]).Payload);
        Assert.True(server.Received[b].Take(before).All(message => message.Complete));
    }

    [Fact, Trait("Requirement", "R-44")]
    public void R_44_whichever_packet_of_the_restart_is_lost_it_comes_about()
    {
        for (var lost = 0; lost < 8; lost++)
        {
            var network = new VirtualNetwork();
            var server = new Host(network, 1, [A, B]);
            var client = new Host(network, 2, ["10.0.0.1"]);
            server.Listen(7);
            client.Connect(7, [A, B]);
            network.Run(EngineTime.Second);
            network.Remove(client);
            var reborn = new Host(network, 3, ["10.0.0.1"]);
            var count = 0;
            network.Drop = _ => count++ == lost;
            var c = reborn.Connect(7, [A, B]);
            network.Run(10 * EngineTime.Second);
            var b = Assert.Single(server.Associations);
            Assert.Equal((AssociationState.Established, AssociationState.Established), (b.State, c.State));
            Assert.Equal((c.LocalTag, c.PeerTag), (b.PeerTag, b.LocalTag));
            Assert.Single(server.Events[b], e => e.Kind == AssociationEventKind.Restarted);
            reborn.Send(c, [1]);
            network.Run(5 * EngineTime.Second);
            Assert.Single(server.Received[b]);
        }
    }

    [Theory, Trait("Requirement", "R-44")]
    [InlineData(nameof(AssociationState.Established))]
    [InlineData(nameof(AssociationState.ShutdownPending))]
    [InlineData(nameof(AssociationState.ShutdownSent))]
    [InlineData(nameof(AssociationState.ShutdownReceived))]
    public void R_44_a_restart_in_each_state_starts_from_the_beginning(string state)
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(Enum.Parse<AssociationState>(state));
        var id = a.Id;

        // Errors and back-off are there to be forgotten.
        peer.Network.Run(5 * EngineTime.Second);
        peer.Take();
        var initAck = Assert.Single(peer.SendTagged(0, SetupPackets.Init(ChunkType.Init, 0x1111, 50_000, 3, 4, 77, peer.AddressList)));
        var answer = peer.Send(CookieEcho(initAck[ChunkType.InitAck].Cookie));
        Assert.Equal(("CookieAck", 0x1111u), (answer[0].Types, answer[0].Header.VerificationTag));
        Assert.Equal((AssociationState.Established, id, 4, 3), (a.State, a.Id, a.OutboundStreams, a.InboundStreams));
        Assert.Equal([PathState.Active, PathState.Unconfirmed], Enumerable.Range(0, 2).Select(i => a.GetPath(i).State));
        var path = a.GetPath(0);
        Assert.Equal((EngineTime.Second, 0L, 0, 0), (path.Rto, path.Srtt, path.ErrorCount, path.BytesInFlight));
        Assert.Equal(new SetupPeer([A]).BringTo(AssociationState.Established).GetPath(0).CongestionWindow, path.CongestionWindow);
        Assert.All(peer.Host.Released[a], message => Assert.False(message.Acknowledged));

        // The old tag is a stranger's now.
        Assert.Empty(peer.SendTagged(SetupPeer.Tag, Abort(true)));
        peer.Send(Data(77, [9, 9]));
        Assert.Equal([9, 9], Assert.Single(peer.Host.Received[a]).Payload);
        peer.Host.Send(a, [5]);
        var data = peer.Take()[^1];
        Assert.Equal((peer.HostTsn, 0x1111u), (data[ChunkType.Data].UInt32(0), data.Header.VerificationTag));
        peer.Network.Run(EngineTime.Second / 2);
        Assert.DoesNotContain(peer.Take(), packet => packet.Has(ChunkType.Shutdown));
    }

    [Fact, Trait("Requirement", "R-44")]
    public void R_44_in_SHUTDOWN_ACK_SENT_the_cookie_is_refused_with_an_ERROR_and_the_SHUTDOWN_ACK()
    {
        var peer = new SetupPeer([A, B]);
        var a = peer.BringTo(AssociationState.Established);
        var cookie = Assert.Single(peer.SendTagged(0, SetupPackets.Init(ChunkType.Init, 0x1111, 50_000, 3, 4, 77, peer.AddressList)))[ChunkType.InitAck].Cookie;
        var newTag = peer.HostTag;
        Assert.Equal("ShutdownAck", Assert.Single(peer.SendTagged(a.LocalTag, Shutdown(SetupPacket.From(peer.Network.Sent[0]).Chunks[0].UInt32(12) - 1))).Types);
        var answer = Assert.Single(peer.SendTagged(newTag, CookieEcho(cookie)));
        Assert.True(answer.Has(ChunkType.ShutdownAck));
        Assert.Equal(10, Assert.Single(answer[ChunkType.Error].Parameters).Type);
        Assert.Equal(AssociationState.ShutdownAckSent, a.State);
        Assert.DoesNotContain(peer.Host.Events[a], e => e.Kind == AssociationEventKind.Restarted);
    }
}
