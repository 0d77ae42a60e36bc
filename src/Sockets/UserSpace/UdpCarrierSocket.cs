using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Kestrel.Sctp.Protocol;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.UserSpace;

/// <summary>
/// A UDP socket on one local address, with a thread that receives. The portable carrier: the receiving socket is the packet's
/// destination and the sending socket its source. Only the SocketAddress overloads are used, for they allocate nothing.
/// </summary>
internal sealed class UdpCarrierSocket : IDisposable
{
    private const int MaxDatagram = 65_536;
    private const int ErrorsBeforePause = 16;
    private static readonly TimeSpan _errorPause = TimeSpan.FromMilliseconds(20);

    [ThreadStatic]
    private static SocketAddress? _destinationV4;
    [ThreadStatic]
    private static SocketAddress? _destinationV6;

    private readonly Socket _socket;
    private readonly ICarrierReceiver _receiver;
    private volatile bool _closed;

    /// <exception cref="SocketException">The address or the port can't be bound.</exception>
    public UdpCarrierSocket(IPAddress address, int port, SctpStackOptions options, ICarrierReceiver receiver)
    {
        _receiver = receiver;
        Local = IPAddressValue.FromIPAddress(address);
        _socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                _socket.DualMode = false;
            }
            Configure(options);
            _socket.Bind(new IPEndPoint(address, port));
            Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    public IPAddressValue Local { get; }

    public int Port { get; }

    /// <summary>Users that count on this socket; the carrier's, under its lock.</summary>
    public int Leases { get; set; }

    public void StartReceiving()
    {
        var thread = new Thread(Receive, maxStackSize: 512 * 1024) { IsBackground = true, Name = $"SCTP receive {Local}:{Port}" };
        thread.UnsafeStart();
    }

    public SocketError Send(in Transmit batch, ReadOnlySpan<byte> packets)
    {
        var destination = GetDestination(batch.Remote, batch.RemoteUdpPort);
        try
        {
            while (!packets.IsEmpty)
            {
                var packet = packets[..Math.Min(batch.SegmentSize, packets.Length)];
                _socket.SendTo(packet, SocketFlags.None, destination);
                packets = packets[packet.Length..];
            }
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
        catch (ObjectDisposedException)
        {
            // The address has gone from the machine, or the stack is being closed.
            return SocketError.AddressNotAvailable;
        }
    }

    public void Dispose()
    {
        _closed = true;
        _socket.Dispose(); // wakes the receive thread
    }

    private void Configure(SctpStackOptions options)
    {
        // Best effort: the system bounds the sizes, and an option it lacks is no reason not to work.
        if (options.UdpReceiveBufferSize > 0)
        {
            Try(() => _socket.ReceiveBufferSize = options.UdpReceiveBufferSize);
        }
        if (options.UdpSendBufferSize > 0)
        {
            Try(() => _socket.SendBufferSize = options.UdpSendBufferSize);
        }
        if (_socket.AddressFamily == AddressFamily.InterNetwork)
        {
            // Until path MTU probing exists, a router may fragment.
            Try(() => _socket.DontFragment = false);
        }
        if (OperatingSystem.IsWindows())
        {
            // SIO_UDP_CONNRESET off: else one ICMP answer from a dead address ends a receive with an error.
            const int SioUdpConnReset = unchecked((int)0x9800000C);
            Try(() => _socket.IOControl(SioUdpConnReset, [0, 0, 0, 0], null));
        }
    }

    private static void Try(Action set)
    {
        try
        {
            set();
        }
        catch (SocketException)
        {
        }
    }

    private SocketAddress GetDestination(IPAddressValue remote, ushort port)
    {
        if (!remote.IsIPv6)
        {
            var v4 = _destinationV4 ??= new SocketAddress(AddressFamily.InterNetwork);
            var bytes = v4.Buffer.Span;
            BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], port);
            remote.WriteBytes(bytes[4..]);
            return v4;
        }
        else
        {
            var v6 = _destinationV6 ??= new SocketAddress(AddressFamily.InterNetworkV6);
            var bytes = v6.Buffer.Span;
            BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], port);
            remote.WriteBytes(bytes[8..]);
            // The peer knows its own zone names only: ours is the one of the address the packet leaves from (RFC 4007).
            var scope = remote.IsLinkLocal && remote.ScopeId == 0 ? Local.ScopeId : remote.ScopeId;
            MemoryMarshal.Write(bytes[24..], scope);
            return v6;
        }
    }

    private void Receive()
    {
        var buffer = GC.AllocateUninitializedArray<byte>(MaxDatagram, pinned: true);
        var source = new SocketAddress(_socket.AddressFamily);
        var initGate = new InitGate(new ReceiveBacklog(_socket));
        var errors = 0;
        while (!_closed)
        {
            try
            {
                var length = _socket.ReceiveFrom(buffer, SocketFlags.None, source);
                var packet = buffer.AsSpan(0, length);
                if (IsInit(packet) && !initGate.MayPass(Environment.TickCount64))
                {
                    _receiver.OnInitDropped(Local);
                }
                else if (length > 0)
                {
                    _receiver.OnReceived(ReadSource(source), packet, length);
                }
                errors = 0;
            }
            catch (Exception e)
            {
                // No error ends the loop but the socket's own end: the addresses of all associations here depend on it.
                if (_closed || e is ObjectDisposedException)
                {
                    return;
                }
                _receiver.OnCarrierError(Local, e);
                if (++errors >= ErrorsBeforePause)
                {
                    Thread.Sleep(_errorPause);
                }
            }
        }
    }

    /// <summary>RFC 9260, 8.5.1 A: nothing else has the tag 0.</summary>
    private static bool IsInit(ReadOnlySpan<byte> packet) => PacketHeader.TryRead(packet, out var header) && header.VerificationTag == 0;

    private PacketInfo ReadSource(SocketAddress source)
    {
        var bytes = source.Buffer.Span;
        var port = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (_socket.AddressFamily == AddressFamily.InterNetwork)
        {
            return new PacketInfo(IPAddressValue.FromIPv4(bytes.Slice(4, 4)), Local, port);
        }
        var address = IPAddressValue.FromIPv6(bytes.Slice(8, 16), MemoryMarshal.Read<uint>(bytes[24..]));
        return new PacketInfo(address, Local, port);
    }
}
