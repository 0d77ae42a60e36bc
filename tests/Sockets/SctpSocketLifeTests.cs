using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;

namespace Kestrel.Sctp.Sockets.Tests;

// Restarts of the peer, the end of the process, and what a connection on top of the socket is told.
public class SctpSocketLifeTests
{
    private static SctpEndPoint Local(int port = 0, int udp = 0) => SctpEndPoint.Parse($"sctp+udp://127.0.0.1:{port}?udp={udp}");

    /// <summary>Ends a socket and its stack like a crash: no packet leaves.</summary>
    private static async Task CrashAsync(SctpSocket socket, SctpStack stack)
    {
        stack.Carrier.Dispose();
        socket.Abort();
        await socket.DisposeAsync();
        await stack.DisposeAsync();
    }

    private static async Task<(SctpStack Stack, SctpSocket Socket)> StartAsync(SctpEndPoint local, SctpEndPoint remote)
    {
        var stack = SctpStack.Open(local.UdpPort!.Value);
        var socket = new SctpSocket(stack, new SctpOptions { RtoInitial = TimeSpan.FromMilliseconds(200), RtoMin = TimeSpan.FromMilliseconds(200) });
        socket.Bind(local);
        await socket.ConnectXAsync(remote, SocketExtensions.Timeout);
        return (stack, socket);
    }

    [Fact]
    [Trait("Requirement", "R-129")]
    public async Task R_129_what_is_late_for_an_ended_association_never_touches_the_next_one_on_the_same_ports()
    {
        await using var loopback = Loopback.Listen();
        var (stack, first) = await StartAsync(Local(), loopback.Address);
        await using var _ = stack;
        var local = first.LocalEndPoint!;
        await using var firstServer = await loopback.Listener.AcceptAsync(SocketExtensions.Timeout);
        var receive = first.ReceiveTextAsync();
        var serverReceive = firstServer.ReceiveTextAsync();
        first.Abort("over");
        await first.DisposeAsync();

        await using var second = new SctpSocket(stack);
        second.Bind(local);
        var events = second.ReadEventsAsync(SocketExtensions.Timeout).GetAsyncEnumerator();
        await second.ConnectXAsync(loopback.Address, SocketExtensions.Timeout);
        await using var secondServer = await loopback.Listener.AcceptAsync(SocketExtensions.Timeout);
        Assert.NotEqual(first.AssociationId, second.AssociationId);

        // The calls of before end as what they were, and all that is still done with their association is done to nobody.
        await SocketExtensions.ThrowsSctpAsync(() => receive);
        await SocketExtensions.ThrowsSctpAsync(() => serverReceive);
        firstServer.Abort("again");
        await firstServer.DisposeAsync();
        await second.SendAsync("ping");
        Assert.Equal("ping", await secondServer.ReceiveTextAsync());
        await secondServer.SendAsync("pong");
        Assert.Equal("pong", await second.ReceiveTextAsync());

        Assert.True(await events.MoveNextAsync());
        Assert.Equal(new SctpAssociationUp(second.AssociationId), events.Current);
        await second.ShutdownAsync(SocketExtensions.Timeout);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(new SctpShutdownComplete(second.AssociationId), events.Current);
    }

    [Fact]
    [Trait("Requirement", "R-44")]
    [Trait("Requirement", "R-129")]
    public async Task A_peer_that_restarts_resets_the_socket_and_is_accepted_as_a_new_one()
    {
        await using var loopback = Loopback.Listen();
        var (stack, client) = await StartAsync(Local(), loopback.Address);
        var local = client.LocalEndPoint!;
        await using var server = await loopback.Listener.AcceptAsync(SocketExtensions.Timeout);
        var events = server.ReadEventsAsync(SocketExtensions.Timeout).GetAsyncEnumerator();
        await client.SendAsync("from before");
        await server.ReceiveAsync(Memory<byte>.Empty, SocketExtensions.Timeout);
        await CrashAsync(client, stack);

        var (again, restarted) = await StartAsync(local, loopback.Address);
        await using var _ = again;
        await using var __ = restarted;
        await using var accepted = await loopback.Listener.AcceptAsync(SocketExtensions.Timeout);

        // Bytes of before are void, and none of them reaches the new socket.
        Assert.Equal(SocketError.ConnectionReset, (await SocketExtensions.ThrowsSctpAsync(server.ReceiveTextAsync)).SocketErrorCode);
        Assert.Equal(SocketError.ConnectionReset, (await SocketExtensions.ThrowsSctpAsync(() => server.SendAsync("x"))).SocketErrorCode);
        Assert.Equal(SocketError.ConnectionReset, (await SocketExtensions.ThrowsSctpAsync(() => server.ShutdownAsync().AsTask())).SocketErrorCode);
        await restarted.SendAsync("from after");
        Assert.Equal("from after", await accepted.ReceiveTextAsync());
        await accepted.SendAsync("welcome");
        Assert.Equal("welcome", await restarted.ReceiveTextAsync());

        Assert.True(await events.MoveNextAsync());
        Assert.IsType<SctpAssociationRestarted>(events.Current);
        Assert.True(await events.MoveNextAsync());
        Assert.IsType<SctpAssociationLost>(events.Current);
        Assert.False(await events.MoveNextAsync());

        // Ending the old socket does nothing to the association that the new one has.
        server.Abort();
        await server.DisposeAsync();
        await restarted.SendAsync("still");
        Assert.Equal("still", await accepted.ReceiveTextAsync());
    }

    [Fact]
    [Trait("Requirement", "R-44")]
    public async Task A_client_whose_peer_restarts_is_reset_and_its_association_ends()
    {
        var serverStack = SctpStack.Open(0);
        var listener = new SctpSocket(serverStack);
        listener.Bind(Local());
        listener.Listen();
        var address = listener.LocalEndPoint!;
        await using var client = new SctpSocket();
        await client.ConnectXAsync(address, SocketExtensions.Timeout);
        var server = await listener.AcceptAsync(SocketExtensions.Timeout);
        var receive = client.ReceiveTextAsync();
        await listener.DisposeAsync();
        await CrashAsync(server, serverStack);

        await using var stack = SctpStack.Open(address.UdpPort!.Value);
        await using var peer = new SctpSocket(stack, new SctpOptions { RtoInitial = TimeSpan.FromMilliseconds(200), RtoMin = TimeSpan.FromMilliseconds(200) });
        peer.Bind(address);
        peer.ConnectX(client.LocalEndPoint!);

        Assert.Equal(SocketError.ConnectionReset, (await SocketExtensions.ThrowsSctpAsync(() => receive)).SocketErrorCode);
        await Assert.ThrowsAsync<SctpException>(async () =>
        {
            await peer.WaitForConnectAsync(SocketExtensions.Timeout);
            await peer.ReceiveTextAsync();
        });
    }

    [Theory]
    [InlineData("using")]
    [InlineData("await using")]
    public async Task A_console_client_that_sends_disposes_and_exits_has_delivered_every_byte(string how)
    {
        await using var loopback = Loopback.Listen();
        var path = Path.Combine(AppContext.BaseDirectory.Replace(
            $"{Path.DirectorySeparatorChar}Sockets{Path.DirectorySeparatorChar}bin", $"{Path.DirectorySeparatorChar}SendAndExit{Path.DirectorySeparatorChar}bin"),
            "Kestrel.Sctp.SendAndExit.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [path, loopback.Address.ToString(), how]))!;
        await using var server = await loopback.Listener.AcceptAsync(SocketExtensions.Timeout);

        var expected = new byte[1 << 20];
        new Random(1).NextBytes(expected);
        Assert.Equal(expected, await server.ReceiveMessageAsync());
        Assert.Null(await server.ReceiveMessageAsync());

        await process.WaitForExitAsync(SocketExtensions.Timeout);
        Assert.Equal(0, process.ExitCode);
    }

    private sealed class Observer : ISctpSocketObserver
    {
        public SemaphoreSlim Acknowledged { get; } = new(0);

        public TaskCompletionSource PeerShutdown { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<SctpException?> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void OnAcknowledged() => Acknowledged.Release();

        public void OnPeerShutdown() => PeerShutdown.TrySetResult();

        public void OnEnded(SctpException? reason) => Ended.SetResult(reason);
    }

    [Fact]
    public async Task Referenced_memory_is_counted_when_the_peer_has_it()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        var observer = new Observer();
        client.Observer = observer;
        var memory = new byte[300_000];
        Random.Shared.NextBytes(memory);
        const int size = 7_500;

        for (var at = 0; at < memory.Length; at += size)
        {
            Assert.True(client.TryQueueReferenced(new ReadOnlySequence<byte>(memory, at, size), default, out var error));
            Assert.Null(error);
        }

        for (var at = 0; at < memory.Length; at += size)
        {
            Assert.Equal(memory[at..(at + size)], await server.ReceiveMessageAsync());
        }
        while (client.AcknowledgedReferencedBytes < memory.Length)
        {
            Assert.True(await observer.Acknowledged.WaitAsync(Loopback.Patience));
        }
        Assert.Equal(memory.Length, client.AcknowledgedReferencedBytes);
    }

    [Fact]
    public async Task An_observer_is_told_of_the_peers_shutdown_and_of_the_end()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        var observer = new Observer();
        server.Observer = observer;
        await client.ShutdownAsync(SocketExtensions.Timeout);

        await observer.PeerShutdown.Task.WaitAsync(Loopback.Patience);
        Assert.Null(await observer.Ended.Task.WaitAsync(Loopback.Patience));
        Assert.False(server.TryQueueReferenced(new ReadOnlySequence<byte>(new byte[1]), default, out var error));
        Assert.Equal(SocketError.Shutdown, error!.SocketErrorCode);

        // One that comes late is told all the same.
        var late = new Observer();
        client.Observer = late;
        Assert.Null(await late.Ended.Task.WaitAsync(Loopback.Patience));
    }

    /// <summary>The name of the thread on which the receive goes on.</summary>
    private static async Task<string?> ReceiveAsync(SctpSocket socket)
    {
        await socket.ReceiveAsync(new byte[10]).ConfigureAwait(false);
        return Thread.CurrentThread.Name;
    }

    [Fact]
    public async Task Continuations_run_inline_only_when_asked_for()
    {
        foreach (var inline in new[] { false, true })
        {
            await using var stack = SctpStack.Open(0, new SctpStackOptions { UnsafePreferInlineScheduling = inline });
            await using var listener = new SctpSocket(stack);
            listener.Bind(Local());
            listener.Listen();
            await using var client = new SctpSocket();
            await client.ConnectXAsync(listener.LocalEndPoint!, SocketExtensions.Timeout);
            await using var server = await listener.AcceptAsync(SocketExtensions.Timeout);

            var continued = ReceiveAsync(server);
            await client.SendAsync("x");

            var thread = await continued.WaitAsync(Loopback.Patience);
            Assert.Equal(inline, thread?.StartsWith("SCTP receive", StringComparison.Ordinal) ?? false);
        }
    }

    [Fact]
    public async Task Inline_echo_of_many_messages_keeps_their_order()
    {
        await using var stack = SctpStack.Open(0, new SctpStackOptions { UnsafePreferInlineScheduling = true });
        await using var listener = new SctpSocket(stack);
        listener.Bind(Local());
        listener.Listen();
        await using var client = new SctpSocket(stack);
        await client.ConnectXAsync(listener.LocalEndPoint!, SocketExtensions.Timeout);
        await using var server = await listener.AcceptAsync(SocketExtensions.Timeout);
        const int count = 2_000;
        var echo = Task.Run(async () =>
        {
            var buffer = new byte[2_000];
            for (var i = 0; i < count; i++)
            {
                var part = await server.ReceiveAsync(buffer, SocketExtensions.Timeout).ConfigureAwait(false);
                await server.SendAsync(buffer.AsMemory(0, part.BytesReceived), default, SocketExtensions.Timeout).ConfigureAwait(false);
            }
        });
        var send = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++)
            {
                await client.SendAsync(new byte[1_000 + (i % 256)], default, SocketExtensions.Timeout).ConfigureAwait(false);
            }
        });

        for (var i = 0; i < count; i++)
        {
            Assert.Equal(1_000 + (i % 256), (await client.ReceiveMessageAsync())!.Length);
        }
        await Task.WhenAll(echo, send);
    }

    [Fact]
    public async Task A_thousand_associations_echo_at_once()
    {
        await using var loopback = Loopback.Listen(backlog: 2_000);
        var serving = Task.Run(async () =>
        {
            var echoes = new List<Task>();
            for (var i = 0; i < 1_000; i++)
            {
                var server = await loopback.Listener.AcceptAsync(SocketExtensions.Timeout);
                echoes.Add(Task.Run(async () =>
                {
                    await using var _ = server;
                    while (await server.ReceiveMessageAsync() is { } message)
                    {
                        await server.SendAsync(message, default, SocketExtensions.Timeout);
                    }
                }));
            }
            await Task.WhenAll(echoes);
        });

        await Parallel.ForEachAsync(Enumerable.Range(0, 1_000), new ParallelOptions { MaxDegreeOfParallelism = 100 }, async (i, _) =>
        {
            await using var client = new SctpSocket(new SctpOptions { RtoInitial = TimeSpan.FromSeconds(3) });
            await client.ConnectXAsync(loopback.Address, SocketExtensions.Timeout);
            for (var n = 0; n < 3; n++)
            {
                var message = new byte[1 + (i * 7 % 5_000)];
                Random.Shared.NextBytes(message);
                await client.SendAsync(message, default, SocketExtensions.Timeout);
                Assert.Equal(message, await client.ReceiveMessageAsync());
            }
        });
        await serving.WaitAsync(Loopback.Patience);
    }
}
