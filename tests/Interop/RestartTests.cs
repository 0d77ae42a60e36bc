using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Kestrel.Sctp.Interop.Tests;

/// <summary>The peer's process is killed and started again on the same ports (RFC 9260, 5.2.4 A, and 8.4).</summary>
public sealed class RestartTests
{
    private const int Port = 5001;

    [Fact]
    public async Task A_restarted_usrsctp_client_resets_the_old_connection_and_gets_a_new_one()
    {
        await using var server = await KestrelServer.StartAsync();
        var options = server.Peer(port: 6001);
        ServedConnection before;
        await using (var first = await UsrsctpPeer.ConnectAsync(options))
        {
            await first.UpAsync();
            before = await server.AcceptAsync();
            await first.SendAsync(1_000, seed: 1);
            await first.SendAsync(5_000, seed: 2); // never read here
            Assert.Equal(MessagePattern.Create(1_000, 1), await before.Context.ReadExactlyAsync(1_000));
            await before.Context.WriteAsync(MessagePattern.Create(2_000, 3));
            await first.EventAsync("^MESSAGE #1 .* bytes 2000 ");
            await first.KillAsync();
        }

        await before.Context.WriteAsync(MessagePattern.Create(3_000, 4)); // nobody is there to take it
        await using var second = await UsrsctpPeer.ConnectAsync(options);
        await second.UpAsync();
        await using var after = await server.AcceptAsync();
        await second.SendAsync(4_000, seed: 5);

        // The old connection has nothing of the new one, and what was there unread may be given out or not, but nothing else.
        var (rest, end) = await before.Context.ReadToEndAsync();
        Assert.IsType<ConnectionResetException>(end);
        Assert.True(MessagePattern.Create(5_000, 2).AsSpan().StartsWith(rest), $"{rest.Length} bytes that are not the old peer's");
        before.Finish();

        // And the new one nothing of the old.
        Assert.Equal(MessagePattern.Create(4_000, 5), await after.Context.ReadExactlyAsync(4_000));
        var answer = MessagePattern.Create(2_500, 6);
        await after.Context.WriteAsync(answer);
        await second.EventAsync("^MESSAGE #1 .* bytes 2500 ");
        await second.ShutdownAsync();
        await second.EventAsync("^SHUTDOWN_COMP #1 ");
        await second.EventAsync($"^END #1 messages 1 bytes 2500 sum {MessagePattern.Sum(answer)} partial 0$");
        var (nothing, gracefully) = await after.Context.ReadToEndAsync();
        Assert.Empty(nothing);
        Assert.Null(gracefully);
    }

    [Fact]
    public async Task A_socket_is_reset_by_a_restart_and_the_listener_accepts_the_new_association()
    {
        await using var listener = new SctpSocket();
        listener.Bind(new SctpEndPoint([IPAddress.Loopback], Port).OverUdp(UdpPorts.Take()));
        listener.Listen();
        var options = new UsrsctpPeerOptions
        {
            Bind = "127.0.0.1",
            Port = 6002,
            Peer = "127.0.0.1",
            PeerPort = Port,
            PeerUdpPort = listener.LocalEndPoint!.UdpPort,
        };
        SctpSocket before;
        await using (var first = await UsrsctpPeer.ConnectAsync(options))
        {
            before = await listener.AcceptAsync().AsTask().WaitAsync(ChildProgram.Patience);
            await first.UpAsync();
            await first.KillAsync();
        }

        await using var second = await UsrsctpPeer.ConnectAsync(options);
        await using var after = await listener.AcceptAsync().AsTask().WaitAsync(ChildProgram.Patience);
        await second.UpAsync();
        await second.SendAsync(100_000, seed: 1, stream: 3, ppid: 4);

        var reset = await Assert.ThrowsAsync<SctpException>(before.ReceiveMessageAsync);
        Assert.Equal(System.Net.Sockets.SocketError.ConnectionReset, reset.SocketErrorCode);
        await before.DisposeAsync(); // touches the new association in no way
        var message = await after.ReceiveMessageAsync();
        Assert.Equal(MessagePattern.Create(100_000, 1), message!.Bytes);
        Assert.Equal(3, message.Info.StreamId);
        Assert.Equal(4u, message.Info.PayloadProtocolId);
        await after.SendMessageAsync(message.Bytes);
        await second.EventAsync($"^MESSAGE #1 stream 0 ppid 0 ordered bytes 100000 sum {MessagePattern.Sum(message.Bytes)}$");
    }

    [Fact]
    public async Task A_restarted_usrsctp_server_resets_our_client_which_connects_again()
    {
        var options = new UsrsctpPeerOptions { Bind = "127.0.0.1", Port = Port };
        var endPoint = new SctpEndPoint([IPAddress.Loopback], Port).OverUdp(options.UdpPort);
        await using var factory = new SctpConnectionFactory();
        ConnectionContext before;
        await using (var first = await UsrsctpPeer.ListenAsync(options))
        {
            before = await factory.ConnectAsync(endPoint).AsTask().WaitAsync(ChildProgram.Patience);
            await first.UpAsync();
            await before.WriteAsync(MessagePattern.Create(1_000, 1));
            await first.EventAsync("^MESSAGE #1 ");
            await first.KillAsync();
        }

        await using var second = await UsrsctpPeer.ListenAsync(options);
        await before.WriteAsync(MessagePattern.Create(2_000, 2)); // answered by an ABORT: nobody there knows the association
        var (_, end) = await before.ReadToEndAsync();
        Assert.IsType<ConnectionResetException>(end);
        await before.DisposeAsync();

        await using var after = await factory.ConnectAsync(endPoint).AsTask().WaitAsync(ChildProgram.Patience);
        await second.UpAsync();
        var bytes = MessagePattern.Create(3_000, 3);
        await after.WriteAsync(bytes);
        await second.SendAsync(4_000, seed: 4);
        Assert.Equal(MessagePattern.Create(4_000, 4), await after.ReadExactlyAsync(4_000));
        await after.DisposeAsync();
        await second.EventAsync($"^END #1 messages 1 bytes 3000 sum {MessagePattern.Sum(bytes)} partial 0$");
    }
}
