using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Setup;

namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>
/// INIT and COOKIE ECHO where a TCB exists: simultaneous set-up, restart of the peer, old duplicates (RFC 9260, 5.2); and
/// the birth of an association from a cookie.
/// </summary>
internal sealed partial class Association
{
    private Path? _cookieAckTo;

    /// <summary>Makes the association that a valid cookie describes (RFC 9260, 5.1.5 step 5). Its COOKIE ECHO is to be handed to <see cref="Receive"/> next.</summary>
    public static Association Accept(
        int id, StateCookie cookie, Listener listener, in PacketInfo info, RandomSource random, CookieSealer cookies)
    {
        var options = listener.Options;
        var peers = PeerAddressesOf(cookie, options.MaxPeerAddresses);
        var local = AddressScope.SelectLocal(listener.LocalAddresses, peers.ToArray());
        foreach (var used in (ReadOnlySpan<IPAddressValue>)[cookie.LocalAddress, info.Destination])
        {
            if (!local.Contains(used))
            {
                local.Add(used);
            }
        }

        var advertised = AddressScope.SelectAdvertised(local, peers.ToArray(), options.AdvertisedAddresses);
        var ours = new InitFields(
            cookie.LocalTag, (uint)options.ReceiveBufferSize, cookie.LocalOutboundStreams, cookie.LocalInboundStreams, cookie.LocalInitialTsn);
        var association = new Association(id, cookie.LocalPort, cookie.PeerPort, local, advertised, ours, options, random, cookies);
        association.AdoptPeer(cookie, peers, info.SourceUdpPort);

        // The state from which the same COOKIE ECHO, now delivered, establishes it (5.2.4 D).
        association.State = AssociationState.CookieEchoed;
        return association;
    }

    private void AdoptPeer(StateCookie cookie, List<IPAddressValue> peers, ushort udpPort)
    {
        foreach (var address in peers)
        {
            // 5.4, rule 2: only where the INIT ACK went is confirmed, and it came from where it works. To the others the
            // nearest of our addresses is the source: one and the same for all would fail with its network.
            var confirmed = address == cookie.PeerAddress;
            var path = AddPath(address, udpPort, confirmed);
            if (confirmed)
            {
                path?.PreferSource(cookie.LocalAddress);
            }
        }

        StartWith(PeerFieldsOf(cookie));
    }

    private static InitFields PeerFieldsOf(StateCookie cookie) => new(
        cookie.PeerTag, cookie.PeerWindow, cookie.PeerOutboundStreams, cookie.PeerInboundStreams, cookie.PeerInitialTsn);

    private static List<IPAddressValue> PeerAddressesOf(StateCookie cookie, int max)
    {
        // RFC 9260, 5.1.2: the source of the INIT and what it lists; without a list the source alone.
        var peers = new List<IPAddressValue>(cookie.PeerAddresses.Count + 1) { cookie.PeerAddress };
        foreach (var address in cookie.PeerAddresses)
        {
            if (peers.Count < max && !peers.Contains(address))
            {
                peers.Add(address);
            }
        }

        return peers;
    }

    private void HandleInit(in PacketInfo info, in Chunk chunk, long now)
    {
        if (!InitChunk.TryRead(chunk, out var init) || init.InitiateTag == 0)
        {
            return;
        }

        if (State == AssociationState.ShutdownAckSent)
        {
            // RFC 9260, 9.2: the SHUTDOWN COMPLETE was lost.
            _shutdown.IsDue = true;
            return;
        }

        Span<byte> buffer = stackalloc byte[SetupWriter.MaxPacketSize];
        var parameters = new InitParameters();
        parameters.Read(init, info.Source, Math.Min(_options.MaxPeerAddresses, StateCookie.MaxPeerAddresses));
        if (InitAnswer.TryRefuse(init, parameters, LocalPort, PeerPort, buffer, out var refusal))
        {
            Prepare(refusal, info);
            return;
        }

        if (State != AssociationState.CookieWait && FindNewAddresses(info, parameters) is { Count: > 0 } added)
        {
            if (init.InitiateTag == PeerTag && _paths.Count >= _options.MaxPeerAddresses)
            {
                // A late INIT of this very association, from or with an address that we had no room for: an ABORT with its tag
                // would end the association, which 5.2.2 leaves alone.
                return;
            }

            // 5.2.1, 5.2.2: a restart must not bring addresses in.
            var abort = SetupWriter.BeginAbort(buffer, LocalPort, PeerPort, init.InitiateTag, tagReflected: false);
            Causes.WriteRestartWithNewAddresses(ref abort, added.ToArray());
            Prepare(ref abort, info);
            return;
        }

        var answered = info;
        if (State is AssociationState.CookieWait or AssociationState.CookieEchoed && _paths.Find(info.Source) is not { IsConfirmed: true })
        {
            // 5.2.1 rules 1 to 3; connectx 3.11: to the source if the caller listed it, else to what both the caller and the INIT list.
            if (FirstConfirmed(parameters.Addresses) is not { } path)
            {
                return;
            }

            answered = new PacketInfo(path.Remote, path.Local, path.RemoteUdpPort);
            if (!parameters.Addresses.Contains(info.Source))
            {
                // 5.1.2 C: it is the peer's all the same.
                parameters.Addresses.Add(info.Source);
            }
        }

        Prepare(WriteInitAckToDuplicate(buffer, answered, init, parameters, now), answered);
    }

    private Path? FirstConfirmed(List<IPAddressValue> among)
    {
        foreach (var path in _paths)
        {
            if (path.IsConfirmed && among.Contains(path.Remote))
            {
                return path;
            }
        }

        return null;
    }

    private List<IPAddressValue> FindNewAddresses(in PacketInfo info, InitParameters parameters)
    {
        const int maxReported = 16;
        var added = new List<IPAddressValue>();
        if (_paths.Find(info.Source) is null)
        {
            added.Add(info.Source);
        }

        foreach (var address in parameters.Addresses)
        {
            if (added.Count < maxReported && _paths.Find(address) is null && AddressScope.OrderSources(_local, address).Length > 0)
            {
                added.Add(address);
            }
        }

        return added;
    }

    private ReadOnlySpan<byte> WriteInitAckToDuplicate(
        Span<byte> buffer, in PacketInfo info, in InitChunk init, InitParameters parameters, long now)
    {
        // 5.2.1: while setting up, with our own original parameters; 5.2.2: later with a new tag and TSN, and the Tie-Tags.
        var settingUp = State is AssociationState.CookieWait or AssociationState.CookieEchoed;
        var ours = settingUp ? _ours : _ours with { Tag = _random.NextTag(), InitialTsn = _random.NextUInt32() };
        var streams = settingUp ? ours.OutboundStreams : Math.Min(ours.OutboundStreams, init.InboundStreams);
        var cookie = new StateCookie
        {
            LocalPort = LocalPort,
            PeerPort = PeerPort,
            LocalTieTag = State == AssociationState.CookieWait ? 0 : _localTieTag,
            PeerTieTag = State == AssociationState.CookieWait ? 0 : _peerTieTag,
        };
        return InitAnswer.Accept(buffer, cookie, _cookies, info, init, parameters, ours, streams, _advertised, _options, now);
    }

    /// <summary>RFC 9260, 5.2.4. Returns whether the chunks behind it in the packet are to be processed.</summary>
    private bool HandleCookieEcho(in PacketInfo info, in PacketHeader header, in Chunk chunk, long now)
    {
        var cookie = new StateCookie();
        if (!CookieEchoChunk.TryRead(chunk, out var echo) || !_cookies.TryOpen(echo.Cookie, cookie)
            || cookie.LocalPort != LocalPort || cookie.PeerPort != PeerPort || cookie.LocalTag != header.VerificationTag)
        {
            return false;
        }

        var localMatches = cookie.LocalTag == LocalTag;
        var peerMatches = cookie.PeerTag == PeerTag && PeerTag != 0;
        if (cookie.IsExpired(now) && !(localMatches && peerMatches))
        {
            Prepare(StaleCookieError.Write(stackalloc byte[StaleCookieError.Size], cookie, now), info);
            return false;
        }

        if (localMatches)
        {
            // Table 12, D: a duplicate of the cookie that made this association; B: both ends started at about the same time.
            return peerMatches ? AcceptDuplicate(info, now) : AcceptCollision(cookie, info, now);
        }

        // A: neither tag matches, both Tie-Tags do; a cookie with another tag of ours is given out only once the association is up.
        // C and all that is not in the table: silently discarded.
        return !peerMatches && State is not (AssociationState.CookieWait or AssociationState.CookieEchoed)
            && cookie.LocalTieTag == _localTieTag && cookie.PeerTieTag == _peerTieTag && AcceptRestart(cookie, info, now);
    }

    private bool AcceptDuplicate(in PacketInfo info, long now)
    {
        if (State == AssociationState.CookieEchoed)
        {
            EnterEstablished(now);
        }

        if (State == AssociationState.CookieWait)
        {
            return false;
        }

        AnswerCookieEcho(info, now);
        return true;
    }

    private bool AcceptCollision(StateCookie cookie, in PacketInfo info, long now)
    {
        // connectx 4.11: the cookie's address set replaces the list as an INIT ACK's does.
        if (State is AssociationState.CookieWait or AssociationState.CookieEchoed)
        {
            ReconcilePaths(new PacketInfo(cookie.PeerAddress, cookie.LocalAddress, info.SourceUdpPort), cookie.PeerAddresses);
            ConfirmPath(_paths.Find(cookie.PeerAddress));
            StartWith(PeerFieldsOf(cookie));
            EnterEstablished(now);
        }
        else if (_receiver is { HasReceived: false } && _sender.Chunks.NextTsn == _ours.InitialTsn)
        {
            StartWith(PeerFieldsOf(cookie));
        }
        else
        {
            // Data has been received, or sent, under the tags of before: this cookie is no collision's, and its streams and
            // TSNs are not those of the data under way.
            return false;
        }

        AnswerCookieEcho(info, now);
        return true;
    }

    private bool AcceptRestart(StateCookie cookie, in PacketInfo info, long now)
    {
        if (State == AssociationState.ShutdownAckSent)
        {
            // 5.2.4 A, last paragraph.
            _shutdown.IsDue = true;
            var path = _paths.Find(info.Source) ?? _paths.Primary;
            if (path.Replies.TryBeginWrite(path.MaxPacketSize, ErrorHeaders, out var reply))
            {
                ErrorChunk.Begin(ref reply);
                Causes.WriteCookieReceivedWhileShuttingDown(ref reply);
                reply.EndChunk();
                path.Replies.EndWrite(reply);
            }

            return false;
        }

        _ours = new InitFields(
            cookie.LocalTag, _ours.Window, cookie.LocalOutboundStreams, cookie.LocalInboundStreams, cookie.LocalInitialTsn);
        _theirs = PeerFieldsOf(cookie);
        _localTieTag = _random.NextTag();
        _peerTieTag = _random.NextTag();
        _shutdown.Stop();
        _sender.IsClosing = false;

        // New paths: cwnd, RTO, error counts from the start, and verification anew.
        _sender.Restart(_ours.InitialTsn, _theirs.Window, Math.Min(_ours.OutboundStreams, _theirs.InboundStreams));
        _paths.Clear();
        _sackTo = null;
        AdoptPeer(cookie, PeerAddressesOf(cookie, _options.MaxPeerAddresses), info.SourceUdpPort);
        RoutesChanged = true;
        State = AssociationState.Established;
        _errorCount = 0;
        foreach (var path in _paths)
        {
            StartHeartbeats(path, now);
        }

        Raise(AssociationEventKind.Restarted, _paths.Primary.Remote);
        AnswerCookieEcho(info, now);
        return true;
    }

    private void AnswerCookieEcho(in PacketInfo info, long now)
    {
        // 6.4: to where the COOKIE ECHO came from; when that is no path of ours, to the primary one.
        _cookieAckTo = _paths.Find(info.Source) ?? _paths.Primary;
        if (!_cookieAckTo.IsConfirmed)
        {
            if (TakeProbe(_cookieAckTo, now))
            {
                // 5.4: to an unconfirmed address only with a nonce beside it, which is the probe of this RTO.
                _cookieAckTo.Heartbeat.IsDue = true;
                ScheduleHeartbeat(_cookieAckTo, now);
            }
            else
            {
                // RFC 5062, 6: cookies sent again and again call forth no more probes than HB.Max.Burst.
                _cookieAckTo = _paths.Primary.IsConfirmed ? _paths.Primary : null;
            }
        }
    }
}
