using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;
using Kestrel.Sctp.Protocol;

namespace Kestrel.Sctp.UserSpace;

/// <summary>
/// SCTP over UDP (RFC 6951) on plain sockets: one for each local address, all on one UDP port, shared by all who use the
/// address. An address that nobody uses any more keeps its socket: the next association may want it, and a packet that comes
/// late is still answered. It is closed with the carrier, or when the machine loses the address.
/// </summary>
internal sealed class UdpCarrier(int port, SctpStackOptions options, ICarrierReceiver receiver) : ICarrier, IDisposable
{
    private const int PortAttempts = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddressValue, UdpCarrierSocket> _sockets = [];
    private volatile FrozenDictionary<IPAddressValue, UdpCarrierSocket> _bySource = FrozenDictionary<IPAddressValue, UdpCarrierSocket>.Empty;
    private bool _disposed;

    /// <summary>The local UDP port; 0 until the first address is leased, when the system chooses.</summary>
    public int Port { get; private set; } = port;

    public SocketError Send(in Transmit batch, ReadOnlySpan<byte> packets)
    {
        // UDP port 0 asks for SCTP directly over IP, which this carrier hasn't got.
        if (batch.RemoteUdpPort == 0 || !_bySource.TryGetValue(batch.Local, out var socket))
        {
            return SocketError.AddressNotAvailable;
        }
        return socket.Send(batch, packets);
    }

    /// <summary>Opens or shares a socket for each address: all of them or, when one can't be had, none.</summary>
    /// <param name="addresses">The addresses.</param>
    /// <param name="skipUnavailable">Leaves out addresses that can't be bound yet (duplicate address detection), unless none is left.</param>
    /// <returns>The addresses leased.</returns>
    /// <exception cref="SocketException">An address can't be bound.</exception>
    public IReadOnlyList<IPAddress> Lease(IReadOnlyList<IPAddress> addresses, bool skipUnavailable = false)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (skipUnavailable)
            {
                addresses = LeaveOutUnavailable(addresses);
            }
            var opened = Port == 0 ? OpenOnFreePort(addresses) : Open(addresses, Port);
            foreach (var socket in opened)
            {
                _sockets.Add(socket.Local, socket);
                Port = socket.Port;
            }
            foreach (var address in addresses)
            {
                _sockets[IPAddressValue.FromIPAddress(address)].Leases++;
            }
            if (opened.Count > 0)
            {
                Publish();
                opened.ForEach(static socket => socket.StartReceiving());
            }
            return addresses;
        }
    }

    /// <summary>Gives back what <see cref="Lease"/> gave.</summary>
    public void Release(IEnumerable<IPAddress> addresses)
    {
        lock (_gate)
        {
            foreach (var address in addresses)
            {
                if (_sockets.TryGetValue(IPAddressValue.FromIPAddress(address), out var socket))
                {
                    socket.Leases--;
                }
            }
        }
    }

    /// <summary>Gives back addresses that are not the machine's any more.</summary>
    public void Withdraw(IReadOnlyList<IPAddress> addresses)
    {
        lock (_gate)
        {
            Release(addresses);
            foreach (var address in addresses)
            {
                var local = IPAddressValue.FromIPAddress(address);
                if (_sockets.TryGetValue(local, out var socket) && socket.Leases == 0)
                {
                    _sockets.Remove(local);
                    socket.Dispose();
                }
            }
            Publish();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (var socket in _sockets.Values)
            {
                socket.Dispose();
            }
            _sockets.Clear();
            Publish();
        }
    }

    private void Publish() => _bySource = _sockets.ToFrozenDictionary();

    private static IReadOnlyList<IPAddress> LeaveOutUnavailable(IReadOnlyList<IPAddress> addresses)
    {
        var available = addresses.Where(CanBind).ToList();
        return available.Count == 0 ? addresses : available;
    }

    private static bool CanBind(IPAddress address)
    {
        try
        {
            using var probe = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            probe.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
        {
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    /// <summary>The first socket's port must be free on the other addresses too; if it is not, another is tried.</summary>
    private List<UdpCarrierSocket> OpenOnFreePort(IReadOnlyList<IPAddress> addresses)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var first = new UdpCarrierSocket(addresses[0], 0, options, receiver);
            var port = first.Port;
            first.Dispose();
            try
            {
                return Open(addresses, port);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse && attempt < PortAttempts)
            {
            }
        }
    }

    private List<UdpCarrierSocket> Open(IReadOnlyList<IPAddress> addresses, int port)
    {
        var opened = new List<UdpCarrierSocket>();
        try
        {
            foreach (var address in addresses)
            {
                if (!_sockets.ContainsKey(IPAddressValue.FromIPAddress(address)))
                {
                    opened.Add(new UdpCarrierSocket(address, port, options, receiver));
                }
            }
            return opened;
        }
        catch
        {
            opened.ForEach(static socket => socket.Dispose());
            throw;
        }
    }
}
