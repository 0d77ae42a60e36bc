// Echoes what it receives, over SCTP in Kestrel.
//
//   dotnet run                     serves on sctp+udp://127.0.0.1,127.0.0.2:7 (UDP 9899) until Ctrl+C
//   dotnet run -- --listen URI     serves there instead
//   dotnet run -- --demo           server and client in one: an association past a dead address, an echo, and what became of the addresses

using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Kestrel.Sctp;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

var demo = args.Contains("--demo");
var listen = Array.IndexOf(args, "--listen") is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
IPAddress[] addresses = [IPAddress.Loopback, CanBind("127.0.0.2") ? IPAddress.Parse("127.0.0.2") : IPAddress.IPv6Loopback];
var endPoint = listen is not null ? SctpEndPoint.Parse(listen)
    : demo ? new SctpEndPoint(addresses, port: 7).OverUdp(udpPort: 0) // any free UDP port
    : new SctpEndPoint(addresses, port: 7).OverUdp();

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1)); // then live connections are aborted
builder.WebHost.UseSctp();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenSctp(endPoint, l => l.UseConnectionHandler<EchoHandler>()));
await using var app = builder.Build();
try
{
    await app.StartAsync();
}
catch (IOException e)
{
    Console.Error.WriteLine((e.InnerException ?? e).Message);
    return 1;
}

var listening = SctpEndPoint.Parse(app.Urls.First());
Console.WriteLine($"listening on {listening}");
if (demo)
{
    return await RunDemoAsync(listening) ? 0 : 1;
}

await app.WaitForShutdownAsync();
return 0;

static async Task<bool> RunDemoAsync(SctpEndPoint server)
{
    // Nobody listens on 127.0.0.9, so the first INIT gets no answer, and the next one goes to the next address.
    var listed = new SctpEndPoint([IPAddress.Parse("127.0.0.9"), .. server.Addresses], server.Port).OverUdp(server.UdpPort!.Value);
    Console.WriteLine($"connecting to {listed}");
    var clock = Stopwatch.StartNew();
    await using var factory = new SctpConnectionFactory();
    await using var connection = await factory.ConnectAsync(listed);
    var association = connection.Features.GetRequiredFeature<ISctpAssociationFeature>();
    Console.WriteLine($"connected after {clock.Elapsed.TotalMilliseconds:F0} ms");
    Console.WriteLine($"association id {association.AssociationId}");

    var echoed = await EchoAsync(connection, Encoding.UTF8.GetBytes("Hello over SCTP"))
        && await EchoAsync(connection, RandomNumberGenerator.GetBytes(1024 * 1024));

    var paths = association.Paths;
    foreach (var address in listed.Addresses)
    {
        Console.WriteLine($"listed {address}");
    }

    foreach (var address in listed.Addresses.Except(paths.Select(p => p.Address)))
    {
        Console.WriteLine($"discarded {address}");
    }

    foreach (var path in paths)
    {
        Console.WriteLine($"live {path.Address} {path.State.ToString().ToLowerInvariant()}{(path.IsPrimary ? ", primary" : "")}"
            + $", round trip {(path.SmoothedRoundTripTime is { } time ? $"{time.TotalMilliseconds:F1} ms" : "not measured yet")}, time-out {path.RetransmissionTimeout.TotalMilliseconds:F0} ms, window {path.CongestionWindow} bytes");
    }

    return echoed;
}

static async Task<bool> EchoAsync(ConnectionContext connection, byte[] payload)
{
    var clock = Stopwatch.StartNew();
    var sending = connection.Transport.Output.WriteAsync(payload).AsTask();
    var echo = await connection.Transport.Input.ReadAtLeastAsync(payload.Length);
    await sending;
    var same = echo.Buffer.ToArray().AsSpan().SequenceEqual(payload);
    connection.Transport.Input.AdvanceTo(echo.Buffer.End);
    Console.WriteLine(same ? $"echoed {payload.Length} bytes" : "the echo differs");
    Console.WriteLine($"took {clock.Elapsed.TotalMilliseconds:F0} ms");
    return same;
}

// macOS has only 127.0.0.1 unless the others are added.
static bool CanBind(string address)
{
    using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    try
    {
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        return true;
    }
    catch (SocketException)
    {
        return false;
    }
}

internal sealed class EchoHandler : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        try
        {
            await connection.Transport.Input.CopyToAsync(connection.Transport.Output);
        }
        catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException)
        {
            // The client is gone, or the server stops.
        }
    }
}
