using System.Net.Sockets;

namespace Kestrel.Sctp.Sockets.Tests;

// Each sentence of the socket's contract: what may overlap, what cancelling does, what disposing does.
public class SctpSocketContractTests
{
    /// <summary>Sends until the send waits, the peer reading nothing.</summary>
    private static async Task<(Task Waiting, int Sent)> FillAsync(SctpSocket socket, int size, CancellationToken cancellationToken = default)
    {
        for (var sent = 0; ; sent++)
        {
            var send = socket.SendAsync(Numbered(sent, size), default, cancellationToken).AsTask();
            // A send that has room completes at once; one that has none goes on only when the peer acknowledges. What is on its
            // way fits the peer's window, so that it is acknowledged soon.
            if (!send.IsCompleted && await Task.WhenAny(send, Task.Delay(500, CancellationToken.None)) != send)
            {
                return (send, sent);
            }
            await send;
        }
    }

    private static byte[] Numbered(int number, int size)
    {
        var bytes = new byte[size];
        BitConverter.TryWriteBytes(bytes, number);
        return bytes;
    }

    private static SctpOptions Small() => new() { SendBufferSize = 64 * 1024, ReceiveBufferSize = 64 * 1024 };

    [Fact]
    public async Task A_second_receive_is_an_invalid_operation_and_does_not_disturb_the_first()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        var buffer = new byte[10];
        var first = server.ReceiveAsync(buffer).AsTask();

        await Assert.ThrowsAsync<InvalidOperationException>(() => server.ReceiveAsync(new byte[10]).AsTask());

        await client.SendAsync("x");
        Assert.Equal(1, (await first.WaitAsync(Loopback.Patience)).BytesReceived);
        Assert.Equal((byte)'x', buffer[0]);
    }

    [Fact]
    public async Task A_second_accept_is_an_invalid_operation_and_does_not_disturb_the_first()
    {
        await using var loopback = Loopback.Listen();
        var first = loopback.Listener.AcceptAsync().AsTask();

        await Assert.ThrowsAsync<InvalidOperationException>(() => loopback.Listener.AcceptAsync().AsTask());

        await using var client = new SctpSocket();
        await client.ConnectXAsync(loopback.Address, SocketExtensions.Timeout);
        await (await first.WaitAsync(Loopback.Patience)).DisposeAsync();
    }

    [Fact]
    public async Task Sends_may_overlap_and_each_message_stays_whole()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync(Small());
        await using var _ = loopback;
        const int senders = 8;
        const int messages = 50;
        var sending = Enumerable.Range(0, senders).Select(sender => Task.Run(async () =>
        {
            for (var i = 0; i < messages; i++)
            {
                var message = new byte[5_000];
                Array.Fill(message, (byte)sender);
                await client.SendAsync(message, new SctpSendInfo { StreamId = (ushort)sender }, SocketExtensions.Timeout);
            }
        })).ToArray();

        var received = new int[senders];
        for (var i = 0; i < senders * messages; i++)
        {
            var message = await server.ReceiveMessageAsync();
            Assert.Equal(5_000, message!.Length);
            Assert.DoesNotContain(message, b => b != message[0]);
            received[message[0]]++;
        }
        await Task.WhenAll(sending);
        Assert.All(received, count => Assert.Equal(messages, count));
    }

    [Fact]
    public async Task A_full_send_buffer_suspends_the_send_until_the_peer_reads()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync(Small(), Small());
        await using var _ = loopback;

        var (waiting, sent) = await FillAsync(client, 4_000);

        // Both buffers, and not much more.
        Assert.InRange(sent * 4_000, 64 * 1024, 200 * 1024);
        Assert.InRange(client.GetStatus().SendBufferedBytes, 1, 64 * 1024);
        for (var i = 0; i <= sent; i++)
        {
            Assert.Equal(Numbered(i, 4_000), await server.ReceiveMessageAsync());
        }
        await waiting.WaitAsync(Loopback.Patience);
    }

    [Fact]
    public async Task A_cancelled_send_has_queued_nothing()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync(Small(), Small());
        await using var _ = loopback;
        using var cancellation = new CancellationTokenSource();
        var (waiting, sent) = await FillAsync(client, 4_000, cancellation.Token);

        cancellation.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        var last = client.SendAsync("last");
        for (var i = 0; i < sent; i++)
        {
            Assert.Equal(Numbered(i, 4_000), await server.ReceiveMessageAsync());
        }
        Assert.Equal("last", await server.ReceiveTextAsync());
        await last;
    }

    [Fact]
    public async Task A_send_cancelled_before_it_starts_queues_nothing()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.SendAsync(new byte[] { 1 }, default, new CancellationToken(true)).AsTask());
        await client.SendAsync("next");
        Assert.Equal("next", await server.ReceiveTextAsync());
    }

    [Fact]
    public async Task A_cancelled_receive_loses_nothing()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        for (var i = 0; i < 200; i++)
        {
            using var cancellation = new CancellationTokenSource();
            var buffer = new byte[10];
            var receive = server.ReceiveAsync(buffer, cancellation.Token).AsTask();
            // At the same time: the message goes to this receive or to the next one.
            var send = client.SendAsync(new byte[] { (byte)i }, default, SocketExtensions.Timeout).AsTask();
            await cancellation.CancelAsync();
            try
            {
                Assert.Equal(1, (await receive.WaitAsync(Loopback.Patience)).BytesReceived);
            }
            catch (OperationCanceledException)
            {
                Assert.Equal(1, (await server.ReceiveAsync(buffer, SocketExtensions.Timeout)).BytesReceived);
            }
            Assert.Equal((byte)i, buffer[0]);
            await send;
        }
    }

    [Fact]
    public async Task A_cancelled_accept_loses_no_association()
    {
        await using var loopback = Loopback.Listen();
        for (var i = 0; i < 20; i++)
        {
            using var cancellation = new CancellationTokenSource();
            var accept = loopback.Listener.AcceptAsync(cancellation.Token).AsTask();
            await using var client = new SctpSocket();
            var connect = client.ConnectXAsync(loopback.Address, SocketExtensions.Timeout).AsTask();
            await cancellation.CancelAsync();
            SctpSocket server;
            try
            {
                server = await accept.WaitAsync(Loopback.Patience);
            }
            catch (OperationCanceledException)
            {
                server = await loopback.Listener.AcceptAsync(SocketExtensions.Timeout);
            }
            await connect;
            Assert.Equal(client.LocalEndPoint!.Port, server.RemoteEndPoint!.Port);
            server.Abort();
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Disposing_ends_pending_calls_and_a_second_time_does_nothing()
    {
        var (loopback, client, _) = await Loopback.ConnectAsync(Small(), Small());
        await using var __ = loopback;
        var receive = client.ReceiveAsync(new byte[10]).AsTask();
        var (send, _) = await FillAsync(client, 4_000);
        var accept = loopback.Listener.AcceptAsync().AsTask();
        client.Abort();
        await SocketExtensions.ThrowsSctpAsync(() => receive);
        await SocketExtensions.ThrowsSctpAsync(() => send);

        client.Dispose();
        client.Dispose();
        await client.DisposeAsync();
        await loopback.Listener.DisposeAsync();
        await loopback.Listener.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => accept.WaitAsync(Loopback.Patience));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.ReceiveAsync(new byte[10]).AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.SendAsync(new byte[10]).AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => loopback.Listener.AcceptAsync().AsTask());
    }

    [Fact]
    public async Task Disposing_ends_a_pending_receive_and_a_pending_send()
    {
        var (loopback, client, _) = await Loopback.ConnectAsync(Small(), Small());
        await using var __ = loopback;
        var receive = client.ReceiveAsync(new byte[10]).AsTask();
        var (send, _) = await FillAsync(client, 4_000);

        client.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => receive.WaitAsync(Loopback.Patience));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => send.WaitAsync(Loopback.Patience));
    }

    [Fact]
    public async Task Disposing_without_waiting_still_delivers_what_was_queued_and_ends_gracefully()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        var message = new byte[700_000];
        Random.Shared.NextBytes(message);
        await client.SendAsync(message, default, SocketExtensions.Timeout);

        client.Dispose();

        Assert.Equal(message, await server.ReceiveMessageAsync());
        Assert.Null(await server.ReceiveMessageAsync());
        Assert.Null(await server.ReceiveMessageAsync());
    }

    [Fact]
    public async Task DisposeAsync_waits_for_the_end()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        await client.SendAsync("last words");

        await client.DisposeAsync().AsTask().WaitAsync(Loopback.Patience);

        Assert.Equal(SctpAssociationState.Closed, client.State);
        Assert.Equal("last words", await server.ReceiveTextAsync());
        Assert.Null(await server.ReceiveTextAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Data_left_unread_gives_its_memory_back_when_the_socket_is_disposed(bool endsBefore)
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        var association = server.Driver!.Association;
        await client.SendAsync(new byte[50_000]);
        await server.ReceiveAsync(Memory<byte>.Empty).AsTask().WaitAsync(Loopback.Patience);
        if (endsBefore)
        {
            server.Abort();
        }

        await server.DisposeAsync();

        Assert.False(association.HasReadable);
        Assert.Equal(0, association.ReadableLength);
    }

    [Fact]
    public async Task Data_left_unread_turns_the_end_into_an_abort_after_the_own_data_arrived()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        await server.SendAsync("question");
        // It has arrived, and is not read.
        await client.ReceiveAsync(Memory<byte>.Empty, SocketExtensions.Timeout);
        await client.SendAsync("answer");

        await client.DisposeAsync().AsTask().WaitAsync(Loopback.Patience);

        Assert.Equal("answer", await server.ReceiveTextAsync());
        var e = await SocketExtensions.ThrowsSctpAsync(server.ReceiveTextAsync);
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
    }

    [Fact]
    public async Task Data_that_arrives_after_the_dispose_turns_the_end_into_an_abort_too()
    {
        // The peer's window is closed, so that the shutdown waits for it.
        var (loopback, client, server) = await Loopback.ConnectAsync(Small(), Small());
        await using var _ = loopback;
        var (waiting, sent) = await FillAsync(client, 4_000);
        client.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await server.SendAsync("too late");

        for (var i = 0; i < sent; i++)
        {
            Assert.Equal(Numbered(i, 4_000), await server.ReceiveMessageAsync());
        }

        var e = await SocketExtensions.ThrowsSctpAsync(server.ReceiveTextAsync);
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_holds_a_dispose_for_CloseTimeout_only()
    {
        var options = Small();
        options.CloseTimeout = TimeSpan.FromMilliseconds(300);
        var (loopback, client, server) = await Loopback.ConnectAsync(options, Small());
        await using var _ = loopback;
        await FillAsync(client, 4_000);

        await client.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

        // What had arrived can be read; then the abort.
        var e = await SocketExtensions.ThrowsSctpAsync(async () =>
        {
            while (await server.ReceiveTextAsync() is not null)
            {
            }
        });
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
    }

    [Fact]
    public async Task Disposing_a_listener_resets_what_was_not_accepted_and_leaves_what_was()
    {
        await using var loopback = Loopback.Listen();
        var (client, server) = await loopback.ConnectPairAsync();
        await using var waiting = new SctpSocket();
        await waiting.ConnectXAsync(loopback.Address, SocketExtensions.Timeout);

        await loopback.Listener.DisposeAsync().AsTask().WaitAsync(Loopback.Patience);

        Assert.Equal(SocketError.ConnectionReset, (await SocketExtensions.ThrowsSctpAsync(waiting.ReceiveTextAsync)).SocketErrorCode);
        await client.SendAsync("still here");
        Assert.Equal("still here", await server.ReceiveTextAsync());
    }

    [Fact]
    public async Task Abort_resets_the_peer_and_ends_pending_calls()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        var receive = client.ReceiveTextAsync();
        var peerReceive = server.ReceiveTextAsync();

        client.Abort("enough");

        Assert.Equal(SocketError.ConnectionAborted, (await SocketExtensions.ThrowsSctpAsync(() => receive)).SocketErrorCode);
        var e = await SocketExtensions.ThrowsSctpAsync(() => peerReceive);
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        Assert.Contains("enough", e.Message);
        Assert.Contains("127.0.0.1", e.Message);
        Assert.Equal(SocketError.ConnectionReset, (await SocketExtensions.ThrowsSctpAsync(() => server.SendAsync("x"))).SocketErrorCode);
        Assert.Equal(SctpAssociationState.Closed, server.State);
    }

    [Fact]
    public async Task Shutdown_sends_all_and_both_ends_see_the_end()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        for (var i = 0; i < 100; i++)
        {
            await client.SendAsync($"{i}");
        }

        await client.ShutdownAsync(SocketExtensions.Timeout);

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal($"{i}", await server.ReceiveTextAsync());
        }
        Assert.Null(await server.ReceiveTextAsync());
        Assert.Null(await client.ReceiveTextAsync());
        Assert.Equal(SocketError.Shutdown, (await SocketExtensions.ThrowsSctpAsync(() => client.SendAsync("x"))).SocketErrorCode);
        Assert.Equal(SocketError.Shutdown, (await SocketExtensions.ThrowsSctpAsync(() => server.SendAsync("x"))).SocketErrorCode);
    }

    [Fact]
    public async Task Shutdown_of_an_association_that_was_reset_says_so()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        server.Abort();
        await SocketExtensions.ThrowsSctpAsync(client.ReceiveTextAsync);
        Assert.Equal(SocketError.ConnectionReset, (await SocketExtensions.ThrowsSctpAsync(() => client.ShutdownAsync().AsTask())).SocketErrorCode);
    }

    [Fact]
    public async Task A_message_longer_than_the_buffer_comes_in_parts()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        await client.SendAsync("0123456789");
        var buffer = new byte[4];

        var parts = new List<(int, bool)>();
        for (var i = 0; i < 3; i++)
        {
            var part = await server.ReceiveAsync(buffer, SocketExtensions.Timeout);
            parts.Add((part.BytesReceived, part.EndOfMessage));
        }

        Assert.Equal([(4, false), (4, false), (2, true)], parts);
    }

    [Fact]
    public async Task An_empty_buffer_waits_for_data_and_takes_none()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        var wait = server.ReceiveAsync(Memory<byte>.Empty, SocketExtensions.Timeout).AsTask();
        await client.SendAsync("x");

        var result = await wait;
        Assert.Equal((0, false, false), (result.BytesReceived, result.EndOfMessage, result.IsEndOfAssociation));
        Assert.Equal("x", await server.ReceiveTextAsync());
    }

    [Fact]
    [Trait("Requirement", "R-74")]
    public async Task Messages_that_cannot_be_sent_are_refused_with_the_reason()
    {
        var (loopback, client, _) = await Loopback.ConnectAsync(new SctpOptions { MaxMessageSize = 10_000, OutboundStreams = 3 });
        await using var __ = loopback;

        Assert.Equal(SctpErrno.EINVAL, (await SocketExtensions.ThrowsSctpAsync(() => client.SendAsync("")) ).Errno);
        Assert.Equal(SctpErrno.EMSGSIZE, (await SocketExtensions.ThrowsSctpAsync(() => client.SendAsync(new byte[10_001]).AsTask())).Errno);
        var e = await SocketExtensions.ThrowsSctpAsync(() => client.SendAsync("x", new SctpSendInfo { StreamId = 3 }));
        Assert.Equal(SctpErrno.EINVAL, e.Errno);
        Assert.Contains("0 to 2", e.Message);

        using var unconnected = new SctpSocket();
        Assert.Equal(SocketError.NotConnected, (await SocketExtensions.ThrowsSctpAsync(() => unconnected.SendAsync("x"))).SocketErrorCode);
        Assert.Equal(SocketError.NotConnected, (await SocketExtensions.ThrowsSctpAsync(() => loopback.Listener.SendAsync("x"))).SocketErrorCode);
    }

    [Fact]
    public async Task Receiving_allocates_nothing_in_the_steady_state()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        var buffer = new byte[100];
        var message = new byte[100];
        var allocated = 0L;
        for (var i = 0; i < 300; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var receive = server.ReceiveAsync(buffer);
            var after = GC.GetAllocatedBytesForCurrentThread();
            if (i > 100)
            {
                allocated += after - before;
            }
            await client.SendAsync(message, default, SocketExtensions.Timeout);
            await receive;
        }
        Assert.Equal(0, allocated);
    }
}
