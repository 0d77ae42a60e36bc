using System.Net;
using System.Net.Sockets;

namespace Kestrel.Sctp.Attacks.Harness;

/// <summary>A UDP socket that says whatever it is told to. It never blocks and never fails: an error is the attacked machine's answer.</summary>
internal sealed class AttackSocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Traffic? _traffic;
    private readonly byte[] _buffer = new byte[65_536];

    /// <param name="local">An address of 127.0.0.0/8.</param>
    /// <param name="server">The only one it talks to, and hears.</param>
    /// <param name="traffic">Where it is counted; null for what is no part of the attack.</param>
    /// <param name="port">The UDP port, or 0.</param>
    public AttackSocket(IPAddress local, IPEndPoint server, Traffic? traffic, int port = 0)
    {
        _traffic = traffic;
        _socket.ReceiveBufferSize = 4 << 20;
        _socket.Bind(new IPEndPoint(local, port));
        _socket.Connect(server);
        _socket.Blocking = false;
        Address = local;
        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
    }

    public IPAddress Address { get; }

    public int Port { get; }

    public void Send(ReadOnlySpan<byte> packet)
    {
        _socket.Send(packet, SocketFlags.None, out _);
        if (_traffic is { } traffic)
        {
            traffic.Packets++;
            traffic.Bytes += packet.Length;
        }
    }

    /// <summary>The next packet that came; it stays in the socket's buffer until the next call.</summary>
    public bool TryReceive(TimeSpan wait, out ReadOnlySpan<byte> packet)
    {
        var length = _socket.Receive(_buffer, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock && wait > TimeSpan.Zero && _socket.Poll(wait, SelectMode.SelectRead))
        {
            length = _socket.Receive(_buffer, SocketFlags.None, out error);
        }

        packet = default;
        if (error != SocketError.Success)
        {
            return false;
        }

        if (_traffic is { } traffic)
        {
            traffic.ReplyPackets++;
            traffic.ReplyBytes += length;
        }

        packet = _buffer.AsSpan(0, length);
        return true;
    }

    /// <summary>Takes and counts what is there.</summary>
    public void Drain()
    {
        while (TryReceive(TimeSpan.Zero, out _))
        {
        }
    }

    public void Dispose() => _socket.Dispose();
}
