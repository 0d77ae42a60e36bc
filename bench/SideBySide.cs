using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kestrel.Sctp.Bench;

/// <summary>
/// The same handlers and the same client code over Kestrel's TCP and over SCTP, in one process and one run: what is to be
/// read is the ratio, for the figures move with the machine.
/// </summary>
internal static class SideBySide
{
    private const int Rounds = 3;

    public static async Task<int> RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseSctp();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, l => l.UseConnectionHandler<Echo>());
            kestrel.Listen(IPAddress.Loopback, 0, l => l.UseConnectionHandler<Count>());
            kestrel.ListenSctp("sctp+udp://127.0.0.1:7?udp=9955", l => l.UseConnectionHandler<Echo>());
            kestrel.ListenSctp("sctp+udp://127.0.0.1:9?udp=9955", l => l.UseConnectionHandler<Count>());
        });
        await using var app = builder.Build();
        await app.StartAsync();
        var tcpPorts = app.Urls.Where(url => url.StartsWith("http://", StringComparison.Ordinal)).Select(url => new Uri(url).Port).ToArray();
        await using var sctp = new SctpConnectionFactory();
        await using var tcp = new TcpConnectionFactory();
        var echo = (Tcp: (EndPoint)new IPEndPoint(IPAddress.Loopback, tcpPorts[0]), Sctp: (EndPoint)SctpEndPoint.Parse("sctp+udp://127.0.0.1:7?udp=9955"));
        var count = (Tcp: (EndPoint)new IPEndPoint(IPAddress.Loopback, tcpPorts[1]), Sctp: (EndPoint)SctpEndPoint.Parse("sctp+udp://127.0.0.1:9?udp=9955"));

        Console.WriteLine($"{"",-36}{"TCP",12}{"SCTP/UDP",12}{"SCTP/TCP",10}");
        await CompareAsync("round trips of 64 B, 1 connection /s", f => PingPongAsync(f, f == tcp ? echo.Tcp : echo.Sctp, 1));
        await CompareAsync("round trips of 64 B, 64 connections /s", f => PingPongAsync(f, f == tcp ? echo.Tcp : echo.Sctp, 64));
        await CompareAsync("one way, Mbit/s", f => OneWayAsync(f, f == tcp ? count.Tcp : count.Sctp));
        await CompareAsync("connections one after one /s", f => ConnectAsync(f, f == tcp ? echo.Tcp : echo.Sctp));
        await app.StopAsync();
        return 0;

        async Task CompareAsync(string name, Func<IConnectionFactory, Task<double>> measure)
        {
            List<double> ofTcp = [], ofSctp = [];
            for (var round = 0; round <= Rounds; round++)
            {
                // The first of each warms up.
                ofTcp.Add(await measure(tcp));
                ofSctp.Add(await measure(sctp));
            }

            var (a, b) = (Median(ofTcp), Median(ofSctp));
            Console.WriteLine($"{name,-36}{a,12:F0}{b,12:F0}{b / a,10:F2}");
        }
    }

    private static double Median(List<double> values) => values.Skip(1).Order().ElementAt(Rounds / 2);

    private static async Task<double> PingPongAsync(IConnectionFactory factory, EndPoint server, int connections)
    {
        var clock = new Stopwatch();
        var opened = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => factory.ConnectAsync(server).AsTask()));
        clock.Start();
        var trips = await Task.WhenAll(opened.Select(connection => Task.Run(async () =>
        {
            var (message, count) = (new byte[64], 0);
            for (; clock.ElapsedMilliseconds < 1_000; count++)
            {
                await connection.Transport.Output.WriteAsync(message);
                var read = await connection.Transport.Input.ReadAtLeastAsync(message.Length);
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
            }

            return count;
        })));
        var seconds = clock.Elapsed.TotalSeconds;
        await Task.WhenAll(opened.Select(connection => connection.DisposeAsync().AsTask()));
        return trips.Sum() / seconds;
    }

    private static async Task<double> OneWayAsync(IConnectionFactory factory, EndPoint server)
    {
        const long total = 128L * 1024 * 1024;
        await using var connection = await factory.ConnectAsync(server);
        var clock = Stopwatch.StartNew();
        var block = new byte[64 * 1024];
        Count.Expect(total);
        for (long sent = 0; sent < total; sent += block.Length)
        {
            await connection.Transport.Output.WriteAsync(block);
        }

        await Count.Reached;
        return total * 8 / clock.Elapsed.TotalSeconds / 1e6;
    }

    private static async Task<double> ConnectAsync(IConnectionFactory factory, EndPoint server)
    {
        const int connections = 500;
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < connections; i++)
        {
            await using var connection = await factory.ConnectAsync(server);
        }

        return connections / clock.Elapsed.TotalSeconds;
    }

    private sealed class Echo : ConnectionHandler
    {
        public override async Task OnConnectedAsync(ConnectionContext connection)
        {
            while (true)
            {
                var read = await connection.Transport.Input.ReadAsync();
                foreach (var block in read.Buffer)
                {
                    await connection.Transport.Output.WriteAsync(block);
                }

                connection.Transport.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }
        }
    }

    private sealed class Count : ConnectionHandler
    {
        private static TaskCompletionSource _reached = new();
        private static long _left;

        public static Task Reached => _reached.Task;

        public static void Expect(long bytes)
        {
            _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _left, bytes);
        }

        public override async Task OnConnectedAsync(ConnectionContext connection)
        {
            while (true)
            {
                var read = await connection.Transport.Input.ReadAsync();
                var length = read.Buffer.Length;
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
                if (Interlocked.Add(ref _left, -length) == 0)
                {
                    _reached.TrySetResult();
                }

                if (read.IsCompleted)
                {
                    return;
                }
            }
        }
    }

    private sealed class TcpConnectionFactory : IConnectionFactory, IAsyncDisposable
    {
        private readonly SocketConnectionContextFactory _contexts = new(new SocketConnectionFactoryOptions(), NullLogger.Instance);

        public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(endpoint, cancellationToken);
            return _contexts.Create(socket);
        }

        public ValueTask DisposeAsync()
        {
            _contexts.Dispose();
            return default;
        }
    }
}
