using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>What a peer may say that no honest one would: nothing of it throws, or ends anybody else's association.</summary>
public class HostilePeerTests
{
    private readonly VirtualNetwork _network = new();

    [Fact]
    [Trait("Requirement", "R-42")]
    public void R_42_a_late_collision_does_not_pull_away_the_streams_of_data_under_way()
    {
        var client = new Host(_network, 1, ["10.0.0.1"], udpPort: 40000);
        var a = client.Connect(7, ["10.0.0.9"]);
        var peer = new ScriptedPeer(_network, client, port: 7, hostPort: 5000);

        // Before it answers the INIT, the peer gets itself a cookie that allows one stream only.
        peer.SendInit(streams: 1, tag: 99);
        var cookie = ScriptedPeer.CookieOf(peer.Received()[^1], out _);
        peer.Accept();
        client.Send(a, new byte[100_000], stream: 5);
        peer.Send((ref PacketWriter w) => CookieEchoChunk.Write(ref w, cookie));

        _network.Run(5 * EngineTime.Second);
        peer.SendSack(a.SentChunks.NextTsn - 1);
        Assert.Equal(AssociationState.Established, a.State);
        Assert.Equal(10, a.OutboundStreams);
    }

    [Fact]
    public void A_stale_cookie_error_when_no_address_is_confirmed_ends_the_set_up()
    {
        var client = new Host(_network, 1, ["10.0.0.1"], udpPort: 40000);
        var a = client.Connect(7, ["10.0.0.99"]);

        // It answers from an address that nobody listed, and names one more: none of them is confirmed.
        var peer = new ScriptedPeer(_network, client, port: 7, hostPort: 5000);
        peer.SendInitAck(addresses: "10.0.0.77");
        Assert.Contains(ChunkType.CookieEcho, peer.ReceivedTypes());
        peer.Send((ref PacketWriter w) =>
        {
            ErrorChunk.Begin(ref w);
            Causes.WriteStaleCookie(ref w, 1);
            w.EndChunk();
        });

        Assert.Equal(AssociationState.Closed, a.State);
        Assert.Equal(AssociationEnd.SetupTimedOut, a.End);
    }

    [Fact]
    public void A_restart_while_shutting_down_is_answered_as_far_as_there_is_room()
    {
        var server = new Host(_network, 1, ["10.0.0.2"]);
        server.Listen(7);
        var peer = new ScriptedPeer(_network, server);
        var b = peer.Connect();
        peer.SendInit(tag: 99);
        var cookie = ScriptedPeer.CookieOf(peer.Received()[^1], out var newTag);
        peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, b.SentChunks.NextTsn - 1));
        Assert.Equal(AssociationState.ShutdownAckSent, b.State);

        // The answer to this HEARTBEAT fills the packet that the ERROR would go into.
        var room = (b.GetPath(0).Mtu - 28 - PacketHeader.Size) & ~3;
        peer.SendInBatch(b.LocalTag, (ref PacketWriter w) => HeartbeatChunk.Write(ref w, ChunkType.Heartbeat, new byte[room - 8]));
        peer.SendInBatch(newTag, (ref PacketWriter w) => CookieEchoChunk.Write(ref w, cookie));
        server.Drain(b);
        Assert.Contains(ChunkType.HeartbeatAck, peer.ReceivedTypes());
    }

    [Fact]
    [Trait("Requirement", "R-54")]
    public void R_54_a_cookie_holds_no_more_addresses_than_there_is_room_for()
    {
        var server = new Host(_network, 1, [.. Enumerable.Range(1, 200).Select(i => $"fd00::1:{i:x}"), "fd00::2"]);
        server.Listen(7, AssociationOptions.Default with { MaxPeerAddresses = 1_000 });
        var peer = new ScriptedPeer(_network, server, address: "fd00::9");
        peer.SendInit(addresses: [.. Enumerable.Range(1, 1_000).Select(i => $"fd00::3:{i:x}")]);
        var cookie = ScriptedPeer.CookieOf(peer.Received()[^1], out var tag);
        peer.Send(tag, (ref PacketWriter w) => CookieEchoChunk.Write(ref w, cookie));
        Assert.Equal(AssociationState.Established, server.Associations[0].State);

        // And so it is where the association exists already.
        peer.SendInit(addresses: [.. Enumerable.Range(1, 1_000).Select(i => $"fd00::3:{i:x}")]);
        Assert.NotEmpty(peer.Received());
    }

    [Fact]
    [Trait("Requirement", "R-110")]
    public void R_110_a_shutdown_that_no_address_may_be_told_of_ends_all_the_same()
    {
        var client = new Host(_network, 1, ["10.0.0.1"], udpPort: 40000);
        var a = client.Connect(7, ["10.0.0.99"]);

        // It answers from an address that nobody listed and never answers a HEARTBEAT there: only those may go to it.
        var peer = new ScriptedPeer(_network, client, port: 7, hostPort: 5000);
        peer.Accept();
        peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, a.SentChunks.NextTsn - 1));
        Assert.Equal(AssociationState.ShutdownAckSent, a.State);
        Assert.True(_network.RunUntil(() => a.State == AssociationState.Closed, 1_000 * EngineTime.Second));
        Assert.Equal(AssociationEnd.Unreachable, a.End);
    }

    [Fact]
    [Trait("Requirement", "R-125")]
    public void R_125_a_packet_acknowledges_once()
    {
        var client = new Host(_network, 1, ["10.0.0.1"], udpPort: 40000);
        var a = client.Connect(7, ["10.0.0.9"]);
        var peer = new ScriptedPeer(_network, client, port: 7, hostPort: 5000);
        peer.Accept();
        client.Send(a, new byte[3_000]);
        var first = a.SentChunks.FirstTsn;
        Assert.True(a.SentChunks.Count > 1);

        // Thousands would fit into one packet, each a walk over all that is outstanding.
        peer.Send((ref PacketWriter w) =>
        {
            SackChunk.Write(ref w, first, 100_000, default, default);
            SackChunk.Write(ref w, first + 1, 100_000, default, default);
        });
        Assert.Equal(first + 1, a.SentChunks.FirstTsn);
    }

    [Fact]
    [Trait("Requirement", "R-42")]
    public void A_restart_whose_association_has_ended_meanwhile_makes_a_new_one()
    {
        var server = new Host(_network, 1, ["10.0.0.2"]);
        server.Listen(7);
        var peer = new ScriptedPeer(_network, server);
        var b = peer.Connect();
        peer.SendInit(tag: 99);
        var cookie = ScriptedPeer.CookieOf(peer.Received()[^1], out var tag);
        server.Step(b, x => x.Abort(null, _network.Now));
        peer.Send(tag, (ref PacketWriter w) => CookieEchoChunk.Write(ref w, cookie));
        Assert.Equal(2, server.Associations.Count);
        Assert.Equal(AssociationState.Established, server.Associations[1].State);
        Assert.Equal(99u, server.Associations[1].PeerTag);
    }

    [Fact]
    [Trait("Requirement", "R-108")]
    public void R_108_a_shutdown_just_below_what_a_gap_block_reported_shows_that_it_was_dropped()
    {
        var client = new Host(_network, 1, ["10.0.0.1"], udpPort: 40000);
        var a = client.Connect(7, ["10.0.0.9"]);
        var peer = new ScriptedPeer(_network, client, port: 7, hostPort: 5000);
        peer.Accept();
        client.Send(a, new byte[3_000]);
        var first = a.SentChunks.FirstTsn;
        Assert.Equal(3, a.SentChunks.Count);
        peer.SendSack(first - 1, gaps: new GapBlock(2, 3));
        peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, first));

        // It has to be sent again, or both would wait for ever.
        peer.Received();
        _network.Run(2 * EngineTime.Second);
        Assert.Contains(ChunkType.Data, peer.ReceivedTypes());
        peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, first + 2));
        Assert.Equal(AssociationState.ShutdownAckSent, a.State);
    }
}
