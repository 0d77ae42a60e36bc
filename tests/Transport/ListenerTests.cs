using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Kestrel.Sctp.Transport.Tests;

public class ListenerTests
{
    [Fact]
    public async Task The_factory_binds_SCTP_endpoints_alone()
    {
        var factory = CreateFactory();

        Assert.True(factory.CanBind(SctpEndPoint.Parse(Host.AnyPort)));
        Assert.False(factory.CanBind(new IPEndPoint(IPAddress.Loopback, 0)));
        Assert.False(factory.CanBind(new UnixDomainSocketEndPoint("/tmp/x")));
        var error = await Assert.ThrowsAsync<NotSupportedException>(() => factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 80)).AsTask());
        Assert.Contains("SctpEndPoint", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_endpoint_has_the_ports_that_were_chosen_and_so_do_its_connections()
    {
        await using var listener = await CreateFactory().BindAsync(SctpEndPoint.Parse(Host.AnyPort));
        var bound = Assert.IsType<SctpEndPoint>(listener.EndPoint);
        Assert.NotEqual(0, bound.Port);
        Assert.NotEqual(0, bound.UdpPort);

        await using var client = new SctpConnectionFactory();
        await using var connecting = await client.ConnectAsync(bound);
        await using var accepted = await AcceptAsync(listener);
        Assert.Equal(bound, accepted!.LocalEndPoint);
        Assert.IsType<IPEndPoint>(accepted.RemoteEndPoint);
    }

    [Fact]
    public async Task A_port_in_use_is_an_AddressInUseException()
    {
        await using var listener = await CreateFactory().BindAsync(SctpEndPoint.Parse(Host.AnyPort));
        await Assert.ThrowsAsync<AddressInUseException>(() => CreateFactory().BindAsync(listener.EndPoint).AsTask());

        // The port is free again after the dispose.
        var endPoint = listener.EndPoint;
        await listener.DisposeAsync();
        await using var again = await CreateFactory().BindAsync(endPoint);
        Assert.Equal(endPoint, again.EndPoint);
    }

    [Fact]
    public async Task A_UDP_port_in_use_is_an_AddressInUseException()
    {
        using var udp = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)udp.Client.LocalEndPoint!).Port;

        await Assert.ThrowsAsync<AddressInUseException>(() => CreateFactory().BindAsync(new SctpEndPoint(IPAddress.Loopback, 7).OverUdp(port)).AsTask());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Accept_gives_null_after_unbind_or_dispose(bool dispose)
    {
        var listener = await CreateFactory().BindAsync(SctpEndPoint.Parse(Host.AnyPort));
        var accepting = listener.AcceptAsync().AsTask();
        await (dispose ? listener.DisposeAsync().AsTask() : listener.UnbindAsync().AsTask()).WaitAsync(Host.Patience);

        Assert.Null(await accepting.WaitAsync(Host.Patience));
        Assert.Null(await AcceptAsync(listener));
        await listener.DisposeAsync();
    }

    [Fact]
    public async Task Accept_can_be_cancelled_and_goes_on_after_that()
    {
        await using var listener = await CreateFactory().BindAsync(SctpEndPoint.Parse(Host.AnyPort));
        using var cancellation = new CancellationTokenSource();
        var accepting = listener.AcceptAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting);

        await using var client = new SctpConnectionFactory();
        await using var connecting = await client.ConnectAsync(listener.EndPoint);
        await using var accepted = await AcceptAsync(listener);
        Assert.NotNull(accepted);
    }

    [Fact]
    public async Task Unbind_stops_accepting_and_leaves_live_connections_alone()
    {
        var listener = await CreateFactory().BindAsync(SctpEndPoint.Parse(Host.AnyPort));
        await using var client = new SctpConnectionFactory();
        await using var here = await client.ConnectAsync(listener.EndPoint);
        await using var there = (await AcceptAsync(listener))!;

        await listener.UnbindAsync();
        var refused = await Assert.ThrowsAsync<SctpException>(() => client.ConnectAsync(listener.EndPoint).AsTask());
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        await here.Transport.Output.WriteAsync(new byte[] { 1, 2, 3 });
        var read = await there.Transport.Input.ReadAsync();
        Assert.Equal(3, read.Buffer.Length);
        there.Transport.Input.AdvanceTo(read.Buffer.End);
        await listener.DisposeAsync();
    }

    [Fact]
    public async Task An_association_that_is_gone_before_it_is_accepted_harms_nobody()
    {
        await using var listener = await CreateFactory().BindAsync(SctpEndPoint.Parse(Host.AnyPort));
        await using var client = new SctpConnectionFactory();
        await using (var gone = await client.ConnectAsync(listener.EndPoint))
        {
            gone.Abort();
        }

        await using var connecting = await client.ConnectAsync(listener.EndPoint);
        await connecting.Transport.Output.WriteAsync(new byte[] { 7 });
        for (var i = 0; ; i++)
        {
            await using var accepted = (await AcceptAsync(listener))!;
            try
            {
                var read = await accepted.Transport.Input.ReadAsync().AsTask().WaitAsync(Host.Patience);
                Assert.Equal(7, read.Buffer.FirstSpan[0]);
                break;
            }
            catch (ConnectionResetException) when (i == 0)
            {
                // the one that was aborted
            }
        }
    }

    [Fact]
    public async Task Beyond_MaxAssociations_a_connection_is_reset_until_another_ends()
    {
        await using var app = await Host.StartEchoAsync(o => o.MaxAssociations = 2);
        await using var client = new SctpConnectionFactory();
        await using var first = await client.ConnectAsync(app.GetSctp());
        var second = await client.ConnectAsync(app.GetSctp());
        Assert.Equal([1], await first.EchoAsync([1]));
        Assert.Equal([2], await second.EchoAsync([2]));

        await using (var third = await client.ConnectAsync(app.GetSctp()))
        {
            var error = await Assert.ThrowsAsync<ConnectionResetException>(() => third.Transport.Input.ReadAsync().AsTask().WaitAsync(Host.Patience));
            Assert.Contains("limit", error.Message, StringComparison.Ordinal);
        }

        await second.DisposeAsync();
        for (var served = false; !served;)
        {
            // The server counts the second one down a moment after its client has seen the end.
            await using var another = await client.ConnectAsync(app.GetSctp());
            try
            {
                served = (await another.EchoAsync([3]))[0] == 3;
            }
            catch (ConnectionResetException)
            {
            }
        }
    }

    [Fact]
    public async Task Stopping_the_server_asks_the_handlers_to_close_and_the_client_sees_a_graceful_end()
    {
        var serving = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await Host.StartEchoAsync(listen: l => l.Run(async connection =>
        {
            var closing = new TaskCompletionSource();
            using var registration = connection.Features.Get<IConnectionLifetimeNotificationFeature>()!.ConnectionClosedRequested.Register(closing.SetResult);
            serving.SetResult();
            await closing.Task;
            await connection.Transport.Output.WriteAsync("bye"u8.ToArray());
        }));
        await using var client = new SctpConnectionFactory();
        await using var connection = await client.ConnectAsync(app.GetSctp());

        // One that is still in the backlog is aborted, as by any listener that closes.
        await serving.Task.WaitAsync(Host.Patience);

        var stopping = app.StopAsync();
        var read = await connection.Transport.Input.ReadAtLeastAsync(4).AsTask().WaitAsync(Host.Patience);
        Assert.Equal("bye"u8.ToArray(), read.Buffer.FirstSpan.ToArray());
        Assert.True(read.IsCompleted);
        await stopping.WaitAsync(Host.Patience);
    }

    [Fact]
    public async Task Stopping_the_server_aborts_connections_that_do_not_end_in_time()
    {
        await using var app = await Host.StartEchoAsync();
        await using var client = new SctpConnectionFactory();
        var connections = new List<ConnectionContext>();
        for (var i = 0; i < 10; i++)
        {
            connections.Add(await client.ConnectAsync(app.GetSctp()));
            Assert.Equal([1], await connections[i].EchoAsync([1]));
        }

        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await app.StopAsync(soon.Token).WaitAsync(Host.Patience);
        foreach (var connection in connections)
        {
            await Assert.ThrowsAsync<ConnectionResetException>(() => connection.Transport.Input.ReadAsync().AsTask().WaitAsync(Host.Patience));
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_vanished_client_does_not_hold_the_stop_of_a_server_that_still_sends_to_it()
    {
        await using var app = await Host.StartEchoAsync(o => o.Sctp.CloseTimeout = TimeSpan.FromMilliseconds(200));
        using var client = await StartClientAsync(app.GetSctp());
        client.Kill();
        await client.WaitForExitAsync();

        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await app.StopAsync(soon.Token).WaitAsync(Host.Patience);
    }

    [Fact]
    public async Task A_killed_client_is_noticed_by_heartbeats_and_the_others_go_on()
    {
        var lost = new TaskCompletionSource<Exception>();
        await using var app = await Host.StartEchoAsync(
            o =>
            {
                (o.Sctp.RtoMin, o.Sctp.RtoInitial, o.Sctp.RtoMax) = (TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(100));
                o.Sctp.UdpHeartbeatInterval = TimeSpan.FromMilliseconds(100);
                (o.Sctp.AssociationMaxRetransmits, o.Sctp.PathMaxRetransmits) = (3, 3);
            },
            listen: l => l.Run(async connection =>
            {
                try
                {
                    await EchoHandler.EchoAllAsync(connection);
                }
                catch (ConnectionResetException e)
                {
                    lost.TrySetResult(e);
                }
            }));
        await using var factory = new SctpConnectionFactory();
        await using var other = await factory.ConnectAsync(app.GetSctp());
        using var client = await StartClientAsync(app.GetSctp());
        client.Kill();

        var error = await lost.Task.WaitAsync(Host.Patience);
        Assert.Equal(SocketError.TimedOut, Assert.IsType<SctpException>(error.InnerException).SocketErrorCode);
        Assert.Equal([5], await other.EchoAsync([5]));
    }

    /// <summary>The sample client as a process, connected and with one line echoed.</summary>
    private static async Task<Process> StartClientAsync(SctpEndPoint server)
    {
        var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", SampleTests.Find("EchoClient"), server.ToString()])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        await process.StandardInput.WriteLineAsync("hello");
        await process.StandardInput.FlushAsync();
        Assert.StartsWith("association id", await process.StandardOutput.ReadLineAsync().WaitAsync(Host.Patience), StringComparison.Ordinal);
        Assert.Equal("hello", await process.StandardOutput.ReadLineAsync().WaitAsync(Host.Patience));
        return process;
    }

    private static SctpTransportFactory CreateFactory() =>
        new(Options.Create(new SctpTransportOptions()), Options.Create(new SctpStackOptions()), NullLoggerFactory.Instance);

    private static Task<ConnectionContext?> AcceptAsync(IConnectionListener listener) => listener.AcceptAsync().AsTask().WaitAsync(Host.Patience);
}
