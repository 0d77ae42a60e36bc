using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Receiving;
using Kestrel.Sctp.Protocol.Setup;

namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>Setting up an association from this side: INIT, INIT ACK, COOKIE ECHO, COOKIE ACK (RFC 9260, 5.1; connectx 3, 4).</summary>
internal sealed partial class Association
{
    // RFC 9260, 5.2.6: at most this much beyond the RTT.
    private const long MaxCookieExtension = EngineTime.Second;

    // Below what a UDP datagram carries with any header.
    private const int MaxCookieSize = 60_000;

    // More than that means that the caller doesn't fetch them.
    private const int MaxPrepared = 16;

    private SetupAttempt? _setup;
    private bool _peersMayBeDifferentHosts;
    private byte[]? _cookie;
    private uint _cookiePreservative;
    private int _staleCookies;

    /// <summary>Starts an association to the listed addresses, the first one first (connectx 3).</summary>
    /// <param name="id">Its identifier.</param>
    /// <param name="tag">Its tag, unique in the endpoint.</param>
    /// <param name="request">Validated: addresses distinct, with a local address of their family for at least one.</param>
    /// <param name="random">For TSN, tie-tags and nonces.</param>
    /// <param name="cookies">For collisions.</param>
    public static Association Connect(int id, uint tag, ConnectRequest request, RandomSource random, CookieSealer cookies)
    {
        var options = request.Options;
        var peers = request.Peers.Select(peer => peer.Address).ToArray();
        var local = AddressScope.SelectLocal(request.LocalAddresses, peers);
        var advertised = AddressScope.SelectAdvertised(local, peers, options.AdvertisedAddresses);
        var ours = new InitFields(tag, (uint)options.ReceiveBufferSize, options.OutboundStreams, options.MaxInboundStreams, random.NextUInt32());
        var association = new Association(id, request.LocalPort, request.PeerPort, local, advertised, ours, options, random, cookies);
        foreach (var peer in request.Peers)
        {
            var sources = AddressScope.OrderSources(local, peer.Address);
            if (sources.Length > 0)
            {
                // connectx: what the caller lists is confirmed.
                association._paths.Add(peer.Address, peer.UdpPort, sources, confirmed: true, options);
            }
        }

        association.State = AssociationState.CookieWait;
        association._setup = association.NewInitAttempt();
        association._peersMayBeDifferentHosts = request.PeersMayBeDifferentHosts;
        return association;
    }

    /// <summary>The carrier could not send to this destination (no route, no usable source): a hint (connectx 3.6).</summary>
    public void ReportSendFailure(IPAddressValue remote, IPAddressValue local, long now)
    {
        if (State != AssociationState.CookieWait || _setup is not { } setup)
        {
            // On a living association a failed send is a lost packet; its timers run.
            return;
        }

        if (setup.IsDue || setup.Attempts == 0 || setup.LastDestination.Remote != remote)
        {
            // Another address has its turn already.
            return;
        }

        if (!setup.TryCountLocalFailure())
        {
            Close(AssociationEnd.NoRoute, $"no listed address can be reached from this machine, the last tried was {remote}");
        }
        else if (!setup.TryNextEarly(now))
        {
            Close(AssociationEnd.SetupTimedOut, $"no answer to {setup.Attempts} INITs");
        }
    }

    /// <summary>connectx 3.1: another host of the same name has its turn at once, if there is one not asked yet.</summary>
    private bool TryNextHost()
    {
        if (State != AssociationState.CookieWait || !_peersMayBeDifferentHosts || _setup is not { } setup || setup.Attempts >= _paths.Count)
        {
            return false;
        }

        return setup.IsDue || setup.TryAgain();
    }

    private void HandleInitAck(in PacketInfo info, in Chunk chunk, long now)
    {
        // RFC 9260, 5.2.3: unexpected ones are old or doubled.
        if (State != AssociationState.CookieWait || _setup is not { } setup || !InitChunk.TryRead(chunk, out var initAck))
        {
            return;
        }

        if (initAck.InitiateTag == 0 || initAck.OutboundStreams == 0 || initAck.InboundStreams == 0)
        {
            // 3.3.3: the TCB is destroyed; with tag 0 the peer is reached by a reflected one only.
            var reflected = initAck.InitiateTag == 0;
            var writer = SetupWriter.BeginAbort(stackalloc byte[64], LocalPort, PeerPort, reflected ? LocalTag : initAck.InitiateTag, reflected);
            Causes.WriteInvalidMandatoryParameter(ref writer);
            RefuseInitAck(ref writer, info, "its INIT ACK has a tag or stream count of 0");
            return;
        }

        if (initAck.AdvertisedReceiverWindow < InitAnswer.MinPeerWindow)
        {
            // 3.3.3: discarded, with an ABORT; the state stays.
            var writer = SetupWriter.BeginAbort(stackalloc byte[64], LocalPort, PeerPort, initAck.InitiateTag, false);
            Causes.WriteInvalidMandatoryParameter(ref writer);
            Prepare(ref writer, info);
            return;
        }

        var parameters = new InitParameters();
        var cookie = parameters.Read(initAck, info.Source, _options.MaxPeerAddresses);
        if (parameters.HasHostName)
        {
            var writer = SetupWriter.BeginAbort(
                stackalloc byte[64 + InitParameters.MaxHostNameSize], LocalPort, PeerPort, initAck.InitiateTag, false);
            Causes.WriteUnresolvableAddress(ref writer, InitParameters.HostNameIn(initAck.Parameters));
            RefuseInitAck(ref writer, info, "its INIT ACK names a host instead of addresses");
            return;
        }

        if (!parameters.HasStateCookie || cookie.Length > MaxCookieSize)
        {
            var writer = SetupWriter.BeginAbort(stackalloc byte[64], LocalPort, PeerPort, initAck.InitiateTag, false);
            Causes.WriteMissingMandatoryParameter(ref writer, ParameterType.StateCookie);
            RefuseInitAck(ref writer, info, "its INIT ACK has no usable State Cookie");
            return;
        }

        var answered = ReconcilePaths(info, parameters.Addresses);
        var destination = CookieEchoDestination(answered, cookie.Length);
        if (destination is null)
        {
            var writer = SetupWriter.BeginAbort(stackalloc byte[64], LocalPort, PeerPort, initAck.InitiateTag, false);
            RefuseInitAck(ref writer, info, "no listed address is among the peer's, and its cookie is too long for an unconfirmed one");
            return;
        }

        if (setup.Attempts == 1)
        {
            // Karn: the only INIT sent has been answered (6.3.1 C5; connectx 4.8).
            answered.AddRttSample(now - setup.SentAt, _options);
        }

        _cookie = cookie.ToArray();
        StartWith(new InitFields(
            initAck.InitiateTag, initAck.AdvertisedReceiverWindow, initAck.OutboundStreams, initAck.InboundStreams, initAck.InitialTsn));
        State = AssociationState.CookieEchoed;
        _setup = new SetupAttempt(CookieEchoDestinations(destination), _options);
        if (parameters.HasReportable && destination.Replies.TryBeginWrite(destination.MaxPacketSize, ErrorHeaders, out var reply))
        {
            // R-08: the report travels behind the COOKIE ECHO.
            ErrorChunk.Begin(ref reply);
            InitParameters.WriteReports(ref reply, initAck.Parameters, destination.MaxPacketSize / 2, asErrorCauses: true);
            reply.EndChunk();
            if (reply.Length > Chunk.HeaderSize)
            {
                destination.Replies.EndWrite(reply);
            }
        }
    }

    /// <summary>
    /// The peer's addresses are the source of its packet and those it lists (RFC 9260, 5.1.2). What the caller listed and the
    /// peer did not leaves without a word; what only the peer lists is unconfirmed (connectx 4.2 to 4.7).
    /// </summary>
    private Path ReconcilePaths(in PacketInfo info, List<IPAddressValue> listed)
    {
        var source = info.Source;
        _paths.Keep(path => path.Remote == source || listed.Contains(path.Remote));
        if (_paths.Find(source) is not { } answered)
        {
            answered = AddPath(source, info.SourceUdpPort, confirmed: false) ?? _paths[0];
        }

        answered.PreferSource(info.Destination);
        answered.RemoteUdpPort = info.SourceUdpPort;
        foreach (var address in listed)
        {
            if (_paths.Find(address) is null && _paths.Count < _options.MaxPeerAddresses)
            {
                AddPath(address, info.SourceUdpPort, confirmed: false);
            }
        }

        _paths.SetPrimary(answered.IsConfirmed ? answered : FirstConfirmed() ?? answered);
        RoutesChanged = true;
        return answered;
    }

    private Path? AddPath(IPAddressValue remote, ushort udpPort, bool confirmed)
    {
        var sources = AddressScope.OrderSources(_local, remote);
        return sources.Length == 0 ? null : _paths.Add(remote, udpPort, sources, confirmed, _options);
    }

    private Path? FirstConfirmed()
    {
        foreach (var path in _paths)
        {
            if (path.IsConfirmed)
            {
                return path;
            }
        }

        return null;
    }

    // connectx 4.6: to the source if confirmed, else to a listed survivor, else to the source with a nonce beside it.
    private Path? CookieEchoDestination(Path answered, int cookieLength)
    {
        const int headers = PacketHeader.Size + Chunk.HeaderSize + (2 * Chunk.HeaderSize) + Heartbeat.InfoSize + 3;
        if (answered.IsConfirmed)
        {
            return answered;
        }

        return FirstConfirmed() ?? (cookieLength + headers <= answered.MaxPacketSize ? answered : null);
    }

    private List<Path> CookieEchoDestinations(Path first)
    {
        // connectx 4.9: over the confirmed addresses that are left, starting with the one that answered.
        var destinations = new List<Path> { first };
        foreach (var path in _paths)
        {
            if (path != first && path.IsConfirmed)
            {
                destinations.Add(path);
            }
        }

        return destinations;
    }

    private void StartWith(in InitFields theirs)
    {
        _theirs = theirs;
        _receiver?.Clear();
        _receiver = new Receiver(theirs.InitialTsn, (ushort)InboundStreams, _options);
        _sender.Start(theirs.Window, Math.Min(_ours.OutboundStreams, theirs.InboundStreams));
    }

    private void HandleCookieAck(long now)
    {
        if (State == AssociationState.CookieEchoed)
        {
            if (_setup is { Attempts: 1 } setup)
            {
                setup.LastDestination.AddRttSample(now - setup.SentAt, _options);
            }

            EnterEstablished(now);
        }
    }

    private void EnterEstablished(long now)
    {
        State = AssociationState.Established;
        RoutesChanged |= IsSettingUp;
        _setup = null;
        _cookie = null;
        _errorCount = 0;
        foreach (var path in _paths)
        {
            StartHeartbeats(path, now);
        }

        Raise(AssociationEventKind.Established, _paths.Primary.Remote);
    }

    /// <summary>RFC 9260, 5.2.6: a new INIT, asking for a longer life of the cookie; only in COOKIE-ECHOED.</summary>
    private void HandleStaleCookie(long now)
    {
        if (State != AssociationState.CookieEchoed || _setup is not { } setup)
        {
            return;
        }

        if (++_staleCookies > _options.MaxInitRetransmits)
        {
            Close(AssociationEnd.SetupTimedOut, "the peer found every cookie too old");
            return;
        }

        var rtt = now - setup.SentAt;
        _cookiePreservative = (uint)((rtt + MaxCookieExtension) / EngineTime.Millisecond);
        _cookie = null;
        _theirs = default;
        _receiver?.Clear();
        _receiver = null;
        State = AssociationState.CookieWait;

        // connectx 4.10: only confirmed addresses may be INIT destinations.
        if (FirstConfirmed() is null)
        {
            Close(AssociationEnd.SetupTimedOut, "the peer found the cookie too old, and no listed address is among its own");
            return;
        }

        _paths.Keep(path => path.IsConfirmed);
        RoutesChanged = true;
        _setup = NewInitAttempt();
    }

    private SetupAttempt NewInitAttempt() =>
        new([.. _paths], _options, _options.ConnectAttemptDelay > 0 ? _options.ConnectAttemptDelay : EngineTime.Never);

    private void HandleSetupTimeout()
    {
        var setup = _setup!;
        setup.ForgetLocalFailures();
        if (!setup.TryAgain())
        {
            var what = State == AssociationState.CookieWait ? "INITs" : "COOKIE ECHOs";
            GiveUp(
                setup.IsRefused ? AssociationEnd.Refused : AssociationEnd.SetupTimedOut,
                $"no answer to {setup.Attempts} {what}{(setup.IsRefused ? ", but that nobody speaks SCTP there (ICMP)" : "")}");
        }
    }

    private void RefuseInitAck(scoped ref PacketWriter writer, in PacketInfo info, string reason)
    {
        Prepare(ref writer, info);
        Close(AssociationEnd.Refused, reason);
    }

    /// <summary>The open ABORT goes back where the packet came from, whatever the paths say.</summary>
    private void Prepare(scoped ref PacketWriter abort, in PacketInfo info)
    {
        abort.EndChunk();
        Prepare(abort.Finish(), info);
    }

    private void Prepare(ReadOnlySpan<byte> packet, in PacketInfo info)
    {
        if (_prepared.Count < MaxPrepared)
        {
            _prepared.Enqueue(new PreparedPacket(packet.ToArray(), info.Destination, info.Source, info.SourceUdpPort));
        }
    }
}
