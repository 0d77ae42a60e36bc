using System.Net;

namespace Kestrel.Sctp.Interop.Tests;

/// <summary>Loss, two paths, IPv6 and both ends connecting at once.</summary>
public sealed class PathsTests
{
    private const int Port = 5001;

    [Fact]
    public async Task A_lossy_link_between_our_client_and_usrsctp_loses_no_message()
    {
        await using var net = await TwoHosts.CreateAsync();
        await net.NarrowFirstLinkAsync();
        await using var server = await UsrsctpPeer.ListenAsync(
            new() { Bind = TwoHosts.TheirAddress, Port = Port, Echo = true, Quiet = true, Namespace = net.Theirs });
        await using var socket = new SctpSocket();
        net.Ours.Run(() =>
        {
            socket.Bind(EndPoint(TwoHosts.OurAddress, 6001, UdpPorts.Take()));
            return socket.ConnectX(EndPoint(TwoHosts.TheirAddress, Port, server.Options.UdpPort));
        });
        await socket.WaitForConnectAsync().AsTask().WaitAsync(ChildProgram.Patience);

        await socket.ExchangeAsync(60, 50_000, streams: 5, ppid: 46);
        await socket.ExchangeAsync(60, 50_000, streams: 5, ppid: 47, unordered: true);

        Assert.True(await TwoHosts.DroppedAsync(net.Ours) > 0, "our end dropped nothing: the test tests nothing");
        Assert.True(await TwoHosts.DroppedAsync(net.Theirs) > 0, "their end dropped nothing: the test tests nothing");
    }

    [Fact]
    public async Task A_cut_path_is_passed_by_the_other_one()
    {
        await using var net = await TwoHosts.CreateAsync();
        await net.AddSecondLinkAsync();
        await using var server = await UsrsctpPeer.ListenAsync(new()
        {
            Bind = $"{TwoHosts.TheirAddress},{TwoHosts.TheirSecondAddress}",
            Port = Port,
            Echo = true,
            Quiet = true,
            RtoInitial = 100,
            Namespace = net.Theirs,
        });
        var quick = TimeSpan.FromMilliseconds(100);
        await using var socket = new SctpSocket(new SctpOptions
        {
            RtoInitial = quick,
            RtoMin = quick,
            RtoMax = 5 * quick,
            PathMaxRetransmits = 2,
            UdpHeartbeatInterval = quick,
        });
        net.Ours.Run(() =>
        {
            IPAddress[] local = [IPAddress.Parse(TwoHosts.OurAddress), IPAddress.Parse(TwoHosts.OurSecondAddress)];
            socket.Bind(new SctpEndPoint(local, 6001).OverUdp(UdpPorts.Take()));
            return socket.ConnectX(EndPoint(TwoHosts.TheirAddress, Port, server.Options.UdpPort));
        });
        await socket.WaitForConnectAsync().AsTask().WaitAsync(ChildProgram.Patience);
        await socket.ExchangeAsync(5, 20_000);
        Assert.Equal(
            [IPAddress.Parse(TwoHosts.TheirAddress), IPAddress.Parse(TwoHosts.TheirSecondAddress)],
            socket.RemoteAddresses.OrderBy(address => address.ToString(), StringComparer.Ordinal));
        Assert.Equal([TwoHosts.OurAddress, TwoHosts.OurSecondAddress], (await server.AddressesAsync()).Peer.Order(StringComparer.Ordinal));

        using var patience = new CancellationTokenSource(ChildProgram.Patience);
        await using var reader = socket.ReadEventsAsync(patience.Token).GetAsyncEnumerator();
        var next = reader.MoveNextAsync().AsTask();
        await net.CutFirstLinkAsync();
        await socket.ExchangeAsync(8, 20_000, streams: 4, ppid: 46);

        while (true)
        {
            Assert.True(await next, "the association ended");
            if (reader.Current is SctpPathDown down)
            {
                Assert.Equal(IPAddress.Parse(TwoHosts.TheirAddress), down.Address);
                break;
            }

            next = reader.MoveNextAsync().AsTask();
        }
    }

    [Fact]
    public async Task Our_server_and_usrsctp_talk_over_ipv6()
    {
        var endPoint = new SctpEndPoint([IPAddress.IPv6Loopback], 7).OverUdp(UdpPorts.Take());
        await using var server = SctpEchoServer.Start(endPoint: endPoint);
        await using var client = await UsrsctpPeer.ConnectAsync(
            new() { Bind = "::1", Peer = "::1", PeerPort = 7, PeerUdpPort = endPoint.UdpPort, Quiet = true });
        await client.UpAsync();

        await client.ExchangeAsync(20, 100_000, streams: 3, ppid: 46);

        Assert.Equal(["::1"], (await client.AddressesAsync()).Peer);
    }

    [Fact]
    public async Task Our_client_and_usrsctp_talk_over_ipv6()
    {
        await using var server = await UsrsctpPeer.ListenAsync(new() { Bind = "::1", Port = Port, Echo = true, Quiet = true });
        await using var socket = new SctpSocket();
        await socket.ConnectXAsync(new SctpEndPoint([IPAddress.IPv6Loopback], Port).OverUdp(server.Options.UdpPort))
            .AsTask().WaitAsync(ChildProgram.Patience);

        await socket.ExchangeAsync(20, 100_000, streams: 3, ppid: 46);

        Assert.Equal([IPAddress.IPv6Loopback], socket.RemoteAddresses);
    }

    [Fact]
    public async Task Both_ends_that_connect_at_once_get_one_association()
    {
        // Nobody listens: the peer's INIT stays unanswered, and ours finds it waiting for the answer.
        await using var stack = SctpStack.Open(UdpPorts.Take(), new() { OutOfTheBlueReplies = false });
        await using var socket = new SctpSocket(stack);
        socket.Bind(EndPoint("127.0.0.1", 6001, stack.UdpPort));
        await using var peer = await UsrsctpPeer.ConnectAsync(new()
        {
            Port = Port,
            Bind = "127.0.0.1",
            Peer = "127.0.0.1",
            PeerPort = 6001,
            PeerUdpPort = stack.UdpPort,
        });
        socket.ConnectX(EndPoint("127.0.0.1", Port, peer.Options.UdpPort));

        await socket.WaitForConnectAsync().AsTask().WaitAsync(ChildProgram.Patience);
        await peer.UpAsync();
        await socket.SendMessageAsync(MessagePattern.Create(10_000, 1));
        await peer.SendAsync(20_000, seed: 2, stream: 1, ppid: 46);

        await peer.EventAsync($"^MESSAGE #1 stream 0 ppid 0 ordered bytes 10000 sum {MessagePattern.Sum(MessagePattern.Create(10_000, 1))}$");
        var message = await socket.ReceiveMessageAsync();
        Assert.Equal(MessagePattern.Create(20_000, 2), message!.Bytes);
        Assert.Equal(46u, message.Info.PayloadProtocolId);
        await socket.ShutdownAsync().AsTask().WaitAsync(ChildProgram.Patience);
        await peer.EventAsync("^SHUTDOWN_COMP #1 ");
    }

    private static SctpEndPoint EndPoint(string address, int port, int udpPort)
        => new SctpEndPoint([IPAddress.Parse(address)], port).OverUdp(udpPort);
}
