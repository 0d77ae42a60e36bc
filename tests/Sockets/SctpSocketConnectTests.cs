using System.Net;
using System.Net.Sockets;

namespace Kestrel.Sctp.Sockets.Tests;

public class SctpSocketConnectTests
{
    private static readonly SctpOptions _fast = new()
    {
        RtoInitial = TimeSpan.FromMilliseconds(50), RtoMin = TimeSpan.FromMilliseconds(50), RtoMax = TimeSpan.FromMilliseconds(100), MaxInitRetransmits = 2,
    };

    private static SctpEndPoint EndPoint(string addresses, int port = 7, int udp = 9899) => SctpEndPoint.Parse($"sctp+udp://{addresses}:{port}?udp={udp}");

    /// <summary>A UDP port at which nobody answers: it is bound here and not read.</summary>
    private sealed class Silence : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

        public Silence(string address = "127.0.0.1") => _socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));

        public int UdpPort => ((IPEndPoint)_socket.LocalEndPoint!).Port;

        public SctpEndPoint EndPoint => new SctpEndPoint(((IPEndPoint)_socket.LocalEndPoint!).Address, 7).OverUdp(UdpPort);

        public async Task WaitForAsync(int packets)
        {
            var buffer = new byte[2_000];
            for (var i = 0; i < packets; i++)
            {
                await _socket.ReceiveAsync(buffer, SocketExtensions.Timeout);
            }
        }

        public int Packets()
        {
            var packets = 0;
            var buffer = new byte[2_000];
            while (_socket.Available > 0)
            {
                _socket.Receive(buffer);
                packets++;
            }
            return packets;
        }

        public void Dispose() => _socket.Dispose();
    }

    private static async Task RefusesAsync(SctpErrno errno, SctpEndPoint remote, SctpSocket? given = null)
    {
        await using var socket = new SctpSocket(_fast);
        var e = Assert.Throws<SctpException>(() => (given ?? socket).ConnectX(remote));
        Assert.Equal(errno, e.Errno);
        Assert.Equal(0, socket.AssociationId);
        Assert.Null(socket.LocalEndPoint);
    }

    [Fact, Trait("Requirement", "CX-23")]
    public async Task CX_23_the_id_is_there_before_the_association_is_up()
    {
        using var silence = new Silence();
        await using var socket = new SctpSocket(_fast);

        var id = socket.ConnectX(silence.EndPoint);

        Assert.True(id > 2);
        Assert.Equal(id, socket.AssociationId);
        Assert.Equal(SctpAssociationState.CookieWait, socket.State);
        Assert.Equal(silence.EndPoint, socket.RemoteEndPoint);
    }

    [Fact, Trait("Requirement", "CX-03")]
    public async Task CX_03_the_second_address_is_tried_when_the_first_is_dead()
    {
        await using var loopback = Loopback.Listen();
        await using var client = new SctpSocket(_fast);
        var udpPort = loopback.Address.UdpPort!.Value;

        await client.ConnectXAsync(EndPoint("127.0.0.77,127.0.0.1", loopback.Address.Port, udpPort), SocketExtensions.Timeout);

        Assert.Equal(SctpAssociationState.Established, client.State);
        Assert.Equal([IPAddress.Loopback], client.RemoteAddresses);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, loopback.Address.Port), client.PrimaryRemote);
    }

    [Fact, Trait("Requirement", "CX-08")]
    public async Task CX_08_a_list_of_dead_addresses_times_out_and_names_them()
    {
        using var silence = new Silence();
        await using var socket = new SctpSocket(_fast);

        var e = await SocketExtensions.ThrowsSctpAsync(() => socket.ConnectXAsync(silence.EndPoint).AsTask());

        Assert.Equal((SocketError.TimedOut, SctpErrno.ETIMEDOUT), (e.SocketErrorCode, e.Errno));
        Assert.Contains("127.0.0.1", e.Message);
        Assert.Equal(3, silence.Packets());
        Assert.Equal(SctpAssociationState.Closed, socket.State);
    }

    [Fact]
    public async Task Time_is_the_stacks_TimeProvider()
    {
        using var silence = new Silence();
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var stack = SctpStack.Open(0, timeProvider: clock);
        await using var socket = new SctpSocket(stack);
        socket.ConnectX(silence.EndPoint);
        await silence.WaitForAsync(packets: 1);

        // RTO.Initial, then twice as long.
        clock.Advance(TimeSpan.FromSeconds(1.01));
        await silence.WaitForAsync(packets: 1);
        clock.Advance(TimeSpan.FromSeconds(2.01));
        await silence.WaitForAsync(packets: 1);
        Assert.Equal(0, silence.Packets());
    }

    [Fact, Trait("Requirement", "CX-37")]
    public async Task CX_37_a_port_without_a_listener_refuses_at_once()
    {
        await using var loopback = Loopback.Listen();
        await using var socket = new SctpSocket();

        var e = await SocketExtensions.ThrowsSctpAsync(
            () => socket.ConnectXAsync(EndPoint("127.0.0.1", 1, loopback.Address.UdpPort!.Value)).AsTask());

        Assert.Equal(SocketError.ConnectionRefused, e.SocketErrorCode);
    }

    [Fact, Trait("Requirement", "CX-39")]
    public async Task CX_39_a_cancelled_connect_leaves_no_association()
    {
        using var silence = new Silence();

        // T1 far off: the one INIT is all that may leave.
        await using var socket = new SctpSocket(new SctpOptions { RtoInitial = TimeSpan.FromSeconds(30) });
        using var cancellation = new CancellationTokenSource();
        var connect = socket.ConnectXAsync(silence.EndPoint, cancellation.Token).AsTask();
        Assert.Equal(SctpAssociationState.CookieWait, socket.State);

        cancellation.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connect);
        Assert.Equal(SctpAssociationState.Closed, socket.State);
        Assert.Equal(1, silence.Packets());
    }

    [Fact]
    public async Task A_connect_that_is_cancelled_before_it_starts_does_nothing()
    {
        await using var socket = new SctpSocket();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => socket.ConnectXAsync(EndPoint("127.0.0.1"), new CancellationToken(true)).AsTask());
        Assert.Equal(0, socket.AssociationId);
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_the_attempt_running()
    {
        using var silence = new Silence();
        await using var socket = new SctpSocket(_fast);
        socket.ConnectX(silence.EndPoint);
        using var cancellation = new CancellationTokenSource();
        var wait = socket.WaitForConnectAsync(cancellation.Token).AsTask();

        cancellation.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        await SocketExtensions.ThrowsSctpAsync(() => socket.WaitForConnectAsync().AsTask());
        Assert.Equal(3, silence.Packets());
    }

    [Fact]
    public async Task Disposing_ends_a_connect()
    {
        using var silence = new Silence();
        var socket = new SctpSocket();
        var connect = socket.ConnectXAsync(silence.EndPoint).AsTask();

        await socket.DisposeAsync().AsTask().WaitAsync(Loopback.Patience);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => connect);
    }

    [Fact, Trait("Requirement", "CX-40")]
    public async Task CX_40_a_socket_that_connects_or_is_connected_refuses_a_second_connect()
    {
        await using var loopback = Loopback.Listen();
        using var silence = new Silence();
        await using var connecting = new SctpSocket();
        connecting.ConnectX(silence.EndPoint);
        await RefusesAsync(SctpErrno.EALREADY, silence.EndPoint, connecting);

        var (client, _) = await loopback.ConnectPairAsync();
        await RefusesAsync(SctpErrno.EISCONN, loopback.Address, client);
    }

    [Fact]
    public async Task V16_a_listening_socket_refuses_to_connect()
    {
        await using var loopback = Loopback.Listen();
        await RefusesAsync(SctpErrno.EISCONN, loopback.Address, loopback.Listener);
    }

    [Fact]
    public async Task V17_two_sockets_on_one_port_cannot_have_the_same_peer()
    {
        await using var loopback = Loopback.Listen();
        await using var stack = SctpStack.Open(0);
        await using var first = new SctpSocket(stack);
        await using var second = new SctpSocket(stack);
        first.Bind(EndPoint("127.0.0.1", 0, 0));
        var e = Assert.Throws<SctpException>(() => second.Bind(EndPoint("127.0.0.1", first.LocalEndPoint!.Port, 0)));
        Assert.Equal(SocketError.AddressAlreadyInUse, e.SocketErrorCode);
    }

    [Fact, Trait("Requirement", "CX-29")]
    public async Task CX_29_a_list_longer_than_the_limit_is_too_big()
    {
        var addresses = Enumerable.Range(1, 129).Select(i => new IPAddress([127, 0, 0, (byte)i])).ToList();
        await RefusesAsync(SctpErrno.E2BIG, new SctpEndPoint(addresses, 7).OverUdp());
    }

    [Fact, Trait("Requirement", "CX-30")]
    public async Task CX_30_a_disposed_socket_says_so()
    {
        var socket = new SctpSocket();
        await socket.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => socket.ConnectX(EndPoint("127.0.0.1")));
    }

    [Fact]
    public void V4_a_list_that_is_null_is_an_argument_error()
    {
        using var socket = new SctpSocket();
        Assert.Throws<ArgumentNullException>(() => socket.ConnectX(null!));
    }

    [Fact, Trait("Requirement", "CX-31")]
    public Task CX_31_a_list_without_an_address_is_invalid() =>
        RefusesAsync(SctpErrno.EINVAL, SctpEndPoint.FromHosts(["host.example"], 7).OverUdp());

    [Fact, Trait("Requirement", "CX-33")]
    public async Task CX_33_IPv6_on_a_socket_bound_to_IPv4_is_invalid_and_the_other_way_round()
    {
        await using var v4 = new SctpSocket();
        v4.Bind(EndPoint("127.0.0.1", 0, 0));
        await RefusesAsync(SctpErrno.EINVAL, EndPoint("127.0.0.1,[::1]"), v4);
        Assert.Equal(0, v4.AssociationId);

        await using var v6 = new SctpSocket();
        v6.Bind(EndPoint("[::1]", 0, 0));
        await RefusesAsync(SctpErrno.EINVAL, EndPoint("[::1],127.0.0.1"), v6);
    }

    [Fact, Trait("Requirement", "CX-33")]
    public async Task CX_33_both_families_in_one_list_are_fine_on_a_socket_that_is_not_bound()
    {
        await using var loopback = Loopback.Listen(local: "[::1]");
        await using var client = new SctpSocket(_fast);

        await client.ConnectXAsync(EndPoint("127.0.0.77,[::1]", loopback.Address.Port, loopback.Address.UdpPort!.Value), SocketExtensions.Timeout);

        Assert.Equal(IPAddress.IPv6Loopback, client.PrimaryRemote!.Address);
    }

    [Fact, Trait("Requirement", "CX-34")]
    public async Task CX_34_a_mapped_address_is_its_IPv4_address()
    {
        await using var v4 = new SctpSocket(_fast);
        v4.Bind(EndPoint("127.0.0.1", 0, 0));
        v4.ConnectX(new SctpEndPoint(IPAddress.Parse("::ffff:127.0.0.9"), 7).OverUdp());
        Assert.Equal([IPAddress.Parse("127.0.0.9")], v4.RemoteAddresses);

        await using var v6 = new SctpSocket();
        v6.Bind(EndPoint("[::1]", 0, 0));
        await RefusesAsync(SctpErrno.EINVAL, new SctpEndPoint(IPAddress.Parse("::ffff:127.0.0.1"), 7).OverUdp(), v6);
    }

    [Theory, Trait("Requirement", "CX-35")]
    [InlineData("127.0.0.1", 0, 9899)]
    [InlineData("127.0.0.1", 7, 0)]
    [InlineData("127.0.0.1,224.0.0.1", 7, 9899)]
    [InlineData("127.0.0.1,[ff02::1]", 7, 9899)]
    [InlineData("255.255.255.255,127.0.0.1", 7, 9899)]
    [InlineData("127.0.0.1,0.0.0.0", 7, 9899)]
    [InlineData("127.0.0.1,[::]", 7, 9899)]
    [InlineData("[::1],[fe80::1]", 7, 9899)]
    public Task CX_35_port_0_and_addresses_that_are_not_unicast_are_invalid(string addresses, int port, int udp) =>
        RefusesAsync(SctpErrno.EINVAL, EndPoint(addresses, port, udp));

    [Fact]
    public async Task V14_an_address_listed_again_counts_once()
    {
        await using var socket = new SctpSocket(_fast);
        socket.ConnectX(new SctpEndPoint([IPAddress.Loopback, IPAddress.Parse("127.0.0.2"), IPAddress.Loopback], 7).OverUdp());
        Assert.Equal([IPAddress.Loopback, IPAddress.Parse("127.0.0.2")], socket.RemoteAddresses);
    }

    // The system refuses to send from 127.0.0.1 to there; no INIT is waited for.
    [Fact, Trait("Requirement", "CX-07")]
    public async Task CX_07_a_list_that_no_address_of_the_socket_reaches_fails_at_once()
    {
        await using var socket = new SctpSocket(new SctpOptions { RtoInitial = TimeSpan.FromSeconds(60) });
        socket.Bind(EndPoint("127.0.0.1", 0, 0));

        var e = await SocketExtensions.ThrowsSctpAsync(() => socket.ConnectXAsync(EndPoint("203.0.113.1,203.0.113.2")).AsTask());

        Assert.Contains(e.SocketErrorCode, new[] { SocketError.HostUnreachable, SocketError.NetworkUnreachable });
    }

    [Fact]
    public Task SCTP_over_IP_is_named_as_not_available() =>
        RefusesAsync(SctpErrno.EPROTONOSUPPORT, SctpEndPoint.Parse("sctp://127.0.0.1:7"));

    [Fact]
    public async Task A_listener_with_a_full_backlog_refuses()
    {
        await using var loopback = Loopback.Listen(backlog: 1);
        await using var first = new SctpSocket();
        await first.ConnectXAsync(loopback.Address, SocketExtensions.Timeout);
        await using var second = new SctpSocket();

        var e = await SocketExtensions.ThrowsSctpAsync(() => second.ConnectXAsync(loopback.Address).AsTask());
        Assert.Equal(SocketError.ConnectionRefused, e.SocketErrorCode);

        await using var accepted = await loopback.Listener.AcceptAsync(SocketExtensions.Timeout);
        await using var third = new SctpSocket();
        await third.ConnectXAsync(loopback.Address, SocketExtensions.Timeout);
    }
}
