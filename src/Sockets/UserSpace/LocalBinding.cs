using System.Net;
using System.Net.Sockets;
using Kestrel.Sctp.Protocol;
using Kestrel.Sctp.Protocol.Endpoints;

namespace Kestrel.Sctp.UserSpace;

/// <summary>
/// The port and the local addresses of a socket, and of the associations it accepted: they hold the addresses open together.
/// Changed under the lock of <see cref="LocalBindings"/> only; the lists are replaced, never changed.
/// </summary>
internal sealed class LocalBinding
{
    // The bound socket itself, and each association on it.
    private int _references = 1;

    public required ushort Port { get; init; }

    /// <summary>As the user named them; a wildcard stays a wildcard.</summary>
    public required IReadOnlyList<IPAddress> Named { get; set; }

    /// <summary>As they are now: a wildcard's are the machine's.</summary>
    public required IReadOnlyList<IPAddress> Addresses { get; set; }

    public IReadOnlyList<IPAddressValue> Values { get; private set; } = [];

    /// <summary>The socket that bound the port has closed; the port may be bound again while its associations live.</summary>
    public bool PortIsFree { get; set; }

    /// <summary>Where associations go that the peer set up, while the socket listens.</summary>
    public AcceptQueue? Acceptor { get; set; }

    public Listener? Listener { get; set; }

    public bool HasWildcard => Named.Any(IsWildcard);

    public bool Has(AddressFamily family) => Addresses.Any(a => a.AddressFamily == family);

    /// <summary>By one who knows of another reference that is held meanwhile; needs no lock.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>True for the last one.</summary>
    public bool RemoveReference() => Interlocked.Decrement(ref _references) == 0;

    public void SetAddresses(IReadOnlyList<IPAddress> addresses)
    {
        Addresses = addresses;
        Values = [.. addresses.Select(IPAddressValue.FromIPAddress)];
    }

    /// <summary>The machine's addresses for the wildcards among the named ones; [::] stands for both families, as in Kestrel.</summary>
    public static IReadOnlyList<IPAddress> Expand(IReadOnlyList<IPAddress> named)
    {
        if (!named.Any(IsWildcard))
        {
            return named;
        }
        var v6 = named.Contains(IPAddress.IPv6Any);
        var v4 = v6 || named.Contains(IPAddress.Any);
        return [.. named.Where(a => !IsWildcard(a)).Union(LocalAddresses.Get(v4, v6))];
    }

    public static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
