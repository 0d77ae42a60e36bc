using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Kestrel.Sctp.Interop.Tests;

/// <summary>Shutdown and abort from each side, as the server and as the client.</summary>
public sealed class AssociationEndTests
{
    private const int Port = 5001;
    private const int MiB = 1 << 20;

    [Fact]
    public async Task Usrsctp_shuts_down_and_its_last_bytes_arrive_in_kestrel()
    {
        await using var server = await KestrelServer.StartAsync();
        await using var client = await UsrsctpPeer.ConnectAsync(server.Peer());
        await client.UpAsync();
        await using var connection = await server.AcceptAsync();

        await client.SendAsync(300_000, seed: 1);
        await client.SendAsync(MiB, seed: 2);
        await client.ShutdownAsync();
        var (bytes, end) = await connection.Context.ReadToEndAsync();

        Assert.Null(end);
        Assert.Equal([.. MessagePattern.Create(300_000, 1), .. MessagePattern.Create(MiB, 2)], bytes);
        await client.EventAsync("^SHUTDOWN_COMP #1 "); // needs nothing of the handler
    }

    [Fact]
    public async Task What_was_written_before_usrsctps_shutdown_still_reaches_it()
    {
        await using var server = await KestrelServer.StartAsync();
        await using var client = await UsrsctpPeer.ConnectAsync(server.Peer());
        await client.UpAsync();
        await using var connection = await server.AcceptAsync();
        var answer = MessagePattern.Create(500_000, 3);

        var writing = connection.Context.WriteAsync(answer);
        await client.EventAsync("^MESSAGE #1 ");
        await writing;
        await client.ShutdownAsync();

        await client.EventAsync($"^END #1 messages [0-9]+ bytes {answer.Length} sum {MessagePattern.Sum(answer)} partial 0$");
        await client.EventAsync("^SHUTDOWN_COMP #1 ");
        var (bytes, end) = await connection.Context.ReadToEndAsync();
        Assert.Null(end);
        Assert.Empty(bytes);
        var flush = await connection.Context.Transport.Output.WriteAsync(answer).AsTask().WaitAsync(ChildProgram.Patience);
        Assert.True(flush.IsCompleted);
    }

    [Fact]
    public async Task Kestrels_handler_returns_and_its_last_bytes_reach_usrsctp()
    {
        await using var server = await KestrelServer.StartAsync();
        await using var client = await UsrsctpPeer.ConnectAsync(server.Peer());
        await client.UpAsync();
        var connection = await server.AcceptAsync();
        var answer = MessagePattern.Create(MiB, 4);

        await connection.Context.WriteAsync(answer);
        connection.Finish();

        await client.EventAsync($"^END #1 messages [0-9]+ bytes {MiB} sum {MessagePattern.Sum(answer)} partial 0$");
        await client.EventAsync("^SHUTDOWN_EVENT #1$");
        await client.EventAsync("^SHUTDOWN_COMP #1 ");
    }

    [Fact]
    public async Task Our_client_disposes_its_connection_and_its_last_bytes_reach_usrsctp()
    {
        await using var server = await ListenAsync();
        await using var factory = new SctpConnectionFactory();
        var connection = await factory.ConnectAsync(EndPointOf(server)).AsTask().WaitAsync(ChildProgram.Patience);
        var bytes = MessagePattern.Create(MiB, 5);

        await connection.WriteAsync(bytes);
        await connection.DisposeAsync();

        await server.EventAsync($"^END #1 messages [0-9]+ bytes {MiB} sum {MessagePattern.Sum(bytes)} partial 0$");
        await server.EventAsync("^SHUTDOWN_COMP #1 ");
    }

    [Fact]
    public async Task Usrsctps_server_shuts_down_and_its_last_bytes_arrive_in_our_client()
    {
        await using var server = await ListenAsync();
        await using var factory = new SctpConnectionFactory();
        await using var connection = await factory.ConnectAsync(EndPointOf(server)).AsTask().WaitAsync(ChildProgram.Patience);
        await server.UpAsync();

        await server.SendAsync(MiB, seed: 6);
        await server.ShutdownAsync();
        var (bytes, end) = await connection.ReadToEndAsync();

        Assert.Null(end);
        Assert.Equal(MessagePattern.Create(MiB, 6), bytes);
        await server.EventAsync("^SHUTDOWN_COMP #1 ");
    }

    [Fact]
    public async Task A_socket_shuts_down_with_usrsctp()
    {
        await using var server = await ListenAsync();
        await using var socket = new SctpSocket();
        await socket.ConnectXAsync(EndPointOf(server)).AsTask().WaitAsync(ChildProgram.Patience);
        var message = MessagePattern.Create(100_000, 7);

        await socket.SendMessageAsync(message);
        await socket.ShutdownAsync().AsTask().WaitAsync(ChildProgram.Patience);

        await server.EventAsync($"^END #1 messages 1 bytes 100000 sum {MessagePattern.Sum(message)} partial 0$");
        await server.EventAsync("^SHUTDOWN_COMP #1 ");
        Assert.Null(await socket.ReceiveMessageAsync());
    }

    [Fact]
    public async Task Usrsctps_abort_resets_the_connection_in_kestrel()
    {
        await using var server = await KestrelServer.StartAsync();
        await using var client = await UsrsctpPeer.ConnectAsync(server.Peer());
        await client.UpAsync();
        await using var connection = await server.AcceptAsync();

        await client.AbortAsync("enough");
        var (_, end) = await connection.Context.ReadToEndAsync();

        AssertReset(end, "enough");
        await AssertClosedAsync(connection.Context);
    }

    [Fact]
    public async Task Usrsctps_abort_resets_the_connection_of_our_client()
    {
        await using var server = await ListenAsync();
        await using var factory = new SctpConnectionFactory();
        await using var connection = await factory.ConnectAsync(EndPointOf(server)).AsTask().WaitAsync(ChildProgram.Patience);
        await server.UpAsync();

        await server.AbortAsync("enough");
        var (_, end) = await connection.ReadToEndAsync();

        AssertReset(end, "enough");
        await AssertClosedAsync(connection);
    }

    [Fact]
    public async Task Kestrels_abort_reaches_usrsctp()
    {
        await using var server = await KestrelServer.StartAsync();
        await using var client = await UsrsctpPeer.ConnectAsync(server.Peer());
        await client.UpAsync();
        await using var connection = await server.AcceptAsync();

        connection.Context.Abort(new ConnectionAbortedException("no more of this"));

        await client.EventAsync("^COMM_LOST #1 ");
        await client.EventAsync("^RECEIVEFAILED #1 Connection reset");
    }

    [Fact]
    public async Task Our_clients_abort_reaches_usrsctp()
    {
        await using var server = await ListenAsync();
        await using var factory = new SctpConnectionFactory();
        await using var connection = await factory.ConnectAsync(EndPointOf(server)).AsTask().WaitAsync(ChildProgram.Patience);
        await server.UpAsync();

        connection.Abort(new ConnectionAbortedException("no more of this"));

        await server.EventAsync("^COMM_LOST #1 ");
        await server.EventAsync("^RECEIVEFAILED #1 Connection reset");
    }

    [Fact]
    public async Task Disposing_with_data_unread_delivers_the_answer_and_then_aborts()
    {
        await using var server = await ListenAsync();
        await using var factory = new SctpConnectionFactory();
        var connection = await factory.ConnectAsync(EndPointOf(server)).AsTask().WaitAsync(ChildProgram.Patience);
        await server.UpAsync();
        await server.SendAsync(1_000);
        var read = await connection.Transport.Input.ReadAsync().AsTask().WaitAsync(ChildProgram.Patience);
        connection.Transport.Input.AdvanceTo(read.Buffer.Start);
        var answer = MessagePattern.Create(100_000, 8);

        await connection.WriteAsync(answer);
        await connection.DisposeAsync();

        await server.EventAsync($"^END #1 messages [0-9]+ bytes {answer.Length} sum {MessagePattern.Sum(answer)} partial 0$");
        await server.EventAsync("^COMM_LOST #1 ");
        Assert.DoesNotContain(server.Lines, line => line.StartsWith("SHUTDOWN_COMP", StringComparison.Ordinal));
    }

    private static void AssertReset(Exception? end, string reason)
    {
        var reset = Assert.IsType<ConnectionResetException>(end);
        Assert.Contains(reason, reset.Message, StringComparison.Ordinal);
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SctpException>(reset.InnerException).SocketErrorCode);
    }

    private static async Task AssertClosedAsync(ConnectionContext connection)
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = connection.ConnectionClosed.Register(closed.SetResult);
        await closed.Task.WaitAsync(ChildProgram.Patience);
    }

    private static Task<UsrsctpPeer> ListenAsync() => UsrsctpPeer.ListenAsync(new() { Bind = "127.0.0.1", Port = Port });

    private static SctpEndPoint EndPointOf(UsrsctpPeer server)
        => new SctpEndPoint([IPAddress.Loopback], Port).OverUdp(server.Options.UdpPort);
}
