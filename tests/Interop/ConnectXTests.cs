using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Kestrel.Sctp.Interop.Tests;

/// <summary>
/// connectx past a dead first address, in two network namespaces: on loopback no address is dead for a peer on the wildcard. A packet
/// printer sees what goes to it.
/// </summary>
public sealed class ConnectXTests
{
    private const int Port = 5001;
    private const string Ours = TwoHosts.OurAddress;
    private const string Live = TwoHosts.TheirAddress;
    private const string Dead = TwoHosts.DeadAddress;

    [Fact]
    [Trait("Requirement", "CX-03")]
    public async Task A_socket_passes_a_dead_address_and_discards_it()
    {
        await using var net = await TwoHosts.CreateAsync();
        await using var server = await UsrsctpPeer.ListenAsync(new() { Port = Port, Echo = true, Namespace = net.Theirs });
        await using var socket = new SctpSocket();

        var id = net.Ours.Run(() =>
        {
            socket.Bind(new SctpEndPoint([IPAddress.Parse(Ours)], 6001).OverUdp(UdpPorts.Take()));
            return socket.ConnectX(DeadThenLive(server));
        });
        await socket.WaitForConnectAsync().AsTask().WaitAsync(ChildProgram.Patience);
        await socket.ExchangeAsync(10, 5_000, streams: 3, ppid: 46);

        Assert.True(id > 2);
        Assert.Equal(id, socket.AssociationId);
        Assert.Equal([IPAddress.Parse(Live)], socket.RemoteAddresses);
        Assert.Equal([IPAddress.Parse(Live)], socket.GetPaths().Select(path => path.Address));
        Assert.Equal([Ours], (await server.AddressesAsync()).Peer);
        await AssertInitPassedAsync(net.Sniffer);
    }

    [Fact]
    [Trait("Requirement", "CX-03")]
    public async Task A_client_connection_passes_a_dead_address_and_discards_it()
    {
        await using var net = await TwoHosts.CreateAsync();
        await using var server = await UsrsctpPeer.ListenAsync(new() { Port = Port, Echo = true, Quiet = true, Namespace = net.Theirs });
        await using var factory = new SctpConnectionFactory();

        // The UDP sockets are opened before the first await.
        var connecting = net.Ours.Run(() => factory.ConnectAsync(DeadThenLive(server)).AsTask());
        await using var connection = await connecting.WaitAsync(ChildProgram.Patience);
        await connection.EchoAsync(MessagePattern.Create(100_000, 1));

        var association = connection.Features.GetRequiredFeature<ISctpAssociationFeature>();
        Assert.True(association.AssociationId > 2);
        Assert.Equal([IPAddress.Parse(Live)], association.RemoteAddresses);
        Assert.Equal([IPAddress.Parse(Ours)], association.LocalAddresses);
        Assert.Equal(new IPEndPoint(IPAddress.Parse(Live), Port), connection.RemoteEndPoint);
        await AssertInitPassedAsync(net.Sniffer);
    }

    [Fact]
    [Trait("Requirement", "CX-03")]
    public async Task The_echo_sample_passes_a_dead_address()
    {
        await using var net = await TwoHosts.CreateAsync();
        await using var server = await UsrsctpPeer.ListenAsync(new() { Port = Port, Echo = true, Quiet = true, Namespace = net.Theirs });

        await using var client = OwnProgram.StartIn(
            net.Ours, OwnProgram.EchoClient, DeadThenLive(server).ToString(), "--size", "100000", "--count", "3");

        await client.LineAsync($"^association id [0-9]+ with {Live.Replace(".", "\\.", StringComparison.Ordinal)}:{Port}$");
        await client.LineAsync("^echoed 300000 bytes$");
        Assert.Equal(0, await client.ExitAsync());
        await server.EventAsync("^SHUTDOWN_COMP #1 ");
        await AssertInitPassedAsync(net.Sniffer);
    }

    [Fact]
    public async Task A_list_of_dead_addresses_alone_has_an_id_at_once_and_times_out()
    {
        await using var net = await TwoHosts.CreateAsync();
        var quick = TimeSpan.FromMilliseconds(100);
        await using var socket = new SctpSocket(new SctpOptions { RtoInitial = quick, RtoMin = quick, RtoMax = 2 * quick, MaxInitRetransmits = 3 });

        var id = net.Ours.Run(() => socket.ConnectX(new SctpEndPoint([IPAddress.Parse(Dead)], Port).OverUdp(UdpPorts.Take())));

        Assert.True(id > 2);
        var error = await Assert.ThrowsAsync<SctpException>(() => socket.WaitForConnectAsync().AsTask().WaitAsync(ChildProgram.Patience));
        Assert.Equal(SocketError.TimedOut, error.SocketErrorCode);
        Assert.Contains(Dead, error.Message, StringComparison.Ordinal);

        // One INIT and Max.Init.Retransmits more; what comes behind them on the wire proves that there was no fifth.
        await using var server = await UsrsctpPeer.ListenAsync(new() { Port = Port, Namespace = net.Theirs });
        await using var last = new SctpSocket();
        net.Ours.Run(() => last.ConnectX(new SctpEndPoint([IPAddress.Parse(Live)], Port).OverUdp(server.Options.UdpPort)));
        await last.WaitForConnectAsync().AsTask().WaitAsync(ChildProgram.Patience);
        await net.Sniffer.PacketAsync(Ours, Live, "INIT");
        Assert.Equal(4, net.Sniffer.Packets.Count(packet => packet.StartsWith($"{Ours}:", StringComparison.Ordinal) && packet.Contains($" > {Dead}:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Usrsctps_connectx_passes_a_dead_address_to_our_server()
    {
        await using var net = await TwoHosts.CreateAsync();
        var endPoint = new SctpEndPoint([IPAddress.Parse(Ours)], 7).OverUdp(UdpPorts.Take());
        await using var server = net.Ours.Run(() => SctpEchoServer.Start(endPoint: endPoint));

        await using var client = await UsrsctpPeer.ConnectAsync(new()
        {
            Peer = $"{Dead},{Ours}",
            PeerPort = endPoint.Port,
            PeerUdpPort = endPoint.UdpPort,
            RtoInitial = 200,
            Quiet = true,
            Namespace = net.Theirs,
        });
        await client.UpAsync();
        await client.ExchangeAsync(20, 5_000, streams: 4, ppid: 60);

        await net.Sniffer.PacketAsync(Live, Dead, "INIT");
        Assert.Equal([Ours], (await client.AddressesAsync()).Peer);
    }

    /// <summary>An INIT went to the dead address, the next one to the live one, and nothing but INITs to the dead one.</summary>
    private static async Task AssertInitPassedAsync(PacketSniffer sniffer)
    {
        await sniffer.PacketAsync(Ours, Live, "INIT");
        var sent = sniffer.Packets.Where(packet => packet.StartsWith($"{Ours}:", StringComparison.Ordinal)).ToList();
        Assert.Matches($" > {Dead}:[0-9]+ .* chunks INIT$", sent[0]);
        Assert.Matches($" > {Live}:[0-9]+ .* chunks INIT$", sent[1]);
        Assert.All(sent.Where(packet => packet.Contains($" > {Dead}:", StringComparison.Ordinal)), packet => Assert.EndsWith(" chunks INIT", packet, StringComparison.Ordinal));
    }

    private static SctpEndPoint DeadThenLive(UsrsctpPeer server)
        => new SctpEndPoint([IPAddress.Parse(Dead), IPAddress.Parse(Live)], Port).OverUdp(server.Options.UdpPort);
}
