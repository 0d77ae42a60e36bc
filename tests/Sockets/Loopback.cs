using System.Net;

namespace Kestrel.Sctp.Sockets.Tests;

/// <summary>A listener and clients on 127.0.0.1, on ephemeral ports: tests run side by side.</summary>
internal sealed class Loopback : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<SctpSocket> _sockets = [];

    private Loopback(SctpSocket listener) => Listener = listener;

    public SctpSocket Listener { get; }

    /// <summary>Where to connect to.</summary>
    public SctpEndPoint Address => Listener.LocalEndPoint!;

    public static Loopback Listen(SctpOptions? options = null, string local = "127.0.0.1", int backlog = 512)
    {
        var listener = new SctpSocket(options);
        listener.Bind(SctpEndPoint.Parse($"sctp+udp://{local}:0?udp=0"));
        listener.Listen(backlog);
        return new Loopback(listener);
    }

    /// <summary>A connected client and the listener's side of it.</summary>
    public static async Task<(Loopback Loopback, SctpSocket Client, SctpSocket Server)> ConnectAsync(
        SctpOptions? clientOptions = null, SctpOptions? serverOptions = null)
    {
        var loopback = Listen(serverOptions);
        var (client, server) = await loopback.ConnectPairAsync(clientOptions);
        return (loopback, client, server);
    }

    public async Task<(SctpSocket Client, SctpSocket Server)> ConnectPairAsync(SctpOptions? options = null)
    {
        var client = Track(new SctpSocket(options));
        var accept = Listener.AcceptAsync().AsTask();
        await client.ConnectXAsync(Address).AsTask().WaitAsync(Patience);
        return (client, Track(await accept.WaitAsync(Patience)));
    }

    public SctpSocket Track(SctpSocket socket)
    {
        lock (_sockets)
        {
            _sockets.Add(socket);
        }
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets)
        {
            socket.Abort("the test is over");
        }
        foreach (var socket in _sockets)
        {
            await socket.DisposeAsync().AsTask().WaitAsync(Patience);
        }
        await Listener.DisposeAsync().AsTask().WaitAsync(Patience);
    }
}

internal static class SocketExtensions
{
    public static CancellationToken Timeout => new CancellationTokenSource(Loopback.Patience).Token;

    public static Task SendAsync(this SctpSocket socket, string message, SctpSendInfo info = default) =>
        socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(message), info, Timeout).AsTask();

    /// <summary>One whole message; null at the end of the association.</summary>
    public static async Task<byte[]?> ReceiveMessageAsync(this SctpSocket socket)
    {
        var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, Timeout);
            if (part.IsEndOfAssociation)
            {
                return bytes.Length == 0 ? null : throw new InvalidOperationException("The association ended within a message.");
            }
            bytes.Write(buffer, 0, part.BytesReceived);
            if (part.EndOfMessage)
            {
                return bytes.ToArray();
            }
        }
    }

    public static async Task<string?> ReceiveTextAsync(this SctpSocket socket) =>
        await socket.ReceiveMessageAsync() is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : null;

    public static Task<SctpException> ThrowsSctpAsync(Func<Task> call) => Assert.ThrowsAsync<SctpException>(() => call().WaitAsync(Loopback.Patience));
}
