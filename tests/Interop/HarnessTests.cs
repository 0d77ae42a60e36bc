using System.Net;
using System.Net.Sockets;

namespace Kestrel.Sctp.Interop.Tests;

/// <summary>The peers among themselves: what these prove is that a failure elsewhere in this project is ours, not the harness's.</summary>
public sealed class HarnessTests
{
    private const int Port = 5001;

    [Theory]
    [InlineData(1, 5)]
    [InlineData(10_240, 5)]
    [InlineData(1 << 20, 2)]
    public async Task Peer_echoes_messages_with_stream_ppid_and_order(int size, int count)
    {
        await using var server = await UsrsctpPeer.ListenAsync(new() { Port = Port, Echo = true, Quiet = true });
        await using var client = await UsrsctpPeer.ConnectAsync(ConnectTo(server));
        await client.UpAsync();

        await client.ExchangeAsync(count, size, streams: 3, ppid: 46);
        await client.ExchangeAsync(count, size, ppid: 47, unordered: true);
        await client.ExchangeBytesAsync(count, size);
        await client.ShutdownAsync();

        await client.EventAsync("^SHUTDOWN_COMP #1 ");
        await server.EventAsync($"^END #1 messages {3 * count} bytes {3L * count * size} .* partial 0$");
    }

    [Fact]
    public async Task Peer_counts_and_sums_what_it_discards()
    {
        await using var server = await UsrsctpPeer.ListenAsync(new() { Port = Port });
        await using var client = await UsrsctpPeer.ConnectAsync(ConnectTo(server));
        await client.UpAsync();

        await client.SendAsync(100_000, seed: 7, stream: 2, ppid: 3);

        var sum = MessagePattern.Sum(MessagePattern.Create(100_000, 7));
        await server.EventAsync($"^MESSAGE #1 stream 2 ppid 3 ordered bytes 100000 sum {sum}$");
    }

    [Fact]
    public async Task Exchange_fails_where_the_echo_is_not_the_message()
    {
        await using var server = await UsrsctpPeer.ListenAsync(new() { Port = Port });
        await using var client = await UsrsctpPeer.ConnectAsync(ConnectTo(server));
        await client.UpAsync();
        await client.StartExchangeBytesAsync(1, 1000);
        await server.EventAsync("^MESSAGE #1 ");

        await server.SendAsync(1000, seed: 1);

        await client.EventAsync("^MISMATCH #1 byte 0$");
        await client.EventAsync("^NOTEXCHANGED #1 ");
    }

    [Fact]
    public async Task Abort_and_its_reason_reach_the_other_side()
    {
        await using var server = await UsrsctpPeer.ListenAsync(new() { Port = Port });
        await using var client = await UsrsctpPeer.ConnectAsync(ConnectTo(server));
        await client.UpAsync();

        await client.AbortAsync("enough");

        await server.EventAsync("^COMM_LOST #1 ");
        await server.EventAsync("^RECEIVEFAILED #1 Connection reset");
    }

    [Fact]
    public async Task A_killed_client_that_comes_back_on_its_ports_is_a_restart()
    {
        await using var server = await UsrsctpPeer.ListenAsync(new() { Port = Port });
        var options = ConnectTo(server) with { Port = 6001 };
        await using (var first = await UsrsctpPeer.ConnectAsync(options))
        {
            await first.UpAsync();
            await first.SendAsync(10);
            await server.EventAsync("^MESSAGE #1 ");
            await first.KillAsync();
        }

        await using var second = await UsrsctpPeer.ConnectAsync(options);

        await second.UpAsync();
        await server.EventAsync("^RESTART #1 ");
    }

    [Fact]
    public async Task Usrsctps_client_and_echo_server_take_their_udp_ports_as_arguments()
    {
        var (serverUdp, clientUdp) = (UdpPorts.Take(), UdpPorts.Take());
        await using var server = ChildProgram.StartForeign(Usrsctp.Program("echo_server"), $"{serverUdp}", $"{clientUdp}");
        await using var client = ChildProgram.StartForeign(
            Usrsctp.Program("client"), "127.0.0.1", "7", "0", $"{clientUdp}", $"{serverUdp}");

        await client.WriteLineAsync("hello");

        await client.LineAsync("hello$");
        client.CloseInput();
        Assert.Equal(0, await client.ExitAsync());
        await server.LineAsync("Msg of length 6 received ");
    }

    [Fact]
    public async Task Usrsctps_tsctp_sends_to_the_peer()
    {
        await using var server = await UsrsctpPeer.ListenAsync(new() { Port = Port, Quiet = true });
        await using var tsctp = ChildProgram.StartForeign(
            Usrsctp.Program("tsctp"), "-E", $"{UdpPorts.Take()}", "-U", $"{server.Options.UdpPort}", "-p", $"{Port}", "-l", "1000", "-n", "50",
            "127.0.0.1");

        await server.EventAsync("^END #1 messages 50 bytes 50000 ");
        Assert.Equal(0, await tsctp.ExitAsync());
    }

    [Fact]
    public async Task Connectx_in_namespaces_passes_a_dead_address()
    {
        await using var left = await NetworkNamespace.CreateAsync();
        await using var right = await NetworkNamespace.CreateAsync();
        await NetworkNamespace.LinkAsync("net0", left, "10.9.0.1/24", right, "10.9.0.2/24");
        await left.AddDeadNeighbourAsync("net0", IPAddress.Parse("10.9.0.99"));
        await using var sniffer = await PacketSniffer.StartAsync(right, "net0");
        await using var server = await UsrsctpPeer.ListenAsync(new() { Port = Port, Echo = true, Namespace = right });

        await using var client = await UsrsctpPeer.ConnectAsync(
            ConnectTo(server) with { Peer = "10.9.0.99,10.9.0.2", Namespace = left, RtoInitial = 200 });

        await client.UpAsync();
        await sniffer.PacketAsync("10.9.0.1", "10.9.0.99", "INIT");
        await sniffer.PacketAsync("10.9.0.1", "10.9.0.2", "INIT");
        await client.ExchangeAsync(10, 5000);
        Assert.Equal(["10.9.0.2"], (await client.AddressesAsync()).Peer);
        Assert.DoesNotContain(sniffer.Packets, packet => packet.StartsWith("10.9.0.99", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_socket_opened_on_a_thread_in_a_namespace_belongs_to_it()
    {
        await using var space = await NetworkNamespace.CreateAsync();
        using var inside = space.Run(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            return socket;
        });
        using var outside = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

        // The same address and port are free out here.
        outside.Bind(inside.LocalEndPoint!);
    }

    private static UsrsctpPeerOptions ConnectTo(UsrsctpPeer server)
        => new() { Peer = "127.0.0.1", PeerPort = Port, PeerUdpPort = server.Options.UdpPort };
}
