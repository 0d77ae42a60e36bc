using System.Net.Security;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Kestrel.Sctp.Transport.Tests;

public class EchoTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1000)]
    public async Task Concurrent_connections_each_get_their_own_bytes_back(int count)
    {
        await using var app = await Host.StartEchoAsync();
        await using var factory = new SctpConnectionFactory();
        var server = app.GetSctp();

        var connections = new ConnectionContext[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, cancelled) =>
            connections[i] = await factory.ConnectAsync(server, cancelled).AsTask().WaitAsync(Host.Patience, cancelled));
        Assert.Equal(count, connections.Select(c => c.ConnectionId).Distinct().Count());

        // All at once, with all connections up.
        await Task.WhenAll(connections.Select(async connection =>
        {
            for (var round = 0; round < 3; round++)
            {
                var payload = RandomNumberGenerator.GetBytes(2000);
                Assert.Equal(payload, await connection.EchoAsync(payload));
            }
        }));
        await Task.WhenAll(connections.Select(c => c.DisposeAsync().AsTask())).WaitAsync(Host.Patience);
    }

    [Fact]
    public async Task Sixty_four_MiB_go_both_ways_at_once_through_one_connection()
    {
        const int total = 64 << 20;
        await using var app = await Host.StartEchoAsync();
        await using var factory = new SctpConnectionFactory();
        await using var connection = await factory.ConnectAsync(app.GetSctp());
        var block = RandomNumberGenerator.GetBytes(1 << 20);

        var writing = Task.Run(async () =>
        {
            for (var sent = 0; sent < total; sent += block.Length)
            {
                await connection.Transport.Output.WriteAsync(block).AsTask().WaitAsync(Host.Patience);
            }
        });
        for (var at = 0; at < total;)
        {
            var read = await connection.Transport.Input.ReadAsync().AsTask().WaitAsync(Host.Patience);
            Assert.False(read.IsCompleted);
            foreach (var memory in read.Buffer)
            {
                for (var span = memory.Span; !span.IsEmpty;)
                {
                    var expected = block.AsSpan(at % block.Length);
                    var length = Math.Min(span.Length, expected.Length);
                    Assert.True(span[..length].SequenceEqual(expected[..length]), $"differs after {at} bytes");
                    span = span[length..];
                    at += length;
                }
            }

            connection.Transport.Input.AdvanceTo(read.Buffer.End);
        }

        await writing;
    }

    [Fact]
    public async Task A_handler_that_stops_reading_stops_the_client_with_memory_bounded_and_then_goes_on()
    {
        const int total = 32 << 20;
        var release = new TaskCompletionSource();
        var received = 0L;
        var done = new TaskCompletionSource();
        await using var app = await Host.StartEchoAsync(listen: l => l.Run(async connection =>
        {
            await release.Task;
            while (received < total)
            {
                var read = await connection.Transport.Input.ReadAsync();
                received += read.Buffer.Length;
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
            }

            done.SetResult();
        }));
        await using var factory = new SctpConnectionFactory();
        await using var connection = await factory.ConnectAsync(app.GetSctp());
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        var written = 0L;
        var writing = Task.Run(async () =>
        {
            var block = new byte[64 * 1024];
            while (written < total)
            {
                await connection.Transport.Output.WriteAsync(block);
                Interlocked.Add(ref written, block.Length);
            }
        });

        var before = -1L;
        while (before != Interlocked.Read(ref written))
        {
            before = Interlocked.Read(ref written);
            await Task.Delay(500);
        }

        // A send buffer, a receive buffer, an input pipe; each 1 MiB at most.
        Assert.False(writing.IsCompleted);
        Assert.InRange(before, 1 << 20, 3 << 20);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - memory, long.MinValue, 16 << 20);

        release.SetResult();
        await writing.WaitAsync(Host.Patience);
        await done.Task.WaitAsync(Host.Patience);
        Assert.Equal(total, received);
    }

    [Fact]
    public async Task TLS_over_the_pipe()
    {
        using var certificate = Certificates.Create();
        await using var app = await Host.StartEchoAsync(
            configure: b => b.WebHost.UseKestrelHttpsConfiguration(), listen: l => l.UseHttps(certificate).UseConnectionHandler<EchoHandler>());
        await using var factory = new SctpConnectionFactory();
        await using var tls = new SslStream(new ConnectionStream(await factory.ConnectAsync(app.GetSctp())));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == certificate.GetCertHashString(),
        });

        var payload = RandomNumberGenerator.GetBytes(500_000);
        var writing = tls.WriteAsync(payload).AsTask();
        var echo = new byte[payload.Length];
        await tls.ReadExactlyAsync(echo).AsTask().WaitAsync(Host.Patience);
        await writing;
        Assert.Equal(payload, echo);
    }

    [Fact]
    public async Task HTTP_2_over_TLS_over_the_pipe()
    {
        using var certificate = Certificates.Create();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSctp();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenSctp(Host.AnyPort, l => l.UseHttps(certificate)));
        await using var app = builder.Build();
        app.Run(context => context.Response.WriteAsync($"{context.Request.Protocol} {context.Request.Scheme}"));
        await app.StartAsync();

        await using var factory = new SctpConnectionFactory();
        using var http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == certificate.GetCertHashString() },
            ConnectCallback = async (_, cancellationToken) => new ConnectionStream(await factory.ConnectAsync(app.GetSctp(), cancellationToken)),
        })
        {
            DefaultRequestVersion = new Version(2, 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => http.GetStringAsync("https://localhost/"))).WaitAsync(Host.Patience);
        Assert.All(answers, answer => Assert.Equal("HTTP/2 https", answer));
    }
}
