using System.Runtime.InteropServices;
using Kestrel.Sctp.Protocol.Associations;

namespace Kestrel.Sctp.Protocol.Endpoints;

/// <summary>
/// By what packets find their association: the tag, which is unique in an endpoint, and for packets without it the peer's
/// address, UDP port and both SCTP ports. The UDP port keeps peers behind one NAT address apart (RFC 6951; requirements R-114).
/// Counts what the endpoint's limits are about.
/// </summary>
internal sealed class AssociationTable
{
    private readonly Dictionary<uint, Association> _byTag = [];
    private readonly Dictionary<PeerKey, Association> _byPeer = [];
    private readonly Dictionary<Association, Routes> _routes = [];
    private readonly Dictionary<IPAddressValue, int> _byOrigin = [];

    public int Count => _routes.Count;

    /// <summary>Associations being set up from here.</summary>
    public int SettingUpCount { get; private set; }

    /// <summary>Associations that peers set up from this address, or its network.</summary>
    public int CountFrom(IPAddressValue address) => _byOrigin.GetValueOrDefault(address.HostNetwork);

    public bool ContainsTag(uint tag) => _byTag.ContainsKey(tag);

    public Association? FindByTag(uint tag, in PacketHeader header) =>
        _byTag.TryGetValue(tag, out var association)
        && association.LocalPort == header.DestinationPort && association.PeerPort == header.SourcePort
            ? association
            : null;

    public Association? FindByPeer(IPAddressValue peer, ushort udpPort, ushort peerPort, ushort localPort) =>
        _byPeer.GetValueOrDefault(new PeerKey(peer, udpPort, peerPort, localPort));

    /// <summary>Adds an association.</summary>
    /// <param name="association">A new one.</param>
    /// <param name="origin">From where the peer set it up; null when it is set up from here.</param>
    public void Add(Association association, IPAddressValue? origin)
    {
        var network = origin?.HostNetwork;
        if (network is { } counted)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_byOrigin, counted, out _)++;
        }

        AddRoutes(association, network);
    }

    /// <summary>Takes over what changed in an association; nothing happens when it is not here.</summary>
    public void Update(Association association)
    {
        if (RemoveRoutes(association) is { } routes)
        {
            AddRoutes(association, routes.Origin);
        }
    }

    public void Remove(Association association)
    {
        if (RemoveRoutes(association) is { Origin: { } origin } && --CollectionsMarshal.GetValueRefOrAddDefault(_byOrigin, origin, out _) == 0)
        {
            _byOrigin.Remove(origin);
        }
    }

    private void AddRoutes(Association association, IPAddressValue? origin)
    {
        var keys = new PeerKey[association.PathCount];
        for (var i = 0; i < keys.Length; i++)
        {
            var path = association.Paths[i];
            keys[i] = new PeerKey(path.Remote, path.RemoteUdpPort, association.PeerPort, association.LocalPort);

            // The first one keeps the key: who claims an address of another's can't take its packets.
            _byPeer.TryAdd(keys[i], association);
        }

        _byTag[association.LocalTag] = association;
        _routes[association] = new Routes(association.LocalTag, keys, origin, association.IsSettingUp);
        SettingUpCount += association.IsSettingUp ? 1 : 0;
        association.RoutesChanged = false;
    }

    private Routes? RemoveRoutes(Association association)
    {
        if (!_routes.Remove(association, out var routes))
        {
            return null;
        }

        SettingUpCount -= routes.WasSettingUp ? 1 : 0;
        _byTag.Remove(routes.Tag);
        foreach (var key in routes.Keys)
        {
            if (_byPeer.TryGetValue(key, out var owner) && owner == association)
            {
                _byPeer.Remove(key);
            }
        }

        return routes;
    }

    private readonly record struct PeerKey(IPAddressValue Address, ushort UdpPort, ushort PeerPort, ushort LocalPort);

    private sealed record Routes(uint Tag, PeerKey[] Keys, IPAddressValue? Origin, bool WasSettingUp);
}
