using System.Net;

namespace Kestrel.Sctp.Interop.Tests.Harness;

/// <summary>Echoes whole messages on plain <see cref="SctpSocket"/>s, with their stream, PPID and order.</summary>
internal sealed class SctpEchoServer : IAsyncDisposable
{
    private readonly SctpSocket _listener;
    private readonly List<SctpSocket> _sockets = []; // the accept loop's, until it is over
    private readonly Task _accepting;

    private SctpEchoServer(SctpSocket listener)
    {
        _listener = listener;
        _accepting = AcceptAsync();
    }

    /// <summary>The most parts in which one message came.</summary>
    public int MostParts { get; private set; }

    /// <summary>On 127.0.0.1, if no endpoint is given.</summary>
    public static SctpEchoServer Start(SctpOptions? options = null, SctpEndPoint? endPoint = null)
    {
        var listener = new SctpSocket(options);
        listener.Bind(endPoint ?? new SctpEndPoint([IPAddress.Loopback], 7).OverUdp(UdpPorts.Take()));
        listener.Listen();
        return new SctpEchoServer(listener);
    }

    /// <summary>A peer's options to connect here.</summary>
    public UsrsctpPeerOptions Peer() => new()
    {
        Bind = "127.0.0.1",
        Peer = "127.0.0.1",
        PeerPort = _listener.LocalEndPoint!.Port,
        PeerUdpPort = _listener.LocalEndPoint.UdpPort,
    };

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _accepting.WaitAsync(ChildProgram.Patience);
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                _sockets.Add(socket);
                serving.Add(ServeAsync(socket));
            }
        }
        catch (ObjectDisposedException)
        {
            // The test is over. Its peers may have been killed and say nothing any more.
            _sockets.ForEach(socket => socket.Abort("the test is over"));
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(SctpSocket socket)
    {
        await using (socket)
        {
            try
            {
                while (await socket.ReceiveMessageAsync() is { } message)
                {
                    MostParts = Math.Max(MostParts, message.Parts);
                    await socket.SendMessageAsync(message.Bytes, message.Info);
                }
            }
            catch (SctpException)
            {
                // The test ended the association.
            }
        }
    }
}
