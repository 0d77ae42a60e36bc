using System.Net;
using Kestrel.Sctp.UserSpace;

namespace Kestrel.Sctp.Sockets.Tests;

public class SctpSocketEventTests
{
    private static async Task<List<SctpEvent>> ReadAllAsync(IAsyncEnumerable<SctpEvent> events)
    {
        var list = new List<SctpEvent>();
        await foreach (var e in events.WithCancellation(SocketExtensions.Timeout))
        {
            list.Add(e);
        }
        return list;
    }

    [Fact]
    public async Task A_graceful_life_is_up_and_shutdown_complete()
    {
        await using var loopback = Loopback.Listen();
        await using var client = new SctpSocket();
        var events = ReadAllAsync(client.ReadEventsAsync());
        await client.ConnectXAsync(loopback.Address, SocketExtensions.Timeout);
        await using var server = await loopback.Listener.AcceptAsync(SocketExtensions.Timeout);
        var serverEvents = ReadAllAsync(server.ReadEventsAsync());

        await client.ShutdownAsync(SocketExtensions.Timeout);

        Assert.Equal([new SctpAssociationUp(client.AssociationId), new SctpShutdownComplete(client.AssociationId)], await events);
        Assert.Equal([new SctpPeerShutdown(server.AssociationId), new SctpShutdownComplete(server.AssociationId)], await serverEvents);
    }

    [Fact]
    public async Task A_reset_is_the_last_event_and_says_why()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        var events = ReadAllAsync(client.ReadEventsAsync());
        server.Abort("gone fishing");

        var lost = Assert.IsType<SctpAssociationLost>(Assert.Single(await events));
        Assert.Equal(client.AssociationId, lost.AssociationId);
        Assert.Contains("gone fishing", lost.Reason.Message);
    }

    [Fact]
    public async Task CX_19_an_address_that_the_peer_does_not_name_leaves_without_an_event()
    {
        await using var loopback = Loopback.Listen();
        await using var client = new SctpSocket(new SctpOptions { RtoInitial = TimeSpan.FromMilliseconds(50), RtoMin = TimeSpan.FromMilliseconds(50) });
        var events = ReadAllAsync(client.ReadEventsAsync());
        var list = new SctpEndPoint([IPAddress.Parse("127.0.0.77"), IPAddress.Loopback], loopback.Address.Port).OverUdp(loopback.Address.UdpPort!.Value);
        await client.ConnectXAsync(list, SocketExtensions.Timeout);
        client.Abort();

        Assert.Collection(await events, e => Assert.IsType<SctpAssociationUp>(e), e => Assert.IsType<SctpAssociationLost>(e));
    }

    [Fact]
    public async Task A_reader_who_is_late_loses_the_oldest_and_is_told_how_many()
    {
        var hub = new EventHub();
        hub.Publish(new SctpAssociationUp(1)); // nobody reads: nothing is kept
        await using var reader = hub.Read(SocketExtensions.Timeout).GetAsyncEnumerator();
        for (var i = 0; i < EventHub.QueueLength + 10; i++)
        {
            hub.Publish(new SctpAssociationUp(100 + i));
        }

        Assert.True(await reader.MoveNextAsync());
        Assert.Equal(new SctpAssociationUp(110) { DroppedBefore = 10 }, reader.Current);
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal(new SctpAssociationUp(111), reader.Current);
    }

    [Fact]
    public async Task Each_reader_has_a_queue_of_its_own()
    {
        var hub = new EventHub();
        await using var first = hub.Read(SocketExtensions.Timeout).GetAsyncEnumerator();
        await using var second = hub.Read(SocketExtensions.Timeout).GetAsyncEnumerator();
        hub.Publish(new SctpAssociationUp(3));
        hub.Complete();

        foreach (var reader in new[] { first, second })
        {
            Assert.True(await reader.MoveNextAsync());
            Assert.Equal(new SctpAssociationUp(3), reader.Current);
            Assert.False(await reader.MoveNextAsync());
        }
    }

    [Fact]
    public async Task A_cancelled_reader_is_told_so()
    {
        var hub = new EventHub();
        using var cancellation = new CancellationTokenSource();
        await using var reader = hub.Read(cancellation.Token).GetAsyncEnumerator();
        var move = reader.MoveNextAsync().AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => move);
    }

    [Fact]
    public async Task Disposing_the_socket_ends_its_readers()
    {
        var socket = new SctpSocket();
        var events = ReadAllAsync(socket.ReadEventsAsync());
        await socket.DisposeAsync();
        Assert.Empty(await events);
    }
}
