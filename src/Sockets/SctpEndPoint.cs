using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Kestrel.Sctp;

/// <summary>
/// A transport address of SCTP: an ordered list of IP addresses of either family with one port (RFC 9260, section 1.3), carried
/// over IP, or over UDP (RFC 6951) with a UDP port for each address.
/// </summary>
/// <remarks>
/// <para>Immutable, with value equality: two endpoints are equal when they hold the same addresses in the same order, the same port
/// and the same UDP ports. An IPv4-mapped IPv6 address counts as its IPv4 address, and an address that is listed again is left out.</para>
/// <para>An endpoint may hold host names instead (see <see cref="FromHosts"/>); it is then not resolved, holds no address, and
/// <see cref="ResolveAsync"/> makes the endpoint with the addresses. For the URI form see <see cref="Parse(string)"/>.</para>
/// <para>Which addresses and ports are of use depends on the call the endpoint is given to: a wildcard address or a port 0 can be
/// listened on, and is refused when connecting.</para>
/// </remarks>
public sealed partial class SctpEndPoint : EndPoint, IEquatable<SctpEndPoint>, IParsable<SctpEndPoint>
{
    /// <summary>The UDP port registered for SCTP over UDP: 9899 (RFC 6951, section 7).</summary>
    public const int DefaultUdpPort = 9899;

    private readonly IPAddress[] _addresses;
    private readonly string[] _hostNames;
    private readonly int[]? _udpPorts; // one for each entry of _addresses or _hostNames; null: SCTP directly over IP

    /// <summary>An endpoint of one address, over IP.</summary>
    /// <param name="address">The address; an IPv4-mapped one is taken as IPv4.</param>
    /// <param name="port">The SCTP port, 0 to 65535; 0 lets a listener choose.</param>
    /// <exception cref="ArgumentNullException"><paramref name="address"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="port"/> is not a port.</exception>
    public SctpEndPoint(IPAddress address, int port)
        : this([address], port)
    {
    }

    /// <summary>An endpoint of one or more addresses, over IP. Their order is kept: a client tries the first one first.</summary>
    /// <param name="addresses">The addresses, of either family; one that is listed again is left out.</param>
    /// <param name="port">The SCTP port that all of them share, 0 to 65535; 0 lets a listener choose.</param>
    /// <exception cref="ArgumentNullException"><paramref name="addresses"/> or one of them is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="addresses"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="port"/> is not a port.</exception>
    public SctpEndPoint(IEnumerable<IPAddress> addresses, int port)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        CheckPort(port, nameof(port));
        var list = new List<IPAddress>();
        foreach (var address in addresses)
        {
            ArgumentNullException.ThrowIfNull(address, nameof(addresses));
            list.Add(Normalise(address));
        }

        if (list.Count == 0)
        {
            throw new ArgumentException("An SCTP endpoint needs at least one address.", nameof(addresses));
        }

        _addresses = [.. list.Distinct()];
        _hostNames = [];
        Port = port;
    }

    private SctpEndPoint(IPAddress[] addresses, string[] hostNames, int port, int[]? udpPorts)
    {
        _addresses = addresses;
        _hostNames = hostNames;
        _udpPorts = udpPorts;
        Port = port;
    }

    /// <summary>
    /// An endpoint of host names, over IP. Literal addresses may stand among the names; of literal addresses alone the result is
    /// resolved, as if made by <see cref="SctpEndPoint(IEnumerable{IPAddress}, int)"/>.
    /// </summary>
    /// <param name="hosts">Host names in ASCII, or addresses (IPv6 without brackets), in the order in which they are to be tried.</param>
    /// <param name="port">The SCTP port that all of them share, 0 to 65535.</param>
    /// <exception cref="ArgumentNullException"><paramref name="hosts"/> or one of them is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="hosts"/> is empty, or one is neither a host name nor an address.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="port"/> is not a port.</exception>
    public static SctpEndPoint FromHosts(IEnumerable<string> hosts, int port)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        CheckPort(port, nameof(port));
        var list = new List<Host>();
        foreach (var text in hosts)
        {
            ArgumentNullException.ThrowIfNull(text, nameof(hosts));
            if (!TryParseHost(text, out var host, out var reason))
            {
                throw new ArgumentException($"'{text}' {reason}.", nameof(hosts));
            }

            list.Add(host);
        }

        if (list.Count == 0)
        {
            throw new ArgumentException("An SCTP endpoint needs at least one host name or address.", nameof(hosts));
        }

        return Create(list, port, overUdp: false);
    }

    /// <summary>The addresses in their order: at least one, or none while the endpoint is not resolved.</summary>
    public IReadOnlyList<IPAddress> Addresses => field ??= Array.AsReadOnly(_addresses);

    /// <summary>The host names (and any literal addresses among them) in their order; empty when the endpoint is resolved.</summary>
    public IReadOnlyList<string> HostNames => field ??= Array.AsReadOnly(_hostNames);

    /// <summary>Whether the endpoint holds addresses; one made from host names does not until <see cref="ResolveAsync"/>.</summary>
    public bool IsResolved => _hostNames.Length == 0;

    /// <summary>The SCTP port, 0 to 65535.</summary>
    public int Port { get; }

    /// <summary>Whether SCTP packets travel in UDP datagrams (RFC 6951) instead of directly in IP.</summary>
    [MemberNotNullWhen(true, nameof(UdpPort))]
    public bool IsOverUdp => _udpPorts is not null;

    /// <summary>
    /// The UDP port of the first address: the local one of an endpoint to listen on, the peer's of one to connect to.
    /// Null when the endpoint is not over UDP.
    /// </summary>
    public int? UdpPort => _udpPorts?[0];

    /// <summary>
    /// <see cref="AddressFamily.InterNetworkV6"/> when any address is IPv6, else <see cref="AddressFamily.InterNetwork"/>;
    /// <see cref="AddressFamily.Unspecified"/> while the endpoint is not resolved.
    /// </summary>
    public override AddressFamily AddressFamily
    {
        get
        {
            if (!IsResolved)
            {
                return AddressFamily.Unspecified;
            }

            return Array.Exists(_addresses, a => a.AddressFamily == AddressFamily.InterNetworkV6)
                ? AddressFamily.InterNetworkV6
                : AddressFamily.InterNetwork;
        }
    }

    /// <summary>
    /// Whether the addresses were made from host names, so that they may be different hosts: an ABORT from one of them says nothing
    /// of the others. No part of the value: it is neither compared nor printed.
    /// </summary>
    internal bool AddressesMayBeDifferentHosts { get; private init; }

    /// <summary>The same endpoint with SCTP carried over UDP (RFC 6951), all addresses at one UDP port.</summary>
    /// <param name="udpPort">
    /// The UDP port, 0 to 65535: the local one when listened on (0 lets the system choose), the peer's when connected to.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="udpPort"/> is not a port.</exception>
    public SctpEndPoint OverUdp(int udpPort = DefaultUdpPort)
    {
        CheckPort(udpPort, nameof(udpPort));
        var ports = new int[EntryCount];
        Array.Fill(ports, udpPort);
        return WithUdpPorts(ports);
    }

    /// <summary>The same endpoint with another UDP port for one of its addresses.</summary>
    /// <param name="address">One of <see cref="Addresses"/>.</param>
    /// <param name="udpPort">Its UDP port, 0 to 65535.</param>
    /// <exception cref="InvalidOperationException">The endpoint is not over UDP: call <see cref="OverUdp"/> first.</exception>
    /// <exception cref="ArgumentException"><paramref name="address"/> is not one of the endpoint's.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="udpPort"/> is not a port.</exception>
    public SctpEndPoint WithUdpPort(IPAddress address, int udpPort)
    {
        ArgumentNullException.ThrowIfNull(address);
        CheckPort(udpPort, nameof(udpPort));
        ThrowIfNotOverUdp();
        var index = Array.IndexOf(_addresses, Normalise(address));
        if (index < 0)
        {
            throw new ArgumentException($"{address} is not an address of {this}.", nameof(address));
        }

        var ports = (int[])_udpPorts.Clone();
        ports[index] = udpPort;
        return WithUdpPorts(ports);
    }

    /// <summary>The UDP port of one address.</summary>
    /// <param name="index">The address's place in <see cref="Addresses"/> (while not resolved: in <see cref="HostNames"/>).</param>
    /// <exception cref="InvalidOperationException">The endpoint is not over UDP.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place.</exception>
    public int GetUdpPort(int index)
    {
        ThrowIfNotOverUdp();
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _udpPorts.Length);
        return _udpPorts[index];
    }

    /// <summary>
    /// Looks up the host names and gives the endpoint of their addresses, in the order of the names; an address takes the UDP port of
    /// its name. A name without an address is left out as long as another one has some. A resolved endpoint is returned as it is.
    /// </summary>
    /// <exception cref="SctpException">No name has an address (<see cref="SocketError.HostNotFound"/>).</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<SctpEndPoint> ResolveAsync(CancellationToken cancellationToken = default) =>
        IsResolved ? new ValueTask<SctpEndPoint>(this) : new ValueTask<SctpEndPoint>(ResolveNamesAsync(cancellationToken));

    /// <inheritdoc/>
    public bool Equals(SctpEndPoint? other) =>
        other is not null
        && Port == other.Port
        && _addresses.AsSpan().SequenceEqual(other._addresses)
        && _hostNames.AsSpan().SequenceEqual(other._hostNames, StringComparer.OrdinalIgnoreCase)
        && IsOverUdp == other.IsOverUdp
        && _udpPorts.AsSpan().SequenceEqual(other._udpPorts);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as SctpEndPoint);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Port);
        hash.Add(UdpPort);
        foreach (var address in _addresses)
        {
            hash.Add(address);
        }

        foreach (var name in _hostNames)
        {
            hash.Add(name, StringComparer.OrdinalIgnoreCase);
        }

        return hash.ToHashCode();
    }

    private int EntryCount => IsResolved ? _addresses.Length : _hostNames.Length;

    private SctpEndPoint WithUdpPorts(int[] ports) =>
        new(_addresses, _hostNames, Port, ports) { AddressesMayBeDifferentHosts = AddressesMayBeDifferentHosts };

    private async Task<SctpEndPoint> ResolveNamesAsync(CancellationToken cancellationToken)
    {
        var hosts = new List<Host>();
        Exception? failure = null;
        for (var i = 0; i < _hostNames.Length; i++)
        {
            try
            {
                foreach (var address in await Dns.GetHostAddressesAsync(_hostNames[i], cancellationToken).ConfigureAwait(false))
                {
                    var candidate = new Host(Normalise(address), _hostNames[i], _udpPorts?[i] ?? 0);
                    if (!hosts.Exists(h => candidate.Address!.Equals(h.Address)))
                    {
                        hosts.Add(candidate);
                    }
                }
            }
            catch (SocketException e)
            {
                failure = e;
            }
        }

        if (hosts.Count == 0)
        {
            var message = $"No address was found for {string.Join(", ", _hostNames)} of {this}.";
            throw new SctpException(SocketError.HostNotFound, message, failure);
        }

        return Create(hosts, Port, IsOverUdp, mayBeDifferentHosts: true);
    }

    private static SctpEndPoint Create(List<Host> hosts, int port, bool overUdp, bool mayBeDifferentHosts = false)
    {
        var resolved = hosts.TrueForAll(h => h.Address is not null);
        var distinct = resolved
            ? hosts.DistinctBy(h => h.Address).ToList()
            : hosts.DistinctBy(h => h.Text, StringComparer.OrdinalIgnoreCase).ToList();
        return new SctpEndPoint(
            resolved ? [.. distinct.Select(h => h.Address!)] : [],
            resolved ? [] : [.. distinct.Select(h => h.Text)],
            port,
            overUdp ? [.. distinct.Select(h => h.UdpPort)] : null)
        {
            AddressesMayBeDifferentHosts = mayBeDifferentHosts,
        };
    }

    private static IPAddress Normalise(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static void CheckPort(int port, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue, name);
    }

    [MemberNotNull(nameof(_udpPorts))]
    private void ThrowIfNotOverUdp()
    {
        if (_udpPorts is null)
        {
            throw new InvalidOperationException($"{this} is not over UDP: call {nameof(OverUdp)} first.");
        }
    }

    /// <summary>One entry of the list: an address, or a host name (Address is null), with its UDP port.</summary>
    private readonly record struct Host(IPAddress? Address, string Text, int UdpPort);
}
