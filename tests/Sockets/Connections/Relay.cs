using System.Net;
using System.Net.Sockets;

namespace Kestrel.Sctp.Sockets.Tests.Connections;

/// <summary>
/// A UDP relay between one client at a time and a server, both on 127.0.0.1. It can lose everything, and a second client comes to the
/// server from the address and UDP port of the first.
/// </summary>
internal sealed class Relay : IDisposable
{
    private readonly UdpClient _toClients = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly UdpClient _toServer = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly IPEndPoint _server;
    private volatile IPEndPoint? _client;
    private volatile IPEndPoint? _shutOut;
    private volatile bool _isCut;

    public Relay(int serverUdpPort)
    {
        _server = new IPEndPoint(IPAddress.Loopback, serverUdpPort);
        _ = ForwardToServerAsync();
        _ = ForwardToClientAsync();
    }

    /// <summary>The UDP port that clients connect to.</summary>
    public int UdpPort => ((IPEndPoint)_toClients.Client.LocalEndPoint!).Port;

    /// <summary>From now on every packet is lost.</summary>
    public void Cut() => _isCut = true;

    /// <summary>The present client is as if its machine had lost power; the next one takes its place.</summary>
    public void ShutOutClient() => _shutOut = _client;

    public void Dispose()
    {
        _toClients.Dispose();
        _toServer.Dispose();
    }

    private async Task ForwardToServerAsync()
    {
        try
        {
            while (true)
            {
                var datagram = await _toClients.ReceiveAsync();
                if (!_isCut && !datagram.RemoteEndPoint.Equals(_shutOut))
                {
                    _client = datagram.RemoteEndPoint;
                    await _toServer.SendAsync(datagram.Buffer, _server);
                }
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task ForwardToClientAsync()
    {
        try
        {
            while (true)
            {
                var datagram = await _toServer.ReceiveAsync();
                if (!_isCut && _client is { } client && !client.Equals(_shutOut))
                {
                    await _toClients.SendAsync(datagram.Buffer, client);
                }
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
        }
    }
}
