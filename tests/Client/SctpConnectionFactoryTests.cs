using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Kestrel.Sctp.Client.Tests;

public sealed class SctpConnectionFactoryTests : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly SctpSocket _listener = new();

    public SctpConnectionFactoryTests()
    {
        _listener.Bind(SctpEndPoint.Parse("sctp+udp://127.0.0.1:0?udp=0"));
        _listener.Listen();
    }

    private SctpEndPoint Server => _listener.LocalEndPoint!;

    public async ValueTask DisposeAsync() => await _listener.DisposeAsync();

    [Fact]
    public async Task A_factory_without_options_connects()
    {
        await using var factory = new SctpConnectionFactory();
        await using var connection = await factory.ConnectAsync(Server).AsTask().WaitAsync(_patience);
        await using var server = await AcceptAsync();

        await connection.Transport.Output.WriteAsync("ping"u8.ToArray());
        var buffer = new byte[100];
        var received = await server.ReceiveAsync(buffer);
        await server.SendAsync(buffer.AsMemory(0, received.BytesReceived));
        var read = await connection.Transport.Input.ReadAsync().AsTask().WaitAsync(_patience);
        Assert.Equal("ping"u8.ToArray(), read.Buffer.ToArray());
        connection.Transport.Input.AdvanceTo(read.Buffer.End);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, Server.Port), connection.RemoteEndPoint);
        Assert.NotEqual(0, connection.Features.Get<ISctpAssociationFeature>()!.AssociationId);
    }

    [Fact]
    public async Task The_list_is_tried_in_order_and_what_the_peer_does_not_have_is_discarded()
    {
        var options = new SctpClientOptions();
        (options.Sctp.RtoInitial, options.Sctp.RtoMin) = (TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(50));
        await using var factory = new SctpConnectionFactory(options);
        var dead = IPAddress.Parse("127.0.0.9");
        var list = new SctpEndPoint([dead, IPAddress.Loopback], Server.Port).OverUdp(Server.UdpPort!.Value);

        await using var connection = await factory.ConnectAsync(list).AsTask().WaitAsync(_patience);

        var association = connection.Features.Get<ISctpAssociationFeature>()!;
        Assert.Equal([IPAddress.Loopback], association.RemoteAddresses);
        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)connection.RemoteEndPoint!).Address);
        (await AcceptAsync()).Abort();
    }

    [Fact]
    public async Task A_client_without_a_server_sends_from_one_ephemeral_UDP_port()
    {
        await using var factory = new SctpConnectionFactory();
        await using var first = await factory.ConnectAsync(Server).AsTask().WaitAsync(_patience);
        await using var second = await factory.ConnectAsync(Server).AsTask().WaitAsync(_patience);

        var port = Assert.IsType<SctpEndPoint>(first.LocalEndPoint).UdpPort;
        Assert.NotEqual(0, port);
        Assert.NotEqual(SctpEndPoint.DefaultUdpPort, port);
        Assert.NotEqual(Server.UdpPort, port);
        Assert.Equal(port, ((SctpEndPoint)second.LocalEndPoint!).UdpPort);
        (await AcceptAsync()).Abort();
        (await AcceptAsync()).Abort();
    }

    [Fact]
    public async Task Host_names_are_resolved()
    {
        await using var factory = new SctpConnectionFactory();
        await using var connection = await factory.ConnectAsync(
            SctpEndPoint.FromHosts(["localhost"], Server.Port).OverUdp(Server.UdpPort!.Value)).AsTask().WaitAsync(_patience);

        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)connection.RemoteEndPoint!).Address);
        (await AcceptAsync()).Abort();
    }

    public static TheoryData<EndPoint, string> OtherEndPoints => new()
    {
        { new IPEndPoint(IPAddress.Parse("10.1.2.3"), 7), "new SctpEndPoint" },
        { new DnsEndPoint("server.example", 7), "SctpEndPoint.FromHosts([\"server.example\"], 7)" },
        { new UnixDomainSocketEndPoint("/tmp/socket"), "SctpEndPoint.Parse" },
    };

    [Theory]
    [MemberData(nameof(OtherEndPoints))]
    public async Task Another_endpoint_is_refused_with_what_to_pass_instead(EndPoint endPoint, string instead)
    {
        await using var factory = new SctpConnectionFactory();
        var error = await Assert.ThrowsAsync<NotSupportedException>(() => factory.ConnectAsync(endPoint).AsTask());
        Assert.Contains(instead, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_port_refuses()
    {
        await using var factory = new SctpConnectionFactory();
        var closed = new SctpEndPoint(IPAddress.Loopback, Server.Port == 9 ? 10 : 9).OverUdp(Server.UdpPort!.Value);

        var error = await Assert.ThrowsAsync<SctpException>(() => factory.ConnectAsync(closed).AsTask().WaitAsync(_patience));
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    [Fact]
    public async Task Dead_addresses_time_out()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var options = new SctpClientOptions();
        (options.Sctp.RtoInitial, options.Sctp.RtoMin, options.Sctp.RtoMax, options.Sctp.MaxInitRetransmits) =
            (TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20), 2);
        await using var factory = new SctpConnectionFactory(options);

        var error = await Assert.ThrowsAsync<SctpException>(() => factory.ConnectAsync(
            new SctpEndPoint(IPAddress.Loopback, 7).OverUdp(((IPEndPoint)silent.Client.LocalEndPoint!).Port)).AsTask().WaitAsync(_patience));
        Assert.Equal(SocketError.TimedOut, error.SocketErrorCode);
        Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_connect_ends_at_once()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var factory = new SctpConnectionFactory();
        using var cancellation = new CancellationTokenSource();
        var connecting = factory.ConnectAsync(
            new SctpEndPoint(IPAddress.Loopback, 7).OverUdp(((IPEndPoint)silent.Client.LocalEndPoint!).Port), cancellation.Token).AsTask();
        await silent.ReceiveAsync().WaitAsync(_patience); // the INIT
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.WaitAsync(_patience));
    }

    [Fact]
    public async Task Options_are_checked_at_connect()
    {
        var options = new SctpClientOptions();
        options.ConfigureEndpoint(Server, o => o.MaxBurst = -1);
        await using var factory = new SctpConnectionFactory(Options.Create(options));

        await Assert.ThrowsAsync<OptionsValidationException>(() => factory.ConnectAsync(Server).AsTask());
    }

    [Fact]
    public async Task Disposing_after_sending_delivers_every_byte()
    {
        var payload = RandomNumberGenerator.GetBytes(1 << 20);
        await using (var factory = new SctpConnectionFactory())
        {
            await using var connection = await factory.ConnectAsync(Server).AsTask().WaitAsync(_patience);
            var received = ReceiveAllAsync(await AcceptAsync());
            await connection.Transport.Output.WriteAsync(payload).AsTask().WaitAsync(_patience);
            await connection.DisposeAsync().AsTask().WaitAsync(_patience);
            Assert.Equal(payload, await received.WaitAsync(_patience));
        }
    }

    [Fact]
    public async Task A_disposed_factory_connects_no_more()
    {
        var factory = new SctpConnectionFactory();
        await (await factory.ConnectAsync(Server)).DisposeAsync();
        await factory.DisposeAsync().AsTask().WaitAsync(_patience);
        await factory.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => factory.ConnectAsync(Server).AsTask());
    }

    [Fact]
    public async Task A_connection_may_outlive_its_factory()
    {
        var factory = new SctpConnectionFactory();
        await using var connection = await factory.ConnectAsync(Server).AsTask().WaitAsync(_patience);
        await using var server = await AcceptAsync();
        await factory.DisposeAsync().AsTask().WaitAsync(_patience);

        await connection.Transport.Output.WriteAsync("still here"u8.ToArray());
        var buffer = new byte[100];
        Assert.Equal(10, (await server.ReceiveAsync(buffer).AsTask().WaitAsync(_patience)).BytesReceived);
        await connection.DisposeAsync().AsTask().WaitAsync(_patience);
    }

    private Task<SctpSocket> AcceptAsync() => _listener.AcceptAsync().AsTask().WaitAsync(_patience);

    private static async Task<byte[]> ReceiveAllAsync(SctpSocket socket)
    {
        var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer);
            if (received.IsEndOfAssociation)
            {
                return all.ToArray();
            }

            all.Write(buffer, 0, received.BytesReceived);
        }
    }
}
