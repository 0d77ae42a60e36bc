using System.Buffers;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;

namespace Kestrel.Sctp.Interop.Tests.Harness;

/// <summary>Our Kestrel server on 127.0.0.1, SCTP port 7, on a UDP port of its own.</summary>
internal sealed class KestrelServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<ServedConnection> _accepted;

    private KestrelServer(WebApplication app, SctpEndPoint endPoint, Channel<ServedConnection> accepted)
    {
        _app = app;
        EndPoint = endPoint;
        _accepted = accepted;
    }

    public SctpEndPoint EndPoint { get; }

    public int Port => EndPoint.Port;

    public int UdpPort => EndPoint.UdpPort!.Value;

    /// <summary>Echoes bytes until the peer ends.</summary>
    public static Task<KestrelServer> EchoAsync(Action<SctpOptions>? sctp = null) => StartAsync(sctp, EchoAsync);

    /// <summary>Hands each connection to the test, by <see cref="AcceptAsync"/>; the handler returns when the test says so.</summary>
    public static Task<KestrelServer> StartAsync(Action<SctpOptions>? sctp = null) => StartAsync(sctp, handler: null);

    /// <summary>The next connection, in the order in which Kestrel served them.</summary>
    public async Task<ServedConnection> AcceptAsync() => await _accepted.Reader.ReadAsync().AsTask().WaitAsync(ChildProgram.Patience);

    /// <summary>A peer's options to connect here.</summary>
    public UsrsctpPeerOptions Peer(int? port = null)
        => new() { Bind = "127.0.0.1", Peer = "127.0.0.1", PeerPort = Port, PeerUdpPort = UdpPort, Port = port };

    /// <summary>Stops the server; handlers that have not returned when the token is cancelled have their connections aborted.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _accepted.Writer.TryComplete();
        while (_accepted.Reader.TryRead(out var connection))
        {
            connection.Finish();
        }

        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private static async Task<KestrelServer> StartAsync(Action<SctpOptions>? sctp, Func<ConnectionContext, Task>? handler)
    {
        var endPoint = new SctpEndPoint([IPAddress.Loopback], 7).OverUdp(UdpPorts.Take());
        var accepted = Channel.CreateUnbounded<ServedConnection>();
        handler ??= connection =>
        {
            var served = new ServedConnection(connection);
            return accepted.Writer.TryWrite(served) ? served.Finished : Task.CompletedTask;
        };
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSctp();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenSctp(endPoint, listen => listen.Run(context => handler(context)), sctp));
        var app = builder.Build();
        await app.StartAsync();
        return new KestrelServer(app, endPoint, accepted);
    }

    private static async Task EchoAsync(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        while (true)
        {
            var read = await input.ReadAsync();
            foreach (var block in read.Buffer)
            {
                output.Write(block.Span);
            }

            input.AdvanceTo(read.Buffer.End);
            if ((await output.FlushAsync()).IsCompleted || read.IsCompleted)
            {
                return;
            }
        }
    }
}

/// <summary>A connection of <see cref="KestrelServer"/> in the hands of a test.</summary>
internal sealed class ServedConnection(ConnectionContext context) : IAsyncDisposable
{
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ConnectionContext Context => context;

    internal Task Finished => _finished.Task;

    /// <summary>The handler returns: Kestrel closes the connection.</summary>
    public void Finish() => _finished.TrySetResult();

    public ValueTask DisposeAsync()
    {
        Finish();
        return ValueTask.CompletedTask;
    }
}
