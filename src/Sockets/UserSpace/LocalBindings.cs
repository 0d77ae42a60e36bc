using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Kestrel.Sctp.UserSpace;

/// <summary>
/// The SCTP ports bound on a stack and the carrier sockets they need. Wildcards follow the machine's addresses. Its lock comes
/// before the endpoint's.
/// </summary>
internal sealed class LocalBindings(UdpCarrier carrier, EndpointDriver endpoint) : IDisposable
{
    private const ushort FirstEphemeralPort = 49_152; // RFC 6335, section 6

    private readonly Lock _gate = new();
    private readonly List<LocalBinding> _bindings = [];
    private readonly Dictionary<ushort, int> _portUsers = [];
    private bool _followsNetwork;
    private bool _disposed;

    /// <summary>Binds a socket; port 0 chooses one.</summary>
    /// <param name="named">The addresses.</param>
    /// <param name="port">The SCTP port.</param>
    /// <param name="skipUnavailable">Those that can't be bound are left out, unless none is left; so it is with a wildcard.</param>
    /// <exception cref="SctpException">The port is taken on one of the addresses, or an address is not this machine's.</exception>
    public LocalBinding Bind(IReadOnlyList<IPAddress> named, ushort port, bool skipUnavailable = false)
    {
        lock (_gate)
        {
            var addresses = LocalBinding.Expand(named);
            if (port == 0)
            {
                port = FindFreePort();
            }
            else
            {
                ThrowIfTaken(addresses, port);
            }
            var isWildcard = named.Any(LocalBinding.IsWildcard);
            var binding = new LocalBinding { Port = port, Named = named, Addresses = addresses };
            binding.SetAddresses(Lease(addresses, isWildcard || skipUnavailable, port));
            _bindings.Add(binding);
            _portUsers[port] = _portUsers.GetValueOrDefault(port) + 1;
            if (isWildcard)
            {
                FollowNetwork();
            }
            return binding;
        }
    }

    /// <summary>Adds addresses to a binding (sctp_bindx).</summary>
    /// <exception cref="SctpException">The port is taken on one of them, or one is not this machine's.</exception>
    public void Add(LocalBinding binding, IReadOnlyList<IPAddress> named)
    {
        lock (_gate)
        {
            var added = LocalBinding.Expand(named).Except(binding.Addresses).ToList();
            ThrowIfTaken(added, binding.Port);
            var isWildcard = named.Any(LocalBinding.IsWildcard);
            if (added.Count > 0)
            {
                binding.SetAddresses([.. binding.Addresses, .. Lease(added, isWildcard, binding.Port)]);
            }
            binding.Named = [.. binding.Named.Union(named)];
            if (isWildcard)
            {
                FollowNetwork();
            }
        }
    }

    /// <summary>The socket that bound the port has closed.</summary>
    public void FreePort(LocalBinding binding)
    {
        lock (_gate)
        {
            binding.PortIsFree = true;
        }
    }

    public void Release(LocalBinding binding)
    {
        if (!binding.RemoveReference())
        {
            return;
        }
        lock (_gate)
        {
            _bindings.Remove(binding);
            if (--_portUsers[binding.Port] == 0)
            {
                _portUsers.Remove(binding.Port);
            }
            carrier.Release(binding.Addresses);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            if (_followsNetwork)
            {
                NetworkChange.NetworkAddressChanged -= OnNetworkChanged;
            }
        }
    }

    private IReadOnlyList<IPAddress> Lease(IReadOnlyList<IPAddress> addresses, bool skipUnavailable, ushort port)
    {
        if (addresses.Count == 0)
        {
            throw new SctpException(SctpErrno.EADDRNOTAVAIL, "This machine has no address of the family asked for.");
        }
        try
        {
            return carrier.Lease(addresses, skipUnavailable);
        }
        catch (SocketException e)
        {
            var list = string.Join(",", addresses);
            var message = e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse =>
                    $"UDP port {carrier.Port} is in use by another process on {list}, so SCTP port {port} can't be bound there. Choose another UDP port.",
                SocketError.AddressNotAvailable => $"An address of {list} is not one of this machine's.",
                _ => $"UDP port {carrier.Port} on {list} can't be opened: {e.Message}.",
            };
            throw new SctpException(e.SocketErrorCode, message, e);
        }
    }

    private void ThrowIfTaken(IReadOnlyList<IPAddress> addresses, ushort port)
    {
        foreach (var other in _bindings)
        {
            if (other.Port == port && !other.PortIsFree && other.Addresses.FirstOrDefault(addresses.Contains) is { } shared)
            {
                throw new SctpException(SctpErrno.EADDRINUSE, $"SCTP port {port} is bound on {shared} already (UDP port {carrier.Port}).");
            }
        }
    }

    private ushort FindFreePort()
    {
        var count = ushort.MaxValue + 1 - FirstEphemeralPort;
        var start = Random.Shared.Next(count);
        for (var i = 0; i < count; i++)
        {
            var port = (ushort)(FirstEphemeralPort + ((start + i) % count));
            if (!_portUsers.ContainsKey(port))
            {
                return port;
            }
        }
        throw new SctpException(SctpErrno.EADDRINUSE, $"All {count} ephemeral SCTP ports of UDP port {carrier.Port} are in use.");
    }

    private void FollowNetwork()
    {
        if (!_followsNetwork)
        {
            _followsNetwork = true;
            NetworkChange.NetworkAddressChanged += OnNetworkChanged;
        }
    }

    private void OnNetworkChanged(object? sender, EventArgs e)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }
            foreach (var binding in _bindings)
            {
                if (binding.HasWildcard)
                {
                    TryRefresh(binding);
                }
            }
        }
    }

    private void TryRefresh(LocalBinding binding)
    {
        try
        {
            Refresh(binding);
        }
        catch (NetworkInformationException)
        {
            // The system could not list its interfaces while they changed. Nobody above could catch this; the next change tries again.
        }
    }

    private void Refresh(LocalBinding binding)
    {
        var present = LocalBinding.Expand(binding.Named);
        var gone = binding.Addresses.Except(present).ToList();
        var kept = binding.Addresses.Except(gone).ToList();
        foreach (var address in present.Except(kept).ToList())
        {
            try
            {
                kept.AddRange(carrier.Lease([address]));
            }
            catch (SocketException)
            {
                // Not usable yet, or its port is taken: the next change of the network tries again.
            }
        }
        carrier.Withdraw(gone);
        binding.SetAddresses(kept);
        if (binding.Listener is { } listener)
        {
            endpoint.SetAddresses(listener, binding.Values);
        }
    }
}
