using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kestrel.Sctp.Transport.Tests;

/// <summary>What the tests have in common: servers on ephemeral ports of 127.0.0.1, and clients.</summary>
internal static class Host
{
    public const string AnyPort = "sctp+udp://127.0.0.1:0?udp=0";

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A server that echoes over SCTP.</summary>
    public static async Task<WebApplication> StartEchoAsync(
        Action<SctpTransportOptions>? options = null, Action<WebApplicationBuilder>? configure = null, Action<ListenOptions>? listen = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSctp(options);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenSctp(AnyPort, listen ?? (l => l.UseConnectionHandler<EchoHandler>())));
        configure?.Invoke(builder);
        var app = builder.Build();
        await app.StartAsync();
        return app;
    }

    public static IEnumerable<string> GetAddresses(this IHost host) =>
        host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;

    public static SctpEndPoint GetSctp(this IHost host) => SctpEndPoint.Parse(host.GetAddresses().Single(a => a.StartsWith("sctp", StringComparison.Ordinal)));

    public static async Task<byte[]> EchoAsync(this ConnectionContext connection, byte[] payload)
    {
        var writing = connection.Transport.Output.WriteAsync(payload).AsTask();
        var read = await connection.Transport.Input.ReadAtLeastAsync(payload.Length).AsTask().WaitAsync(Patience);
        var echo = read.Buffer.ToArray();
        connection.Transport.Input.AdvanceTo(read.Buffer.End);
        await writing.WaitAsync(Patience);
        return echo;
    }

    /// <summary>Connects, echoes and ends.</summary>
    public static async Task AssertEchoesAsync(this IHost host)
    {
        await using var factory = new SctpConnectionFactory();
        await using var connection = await factory.ConnectAsync(host.GetSctp()).AsTask().WaitAsync(Patience);
        byte[] payload = [1, 2, 3];
        Assert.Equal(payload, await connection.EchoAsync(payload));
    }
}

internal sealed class EchoHandler : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        try
        {
            await EchoAllAsync(connection);
        }
        catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException)
        {
        }
    }

    public static async Task EchoAllAsync(ConnectionContext connection)
    {
        while (true)
        {
            var read = await connection.Transport.Input.ReadAsync();
            foreach (var block in read.Buffer)
            {
                connection.Transport.Output.Write(block.Span);
            }

            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            if ((await connection.Transport.Output.FlushAsync()).IsCompleted || read.IsCompleted)
            {
                return;
            }
        }
    }
}

/// <summary>Keeps what was logged.</summary>
internal sealed class LogList : ILoggerProvider
{
    private readonly List<(LogLevel Level, string Category, string Text, Exception? Error)> _entries = [];

    public IReadOnlyList<(LogLevel Level, string Category, string Text, Exception? Error)> Entries
    {
        get
        {
            lock (_entries)
            {
                return [.. _entries];
            }
        }
    }

    public void Clear()
    {
        lock (_entries)
        {
            _entries.Clear();
        }
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(LogList list, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (list._entries)
            {
                list._entries.Add((logLevel, category, formatter(state, exception), exception));
            }
        }
    }
}
