using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Kestrel.Sctp.Interop.Tests;

/// <summary>The peer's process is killed and never comes back: nothing here may hang.</summary>
public sealed class VanishedPeerTests
{
    private const int Port = 5001;

    [Fact]
    public async Task A_vanished_client_that_is_sent_to_resets_the_connection_in_kestrel()
    {
        await using var server = await KestrelServer.StartAsync(LoseSoon);
        await using var client = await UsrsctpPeer.ConnectAsync(server.Peer());
        await client.UpAsync();
        await using var connection = await server.AcceptAsync();
        await client.KillAsync();

        await connection.Context.WriteAsync(MessagePattern.Create(1_000, 1));
        var (_, end) = await connection.Context.ReadToEndAsync();

        AssertLost(end);
    }

    [Fact]
    public async Task A_vanished_client_is_noticed_by_heartbeats_alone()
    {
        await using var server = await KestrelServer.StartAsync(LoseSoon);
        await using var client = await UsrsctpPeer.ConnectAsync(server.Peer());
        await client.UpAsync();
        await using var connection = await server.AcceptAsync();
        await client.KillAsync();

        var (_, end) = await connection.Context.ReadToEndAsync();

        AssertLost(end);
    }

    [Fact]
    public async Task A_vanished_server_resets_the_connection_of_our_client()
    {
        await using var server = await UsrsctpPeer.ListenAsync(new() { Bind = "127.0.0.1", Port = Port });
        var options = new SctpClientOptions();
        LoseSoon(options.Sctp);
        await using var factory = new SctpConnectionFactory(options);
        await using var connection = await factory
            .ConnectAsync(new SctpEndPoint([IPAddress.Loopback], Port).OverUdp(server.Options.UdpPort)).AsTask().WaitAsync(ChildProgram.Patience);
        await server.UpAsync();
        await server.KillAsync();

        await connection.WriteAsync(MessagePattern.Create(1_000, 1));
        var (_, end) = await connection.ReadToEndAsync();

        AssertLost(end);
    }

    [Fact]
    public async Task A_server_with_a_vanished_client_stops_within_its_close_timeout()
    {
        // Losing the association would take minutes with the RFC's parameters.
        await using var server = await KestrelServer.StartAsync(sctp => sctp.CloseTimeout = TimeSpan.FromMilliseconds(300));
        await using var client = await UsrsctpPeer.ConnectAsync(server.Peer());
        await client.UpAsync();
        var connection = await server.AcceptAsync();
        await client.KillAsync();
        await connection.Context.WriteAsync(MessagePattern.Create(10_000, 1)); // will never be acknowledged

        connection.Finish();
        await server.StopAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Our_client_of_a_vanished_server_is_disposed_within_its_close_timeout()
    {
        await using var server = await UsrsctpPeer.ListenAsync(new() { Bind = "127.0.0.1", Port = Port });
        var options = new SctpClientOptions();
        options.Sctp.CloseTimeout = TimeSpan.FromMilliseconds(300);
        var factory = new SctpConnectionFactory(options);
        var connection = await factory
            .ConnectAsync(new SctpEndPoint([IPAddress.Loopback], Port).OverUdp(server.Options.UdpPort)).AsTask().WaitAsync(ChildProgram.Patience);
        await server.UpAsync();
        await server.KillAsync();
        await connection.WriteAsync(MessagePattern.Create(10_000, 1));

        await connection.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        await factory.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static void LoseSoon(SctpOptions sctp)
    {
        sctp.RtoInitial = sctp.RtoMin = TimeSpan.FromMilliseconds(100);
        sctp.RtoMax = TimeSpan.FromMilliseconds(200);
        sctp.AssociationMaxRetransmits = 3;
        sctp.UdpHeartbeatInterval = TimeSpan.FromMilliseconds(100);
    }

    private static void AssertLost(Exception? end)
    {
        var reset = Assert.IsType<ConnectionResetException>(end);
        Assert.Equal(SocketError.TimedOut, Assert.IsType<SctpException>(reset.InnerException).SocketErrorCode);
    }
}
