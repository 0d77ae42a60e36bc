using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Kestrel.Sctp.Sockets.Tests.Connections;

public class ConnectionEndTests
{
    [Fact]
    public async Task Completing_the_output_sends_all_and_puts_nothing_else_on_the_wire()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        var events = pair.Peer.ReadEventsAsync().GetAsyncEnumerator();
        var firstEvent = events.MoveNextAsync().AsTask();

        await pair.Output.WriteSoonAsync("question");
        await pair.Output.CompleteAsync();

        Assert.Equal("question", await pair.Peer.ReceiveTextAsync());
        await pair.Peer.SendAsync("answer");
        Assert.Equal("answer", await pair.Input.ReadTextAsync(6));
        Assert.Equal(SctpAssociationState.Established, pair.Peer.State);
        Assert.Equal(SctpAssociationState.Established, pair.Association.State);
        Assert.False(firstEvent.IsCompleted);
    }

    [Fact]
    public async Task Copying_to_a_pipe_that_nobody_reads_any_more_ends_without_an_error()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        var unread = new System.IO.Pipelines.Pipe();
        await unread.Reader.CompleteAsync();
        await pair.Peer.SendAsync("to nobody");

        await pair.Input.CopyToAsync(unread.Writer).WaitAsync(Loopback.Patience);
    }

    [Fact]
    public async Task Dispose_sends_what_is_queued_then_shuts_down_and_waits_for_the_end()
    {
        var payload = RandomNumberGenerator.GetBytes(600_000);
        await using var pair = await ConnectionPair.OpenAsync();
        await pair.Output.WriteAllAsync(payload);

        var disposing = pair.Connection.DisposeAsync().AsTask();
        var received = await ReceiveAllAsync(pair.Peer);
        await disposing.WaitAsync(Loopback.Patience);

        Assert.Equal(payload, received);
        Assert.Equal(SctpAssociationState.Closed, pair.Association.State);
        Assert.True(pair.Connection.ConnectionClosed.IsCancellationRequested);
        Assert.Equal(0, pair.Memory.Rented);
    }

    [Fact]
    public async Task Shutdown_leaves_when_both_directions_are_complete()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        await pair.Output.WriteSoonAsync("bye");

        await pair.Output.CompleteAsync();
        await pair.Input.CompleteAsync();

        Assert.Equal("bye", await pair.Peer.ReceiveTextAsync());
        Assert.Null(await pair.Peer.ReceiveTextAsync());
        await pair.Connection.ClosedAsync();
    }

    [Fact]
    public async Task A_received_shutdown_completes_the_input_after_the_last_byte_and_fires_the_token()
    {
        var payload = RandomNumberGenerator.GetBytes(500_000);
        await using var pair = await ConnectionPair.OpenAsync();
        await SendAllAsync(pair.Peer, payload);
        var shutdown = pair.Peer.ShutdownAsync().AsTask();

        Assert.Equal(payload, await pair.Input.ReadAllAsync());
        await pair.Connection.ClosedAsync();
        await shutdown.WaitAsync(Loopback.Patience);
    }

    [Fact]
    public async Task The_token_does_not_fire_for_a_shutdown_while_received_bytes_are_not_in_the_pipe()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        await SendAllAsync(pair.Peer, new byte[400_000]); // more than the pipe takes
        await pair.Peer.ShutdownAsync().AsTask().WaitAsync(Loopback.Patience);

        Assert.False(pair.Connection.ConnectionClosed.IsCancellationRequested);
        Assert.Equal(400_000, (await pair.Input.ReadAllAsync()).Length);
        await pair.Connection.ClosedAsync();
    }

    [Fact]
    public async Task A_received_shutdown_lets_queued_data_leave_and_later_flushes_say_that_nobody_reads()
    {
        // The peer's window is closed, so most of this waits in the queue when SHUTDOWN comes.
        var payload = RandomNumberGenerator.GetBytes(200_000);
        await using var pair = await ConnectionPair.OpenAsync(
            peerOptions: new SctpOptions { ReceiveBufferSize = 64 * 1024, SackDelay = TimeSpan.Zero });
        await pair.Output.WriteAllAsync(payload);
        var shutdown = pair.Peer.ShutdownAsync().AsTask();
        Assert.True((await pair.Input.ReadSoonAsync()).IsCompleted); // SHUTDOWN has come

        Assert.Equal(payload, await ReceiveAllAsync(pair.Peer));
        await shutdown.WaitAsync(Loopback.Patience);
        await pair.Connection.ClosedAsync();
        Assert.True(await IsCompletedSoonAsync(pair));
    }

    [Fact]
    public async Task Dispose_waits_for_the_end_at_most_for_CloseTimeout_and_then_aborts()
    {
        // The peer reads nothing, so the data can't leave, nor SHUTDOWN.
        var options = new SctpOptions { CloseTimeout = TimeSpan.FromMilliseconds(200) };
        await using var pair = await ConnectionPair.OpenAsync(options, new SctpOptions { ReceiveBufferSize = 8192 });
        await pair.Output.WriteAllAsync(new byte[200_000]);

        await pair.Connection.DisposeAsync().AsTask().WaitAsync(Loopback.Patience);

        Assert.Equal(0, pair.Memory.Rented);
        var error = await Assert.ThrowsAsync<SctpException>(() => ReceiveAllAsync(pair.Peer));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_with_unread_data_sends_what_is_queued_and_then_aborts(bool examined)
    {
        var answer = RandomNumberGenerator.GetBytes(300_000);
        await using var pair = await ConnectionPair.OpenAsync();
        await pair.Peer.SendAsync("a request that is not read");
        if (examined)
        {
            var read = await pair.Input.ReadSoonAsync();
            pair.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }

        await pair.Output.WriteAllAsync(answer);
        var disposing = pair.Connection.DisposeAsync().AsTask();

        var buffer = new byte[answer.Length];
        for (var at = 0; at < buffer.Length;)
        {
            at += (await pair.Peer.ReceiveAsync(buffer.AsMemory(at), SocketExtensions.Timeout)).BytesReceived;
        }

        Assert.Equal(answer, buffer);
        var error = await Assert.ThrowsAsync<SctpException>(() => pair.Peer.ReceiveTextAsync());
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        await disposing.WaitAsync(Loopback.Patience);
    }

    [Fact]
    public async Task Dispose_with_a_read_in_hand_counts_its_data_as_taken()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        await pair.Peer.SendAsync("the last answer");
        var read = await pair.Input.ReadSoonAsync();
        Assert.Equal(15, read.Buffer.Length);

        await pair.Connection.DisposeAsync().AsTask().WaitAsync(Loopback.Patience);
        Assert.Null(await pair.Peer.ReceiveTextAsync());
    }

    [Fact]
    public async Task Data_that_comes_while_closing_aborts_the_association()
    {
        // The queue holds SHUTDOWN back until the peer reads; it sends first, which nobody here takes any more.
        await using var pair = await ConnectionPair.OpenAsync(peerOptions: new SctpOptions { ReceiveBufferSize = 8192 });
        await pair.Output.WriteAllAsync(new byte[100_000]);
        var disposing = pair.Connection.DisposeAsync().AsTask();
        await pair.Peer.SendAsync("too late");

        var error = await Assert.ThrowsAsync<SctpException>(() => ReceiveAllAsync(pair.Peer));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        await disposing.WaitAsync(Loopback.Patience);
    }

    [Fact]
    public async Task An_abort_of_the_peer_is_a_connection_reset()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        var reading = pair.Input.ReadSoonAsync();
        pair.Peer.Abort("no more of this");

        var error = await Assert.ThrowsAsync<ConnectionResetException>(() => reading);
        var inner = Assert.IsType<SctpException>(error.InnerException);
        Assert.Equal(SocketError.ConnectionReset, inner.SocketErrorCode);
        Assert.Contains("no more of this", error.Message, StringComparison.Ordinal);
        await pair.Connection.ClosedAsync();
        Assert.True(await IsCompletedSoonAsync(pair));
    }

    [Fact]
    public async Task A_reader_that_has_stopped_learns_of_a_reset()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        await SendAllAsync(pair.Peer, new byte[400_000]); // the pipe is paused
        pair.Peer.Abort();

        await pair.Connection.ClosedAsync();
        await Assert.ThrowsAsync<ConnectionResetException>(() => pair.Input.ReadAllAsync());
    }

    [Fact]
    public async Task A_lost_association_is_a_connection_reset()
    {
        var options = new SctpOptions
        {
            RtoInitial = TimeSpan.FromMilliseconds(20), RtoMin = TimeSpan.FromMilliseconds(20), RtoMax = TimeSpan.FromMilliseconds(40),
            AssociationMaxRetransmits = 2,
        };
        await using var loopback = Loopback.Listen(options);
        using var relay = new Relay(loopback.Address.UdpPort!.Value);
        var client = loopback.Track(new SctpSocket());
        var accept = loopback.Listener.AcceptAsync().AsTask();
        await client.ConnectXAsync(loopback.Address.OverUdp(relay.UdpPort)).AsTask().WaitAsync(Loopback.Patience);
        await using var connection = new SctpConnectionContextFactory().Create(await accept.WaitAsync(Loopback.Patience));

        relay.Cut();
        await connection.Transport.Output.WriteSoonAsync("anybody there?");

        var error = await Assert.ThrowsAsync<ConnectionResetException>(() => connection.Transport.Input.ReadSoonAsync());
        Assert.Equal(SocketError.TimedOut, Assert.IsType<SctpException>(error.InnerException).SocketErrorCode);
        client.Abort();
    }

    [Fact]
    [Trait("Requirement", "R-44")]
    public async Task A_restart_of_the_peer_resets_the_connection_and_offers_a_new_one()
    {
        await using var loopback = Loopback.Listen();
        using var relay = new Relay(loopback.Address.UdpPort!.Value);
        var server = loopback.Address.OverUdp(relay.UdpPort);
        var factory = new SctpConnectionContextFactory();

        var before = loopback.Track(new SctpSocket());
        before.Bind(SctpEndPoint.Parse("sctp+udp://127.0.0.1:5000?udp=0"));
        var accept = loopback.Listener.AcceptAsync().AsTask();
        await before.ConnectXAsync(server).AsTask().WaitAsync(Loopback.Patience);
        await using var first = factory.Create(await accept.WaitAsync(Loopback.Patience));
        await before.SendAsync("before, not read");
        var read = await first.Transport.Input.ReadSoonAsync();
        first.Transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);

        relay.ShutOutClient();
        var after = loopback.Track(new SctpSocket());
        after.Bind(SctpEndPoint.Parse("sctp+udp://127.0.0.1:5000?udp=0"));
        accept = loopback.Listener.AcceptAsync().AsTask();
        await after.ConnectXAsync(server).AsTask().WaitAsync(Loopback.Patience);
        await after.SendAsync("after");
        await using var second = factory.Create(await accept.WaitAsync(Loopback.Patience));

        Assert.Equal("after", await second.Transport.Input.ReadTextAsync(5));
        await Assert.ThrowsAsync<ConnectionResetException>(() => first.Transport.Input.ReadSoonAsync());
        await first.ClosedAsync();
        second.Abort();
    }

    [Fact]
    public async Task A_local_abort_tells_the_peer_the_reason_and_ends_reading_with_it()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        var reading = pair.Input.ReadSoonAsync();
        pair.Connection.Abort(new ConnectionAbortedException("enough"));

        var error = await Assert.ThrowsAsync<ConnectionAbortedException>(() => reading);
        Assert.Contains("enough", error.Message, StringComparison.Ordinal);
        Assert.Equal(SctpErrno.ECONNABORTED, Assert.IsType<SctpException>(error.InnerException).Errno);
        var atPeer = await Assert.ThrowsAsync<SctpException>(() => pair.Peer.ReceiveTextAsync());
        Assert.Contains("enough", atPeer.Message, StringComparison.Ordinal);
        await pair.Connection.ClosedAsync();
        Assert.True(await IsCompletedSoonAsync(pair));
    }

    [Fact]
    public async Task Dispose_ends_a_pending_read_as_aborted()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        var reading = pair.Input.ReadSoonAsync();

        await pair.Connection.DisposeAsync().AsTask().WaitAsync(Loopback.Patience);

        var error = await Assert.ThrowsAsync<ConnectionAbortedException>(() => reading);
        Assert.IsType<SctpException>(error.InnerException);
        Assert.Null(await pair.Peer.ReceiveTextAsync());
    }

    [Fact]
    public async Task An_output_completed_with_an_error_aborts_the_association()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        await pair.Output.WriteSoonAsync("half of ");
        await pair.Output.CompleteAsync(new InvalidDataException("the other half is broken"));

        await Assert.ThrowsAsync<SctpException>(() => ReceiveAllAsync(pair.Peer));
        await pair.Connection.ClosedAsync();
    }

    [Fact]
    public async Task A_second_dispose_waits_for_the_first_and_does_nothing()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        var first = pair.Connection.DisposeAsync().AsTask();
        await pair.Connection.DisposeAsync().AsTask().WaitAsync(Loopback.Patience);

        Assert.True(first.IsCompletedSuccessfully);
        pair.Connection.Abort(new ConnectionAbortedException("late"));
    }

    [Fact]
    public async Task The_token_is_cancelled_on_the_thread_pool_and_a_failing_callback_hurts_nobody()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        var onPool = new TaskCompletionSource<bool>();
        pair.Connection.ConnectionClosed.Register(() => throw new InvalidOperationException("user code"));
        pair.Connection.ConnectionClosed.Register(() => onPool.SetResult(Thread.CurrentThread.IsThreadPoolThread));
        pair.Peer.Abort();

        Assert.True(await onPool.Task.WaitAsync(Loopback.Patience));
    }

    private sealed class ThrowingLogger : ILoggerFactory, ILogger
    {
        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? error, Func<TState, Exception?, string> format) =>
            throw new InvalidOperationException("a logger that fails");

        public void Dispose()
        {
        }
    }

    [Fact]
    public async Task A_logger_that_throws_ends_neither_the_process_nor_the_connections_end()
    {
        var (loopback, peer, socket) = await Loopback.ConnectAsync();
        await using var ends = loopback;
        await using var connection = new SctpConnectionContextFactory(loggerFactory: new ThrowingLogger()).Create(socket);
        connection.ConnectionClosed.Register(() => throw new InvalidOperationException("user code"));
        peer.Abort();

        await connection.ClosedAsync();
        await Assert.ThrowsAsync<ConnectionResetException>(() => connection.Transport.Input.ReadSoonAsync());
    }

    private static async Task<bool> IsCompletedSoonAsync(ConnectionPair pair)
    {
        // The flush that says so is the first one after the loop has seen the end.
        while (!(await pair.Output.WriteSoonAsync("x")).IsCompleted)
        {
            await Task.Yield();
        }

        return true;
    }

    private static async Task SendAllAsync(SctpSocket socket, byte[] bytes)
    {
        for (var at = 0; at < bytes.Length; at += 10_000)
        {
            await socket.SendAsync(bytes.AsMemory(at, Math.Min(10_000, bytes.Length - at)), default, SocketExtensions.Timeout);
        }
    }

    private static async Task<byte[]> ReceiveAllAsync(SctpSocket socket)
    {
        var all = new MemoryStream();
        while (await socket.ReceiveMessageAsync() is { } message)
        {
            all.Write(message);
        }

        return all.ToArray();
    }
}
