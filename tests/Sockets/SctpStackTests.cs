using System.Net;
using System.Net.Sockets;
using Kestrel.Sctp.UserSpace;
using Microsoft.Extensions.Options;

namespace Kestrel.Sctp.Sockets.Tests;

public class SctpStackTests
{
    private static SctpEndPoint Local(string address = "127.0.0.1", int port = 0, int udp = 0) => SctpEndPoint.Parse($"sctp+udp://{address}:{port}?udp={udp}");

    private static int FreeUdpPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    [Fact]
    public async Task Opening_an_open_UDP_port_gives_the_same_stack()
    {
        var port = FreeUdpPort();
        await using var first = SctpStack.Open(port);
        await using var second = SctpStack.Open(port, new SctpStackOptions());
        Assert.Same(first, second);
        Assert.Equal(port, first.UdpPort);
    }

    [Fact]
    public async Task Opening_an_open_UDP_port_with_other_options_names_both()
    {
        var port = FreeUdpPort();
        await using var stack = SctpStack.Open(port, new SctpStackOptions { MaxAssociations = 111 });
        var e = Assert.Throws<InvalidOperationException>(() => SctpStack.Open(port, new SctpStackOptions { MaxAssociations = 222 }));
        Assert.Contains("111", e.Message);
        Assert.Contains("222", e.Message);
        Assert.Contains($"{port}", e.Message);
    }

    [Fact]
    public async Task Options_are_checked_and_copied()
    {
        Assert.Throws<OptionsValidationException>(() => SctpStack.Open(0, new SctpStackOptions { MaxAssociations = 0 }));
        var options = new SctpStackOptions { MaxAssociations = 10 };
        await using var stack = SctpStack.Open(0, options);
        options.MaxAssociations = 20;
        Assert.Equal(10, stack.Options.MaxAssociations);
    }

    [Fact]
    public async Task The_last_owner_closes_the_UDP_port_and_it_can_be_opened_anew()
    {
        var first = SctpStack.Open(0);
        await using (var socket = new SctpSocket(first))
        {
            socket.Bind(Local());
            await first.DisposeAsync();
            // The socket is an owner too.
            Assert.Same(first, SctpStack.Open(first.UdpPort));
            await first.DisposeAsync();
        }

        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(IPAddress.Loopback, first.UdpPort));
        Assert.Throws<ObjectDisposedException>(() => new SctpSocket(first));
    }

    [Fact]
    public async Task Disposing_a_stack_more_often_than_it_was_opened_does_nothing()
    {
        var stack = SctpStack.Open(0);
        await using var socket = new SctpSocket(stack);
        await stack.DisposeAsync();
        await stack.DisposeAsync(); // must not take the socket's share
        socket.Bind(Local());
        socket.Listen();
    }

    [Fact]
    public async Task Servers_and_clients_share_one_UDP_port()
    {
        await using var stack = SctpStack.Open(0);
        await using var one = new SctpSocket(stack);
        await using var two = new SctpSocket(stack);
        one.Bind(Local());
        two.Bind(Local());
        one.Listen();
        two.Listen();
        await using var toOne = new SctpSocket(stack);
        await using var toTwo = new SctpSocket(stack);

        // Both ends of an association on one stack: told apart by their tags.
        await toOne.ConnectXAsync(one.LocalEndPoint!, SocketExtensions.Timeout);
        await toTwo.ConnectXAsync(two.LocalEndPoint!, SocketExtensions.Timeout);
        await using var fromOne = await one.AcceptAsync(SocketExtensions.Timeout);
        await using var fromTwo = await two.AcceptAsync(SocketExtensions.Timeout);

        await toOne.SendAsync("1");
        await toTwo.SendAsync("2");
        Assert.Equal("1", await fromOne.ReceiveTextAsync());
        Assert.Equal("2", await fromTwo.ReceiveTextAsync());
        Assert.Equal(new[] { one, two, toOne, toTwo }.Select(_ => (int?)stack.UdpPort), new[] { one, two, toOne, toTwo }.Select(s => s.LocalEndPoint!.UdpPort));
        Assert.Equal(4, new[] { toOne, toTwo, fromOne, fromTwo }.Select(s => s.AssociationId).Distinct().Count());
    }

    [Fact]
    public async Task Sockets_that_only_connect_share_a_stack()
    {
        await using var loopback = Loopback.Listen();
        var (a, _) = await loopback.ConnectPairAsync();
        var (b, _) = await loopback.ConnectPairAsync();
        Assert.Equal(a.LocalEndPoint!.UdpPort, b.LocalEndPoint!.UdpPort);
        Assert.NotEqual(loopback.Address.UdpPort, a.LocalEndPoint!.UdpPort);
        Assert.NotEqual(a.LocalEndPoint!.Port, b.LocalEndPoint!.Port);
    }

    [Fact]
    public async Task Sockets_that_only_connect_share_a_stack_with_those_of_equal_options()
    {
        await using var loopback = Loopback.Listen();
        SctpStackOptions?[] options = [null, new() { MaxAssociations = 1000 }, null, new() { MaxAssociations = 1000 }, new() { MaxAssociations = 2000 }];
        var ports = new List<int?>();
        foreach (var each in options)
        {
            var socket = loopback.Track(new SctpSocket(stackOptions: each));
            await socket.ConnectXAsync(loopback.Address, SocketExtensions.Timeout);
            ports.Add(socket.LocalEndPoint!.UdpPort);
        }

        Assert.Equal(ports[0], ports[2]);
        Assert.Equal(ports[1], ports[3]);
        Assert.Equal(3, ports.Distinct().Count());
    }

    [Fact]
    public async Task Two_sockets_cannot_bind_one_port_on_one_address()
    {
        await using var stack = SctpStack.Open(0);
        await using var first = new SctpSocket(stack);
        first.Bind(Local("127.0.0.1", 7));
        await using var second = new SctpSocket(stack);

        var e = Assert.Throws<SctpException>(() => second.Bind(Local("0.0.0.0", 7)));
        Assert.Equal((SocketError.AddressAlreadyInUse, SctpErrno.EADDRINUSE), (e.SocketErrorCode, e.Errno));
        Assert.Contains("127.0.0.1", e.Message);

        second.Bind(Local("127.0.0.2", 7));
    }

    [Fact]
    public async Task A_port_can_be_bound_again_while_accepted_associations_live()
    {
        await using var stack = SctpStack.Open(0);
        var listener = new SctpSocket(stack);
        listener.Bind(Local());
        listener.Listen();
        var address = listener.LocalEndPoint!;
        await using var client = new SctpSocket();
        await client.ConnectXAsync(address, SocketExtensions.Timeout);
        await using var accepted = await listener.AcceptAsync(SocketExtensions.Timeout);
        await listener.DisposeAsync();

        await using var next = new SctpSocket(stack);
        next.Bind(address);
        next.Listen();
        await using var other = new SctpSocket();
        await other.ConnectXAsync(address, SocketExtensions.Timeout);
        await client.SendAsync("old");
        Assert.Equal("old", await accepted.ReceiveTextAsync());
    }

    [Fact]
    public async Task A_UDP_port_of_another_process_is_named_in_the_error()
    {
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)udp.LocalEndPoint!).Port;
        await using var socket = new SctpSocket();

        var e = Assert.Throws<SctpException>(() => socket.Bind(Local("127.0.0.1", 7, port)));
        Assert.Equal(SocketError.AddressAlreadyInUse, e.SocketErrorCode);
        Assert.Contains($"UDP port {port}", e.Message);

        // Nothing is kept of it.
        udp.Dispose();
        socket.Bind(Local("127.0.0.1", 7, port));
    }

    [Fact]
    public void An_address_of_another_machine_cannot_be_bound()
    {
        using var socket = new SctpSocket();
        Assert.Equal(SocketError.AddressNotAvailable, Assert.Throws<SctpException>(() => socket.Bind(Local("203.0.113.1"))).SocketErrorCode);
        Assert.Equal(SctpErrno.EINVAL, Assert.Throws<SctpException>(() => socket.Bind(Local("224.0.0.1"))).Errno);
        Assert.Equal(SctpErrno.EPROTONOSUPPORT, Assert.Throws<SctpException>(() => socket.Bind(SctpEndPoint.Parse("sctp://127.0.0.1:0"))).Errno);
    }

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("[::]", "127.0.0.1")]
    [InlineData("[::]", "[::1]")]
    [InlineData("[::1]", "[::1]")]
    public async Task A_listener_is_reached_at_each_of_its_addresses(string bound, string connected)
    {
        await using var loopback = Loopback.Listen(local: bound);
        await using var client = new SctpSocket();
        await client.ConnectXAsync(Local(connected, loopback.Address.Port, loopback.Address.UdpPort!.Value), SocketExtensions.Timeout);
        await using var server = await loopback.Listener.AcceptAsync(SocketExtensions.Timeout);

        await client.SendAsync("x");
        Assert.Equal("x", await server.ReceiveTextAsync());
        // A wildcard stays what it was; the addresses it stands for are listed.
        Assert.Equal(bound.Trim('[', ']'), loopback.Listener.LocalEndPoint!.Addresses[0].ToString());
        Assert.Contains(IPAddress.Parse(connected.Trim('[', ']')), loopback.Listener.LocalAddresses);
    }

    [Fact]
    public async Task BindX_adds_addresses()
    {
        await using var listener = new SctpSocket();
        Assert.Equal(SctpErrno.EINVAL, Assert.Throws<SctpException>(() => listener.BindX([IPAddress.Loopback])).Errno);
        listener.Bind(Local());
        listener.BindX([IPAddress.Parse("127.0.0.2")]);
        listener.Listen();
        Assert.Equal(SctpErrno.EINVAL, Assert.Throws<SctpException>(() => listener.BindX([IPAddress.Parse("127.0.0.3")])).Errno);
        Assert.Equal([IPAddress.Loopback, IPAddress.Parse("127.0.0.2")], listener.LocalEndPoint!.Addresses);

        await using var client = new SctpSocket();
        await client.ConnectXAsync(Local("127.0.0.2", listener.LocalEndPoint!.Port, listener.LocalEndPoint.UdpPort!.Value), SocketExtensions.Timeout);
        await using var server = await listener.AcceptAsync(SocketExtensions.Timeout);
        Assert.Equal(new HashSet<IPAddress>([IPAddress.Loopback, IPAddress.Parse("127.0.0.2")]), client.RemoteAddresses.ToHashSet());
    }

    [Fact]
    public async Task A_stack_opened_again_while_it_drains_goes_on()
    {
        await using var loopback = Loopback.Listen(new SctpOptions { ReceiveBufferSize = 16 * 1024 });
        var stack = SctpStack.Open(0);
        var client = new SctpSocket(stack, new SctpOptions { CloseTimeout = TimeSpan.FromSeconds(20) });
        await client.ConnectXAsync(loopback.Address, SocketExtensions.Timeout);
        await using var server = await loopback.Listener.AcceptAsync(SocketExtensions.Timeout);
        // More than the peer takes without reading: the close can't finish.
        await client.SendAsync(new byte[200_000], default, SocketExtensions.Timeout);
        client.Dispose();
        var ended = stack.DisposeAsync().AsTask();
        Assert.False(ended.IsCompleted);

        var again = SctpStack.Open(stack.UdpPort);
        Assert.Same(stack, again);
        await ended.WaitAsync(Loopback.Patience);

        Assert.Equal(200_000, (await server.ReceiveMessageAsync())!.Length);
        await again.DisposeAsync().AsTask().WaitAsync(Loopback.Patience);
        Assert.True(stack.HasEnded);
    }

    [Fact]
    public async Task The_last_owner_waits_for_associations_that_are_closing()
    {
        await using var loopback = Loopback.Listen();
        var stack = SctpStack.Open(0);
        var client = new SctpSocket(stack);
        await client.ConnectXAsync(loopback.Address, SocketExtensions.Timeout);
        await using var server = await loopback.Listener.AcceptAsync(SocketExtensions.Timeout);
        await client.SendAsync(new byte[900_000], default, SocketExtensions.Timeout);

        client.Dispose();
        var message = server.ReceiveMessageAsync();
        await stack.DisposeAsync().AsTask().WaitAsync(Loopback.Patience);

        Assert.Equal(0, stack.LiveAssociations);
        Assert.Equal(900_000, (await message)!.Length);
    }

    [Fact]
    public async Task Ten_thousand_idle_associations_cost_little()
    {
        const int count = 10_000;
        await using var stack = SctpStack.Open(0);
        await using var listener = new SctpSocket(stack);
        listener.Bind(Local());
        listener.Listen(backlog: count);
        var threads = System.Diagnostics.Process.GetCurrentProcess().Threads.Count;
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var sockets = new List<SctpSocket>();
        foreach (var batch in Enumerable.Range(0, count).Chunk(200))
        {
            var clients = batch.Select(_ => new SctpSocket(stack, new SctpOptions { RtoInitial = TimeSpan.FromSeconds(10), RtoMin = TimeSpan.FromSeconds(1) })).ToList();
            await Task.WhenAll(clients.Select(c => c.ConnectXAsync(listener.LocalEndPoint!, SocketExtensions.Timeout).AsTask()));
            sockets.AddRange(clients);
            foreach (var _ in batch)
            {
                sockets.Add(await listener.AcceptAsync(SocketExtensions.Timeout));
            }
        }

        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (2 * count);
        TestContext.Current.SendDiagnosticMessage("{0} bytes for each end", each);
        Assert.InRange(each, 1, 16 * 1024);
        Assert.InRange(System.Diagnostics.Process.GetCurrentProcess().Threads.Count, 1, threads + (count / 10)); // other tests have theirs
        foreach (var socket in sockets)
        {
            socket.Abort();
            socket.Dispose();
        }
        Assert.Equal(0, stack.LiveAssociations);
    }
}
