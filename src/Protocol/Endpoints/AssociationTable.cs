using Kestrel.Sctp.Protocol.Associations;

namespace Kestrel.Sctp.Protocol.Endpoints;

/// <summary>
/// By what packets find their association: the tag, which is unique in an endpoint, and for packets without it the peer's
/// address, UDP port and both SCTP ports. The UDP port keeps peers behind one NAT address apart (RFC 6951; requirements R-114).
/// </summary>
internal sealed class AssociationTable
{
    private readonly Dictionary<uint, Association> _byTag = [];
    private readonly Dictionary<PeerKey, Association> _byPeer = [];
    private readonly Dictionary<Association, Routes> _routes = [];

    public int Count => _routes.Count;

    public bool ContainsTag(uint tag) => _byTag.ContainsKey(tag);

    public Association? FindByTag(uint tag, in PacketHeader header) =>
        _byTag.TryGetValue(tag, out var association)
        && association.LocalPort == header.DestinationPort && association.PeerPort == header.SourcePort
            ? association
            : null;

    public Association? FindByPeer(IPAddressValue peer, ushort udpPort, ushort peerPort, ushort localPort) =>
        _byPeer.GetValueOrDefault(new PeerKey(peer, udpPort, peerPort, localPort));

    /// <summary>Adds the association, or takes over what changed in it.</summary>
    public void Update(Association association)
    {
        Remove(association);
        var keys = new PeerKey[association.PathCount];
        for (var i = 0; i < keys.Length; i++)
        {
            var path = association.Paths[i];
            keys[i] = new PeerKey(path.Remote, path.RemoteUdpPort, association.PeerPort, association.LocalPort);

            // The first one keeps the key: who claims an address of another's can't take its packets.
            _byPeer.TryAdd(keys[i], association);
        }

        _byTag[association.LocalTag] = association;
        _routes[association] = new Routes(association.LocalTag, keys);
        association.RoutesChanged = false;
    }

    public void Remove(Association association)
    {
        if (!_routes.Remove(association, out var routes))
        {
            return;
        }

        _byTag.Remove(routes.Tag);
        foreach (var key in routes.Keys)
        {
            if (_byPeer.TryGetValue(key, out var owner) && owner == association)
            {
                _byPeer.Remove(key);
            }
        }
    }

    private readonly record struct PeerKey(IPAddressValue Address, ushort UdpPort, ushort PeerPort, ushort LocalPort);

    private readonly record struct Routes(uint Tag, PeerKey[] Keys);
}
