using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Setup;

namespace Kestrel.Sctp.Protocol.Endpoints;

/// <summary>
/// Finds the association of a packet, answers INITs without keeping state, makes associations from valid cookies, and
/// answers what belongs nowhere (RFC 9260, 5.1, 8.4). Not thread-safe: one step at a time, apart from the associations' own.
/// </summary>
internal sealed partial class Endpoint
{
    /// <summary>Room that <see cref="Receive"/> needs for a reply.</summary>
    public const int MaxReplySize = SetupWriter.MaxPacketSize;

    // 0, 1 and 2 mean something in the C API (RFC 6458: FUTURE, CURRENT, ALL).
    private const int FirstId = 3;

    private readonly EndpointOptions _options;
    private readonly RandomSource _random;
    private readonly CookieSealer _cookies;
    private readonly AssociationTable _associations = new();
    private readonly List<Listener> _listeners = [];

    // Of the packet at hand, used again for the next: a stranger's INIT or COOKIE ECHO leaves nothing behind.
    private readonly InitParameters _initParameters = new();
    private readonly StateCookie _cookie = new();

    private readonly OutOfTheBlueLimit _outOfTheBlue;
    private readonly SourceRateLimit _initsPerSource;
    private readonly SourceRateLimit _associationsPerSource;
    private int _nextId = FirstId;

    public Endpoint(EndpointOptions options, RandomSource random)
    {
        _options = options;
        _random = random;
        _cookies = new CookieSealer(random, options.CookieKeyLifetime);
        _outOfTheBlue = new OutOfTheBlueLimit(options.OutOfTheBlueRepliesPerSecond);
        _initsPerSource = new SourceRateLimit(options.MaxSetupsPerSecondPerAddress, random);
        _associationsPerSource = new SourceRateLimit(options.MaxSetupsPerSecondPerAddress, random);
    }

    public int AssociationCount => _associations.Count;

    private int HalfOpenCount
    {
        get
        {
            var count = _associations.SettingUpCount;
            foreach (var listener in _listeners)
            {
                count += listener.PendingAccepts;
            }

            return count;
        }
    }

    /// <summary>Null when a listener has the port on one of these addresses already.</summary>
    public Listener? Listen(ushort port, AssociationOptions options, IReadOnlyList<IPAddressValue> localAddresses, int backlog)
    {
        foreach (var other in _listeners)
        {
            if (other.Port == port && other.LocalAddresses.Any(localAddresses.Contains))
            {
                return null;
            }
        }

        var listener = new Listener { Port = port, Options = options, LocalAddresses = localAddresses, Backlog = backlog };
        _listeners.Add(listener);
        return listener;
    }

    /// <summary>Takes no new associations; those that live go on.</summary>
    public void Close(Listener listener) => _listeners.Remove(listener);

    /// <summary>Starts an association; nothing is kept unless the answer is <see cref="ConnectStatus.Started"/>.</summary>
    public ConnectStatus Connect(ConnectRequest request, long now, out Association? association)
    {
        association = null;
        foreach (var peer in request.Peers)
        {
            if (_associations.FindByPeer(peer.Address, peer.UdpPort, request.PeerPort, request.LocalPort) is { } other)
            {
                return other.State is AssociationState.CookieWait or AssociationState.CookieEchoed
                    ? ConnectStatus.AlreadyConnecting
                    : ConnectStatus.AlreadyConnected;
            }
        }

        if (!request.Peers.Any(peer => AddressScope.OrderSources(request.LocalAddresses, peer.Address).Length > 0))
        {
            return ConnectStatus.NoLocalAddress;
        }

        if (_associations.Count >= _options.MaxAssociations || HalfOpenCount >= _options.MaxHalfOpenAssociations)
        {
            return ConnectStatus.TooManyAssociations;
        }

        _cookies.RotateIfDue(now);
        association = Association.Connect(NextId(), NextTag(), request, _random, _cookies);
        _associations.Add(association, origin: null);
        return ConnectStatus.Started;
    }

    /// <summary>After a step that set <see cref="Association.RoutesChanged"/>.</summary>
    public void UpdateRoutes(Association association)
    {
        if (association.State != AssociationState.Closed)
        {
            _associations.Update(association);
        }
    }

    /// <summary>After the association has ended: its tag, addresses and id are free.</summary>
    public void Remove(Association association) => _associations.Remove(association);

    /// <summary>
    /// What is to be done with this packet. Never throws, whatever the bytes are. A reply is written into
    /// <paramref name="reply"/>, which has room for <see cref="MaxReplySize"/> bytes.
    /// </summary>
    public ReceiveResult Receive(in PacketInfo info, ReadOnlySpan<byte> packet, long now, Span<byte> reply)
    {
        // 6.8: the checksum comes before anything else.
        if (!PacketHeader.TryRead(packet, out var header) || !Crc32c.VerifyPacket(packet)
            || !AddressScope.IsUnicast(info.Source) || !AddressScope.IsUnicast(info.Destination))
        {
            return ReceiveResult.Drop;
        }

        _cookies.RotateIfDue(now);
        var chunks = new ChunkReader(packet);
        if (!chunks.MoveNext())
        {
            return ReceiveResult.Drop;
        }

        var first = chunks.Current;
        if (header.VerificationTag == 0)
        {
            // 8.5.1 A: an INIT, alone, or nothing.
            return first.Type == ChunkType.Init && !chunks.MoveNext() && InitChunk.TryRead(first, out var init) && init.InitiateTag != 0
                ? ReceiveInit(info, header, init, now, reply)
                : ReceiveResult.Drop;
        }

        if (_associations.FindByTag(header.VerificationTag, header) is { } byTag && byTag.HasLocalAddress(info.Destination))
        {
            return ReceiveResult.Deliver(byTag);
        }

        if (first.Type == ChunkType.CookieEcho)
        {
            return CookieEchoChunk.TryRead(first, out var echo) ? ReceiveCookieEcho(info, header, echo, now, reply) : ReceiveResult.Drop;
        }

        if (_associations.FindByPeer(info.Source, info.SourceUdpPort, header.SourcePort, header.DestinationPort) is { } byPeer)
        {
            // It knows what may carry another tag than its own; all else it drops silently (8.5).
            return ReceiveResult.Deliver(byPeer);
        }

        return ReplyOutOfTheBlue(header, packet, now, reply);
    }

    /// <summary>
    /// The association that an ICMP message is about, by the headers that it quotes; to be handed to
    /// <see cref="Association.ReceiveIcmp"/>, which trusts nothing yet (RFC 9260, 10, ICMP5).
    /// </summary>
    public Association? FindByIcmp(in IcmpMessage icmp, ReadOnlySpan<byte> quoted) =>
        PacketHeader.TryReadQuoted(quoted, out var header)
            ? _associations.FindByPeer(icmp.Remote, icmp.RemoteUdpPort, header.DestinationPort, header.SourcePort)
            : null;

    private Listener? FindListener(ushort port, IPAddressValue address)
    {
        foreach (var listener in _listeners)
        {
            if (listener.Port == port && listener.LocalAddresses.Contains(address))
            {
                return listener;
            }
        }

        return null;
    }

    private uint NextTag()
    {
        uint tag;
        do
        {
            tag = _random.NextTag();
        }
        while (_associations.ContainsTag(tag));
        return tag;
    }

    private int NextId()
    {
        // Ids count up and start again after two thousand million: long after any id given out is forgotten.
        var id = _nextId;
        _nextId = id == int.MaxValue ? FirstId : id + 1;
        return id;
    }
}
