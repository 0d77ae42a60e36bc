using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Setup;

namespace Kestrel.Sctp.Protocol.Endpoints;

/// <summary>INIT and COOKIE ECHO where no association exists (RFC 9260, 5.1): nothing is kept in between.</summary>
internal sealed partial class Endpoint
{
    private ReceiveResult ReceiveInit(in PacketInfo info, in PacketHeader header, in InitChunk init, long now, Span<byte> reply)
    {
        if (!_initsPerSource.TryTake(info.Source, now))
        {
            return RefuseForResources(header, init.InitiateTag, now, reply);
        }

        if (FindListener(header.DestinationPort, info.Destination) is not { } listener)
        {
            return FindByInit(info, header, _initParameters.Addresses, init, AssociationOptions.Default.MaxPeerAddresses) is { } waiting
                ? ReceiveResult.Deliver(waiting)
                : Refuse(header, init.InitiateTag, now, reply);
        }

        var options = listener.Options;
        if (FindByInit(info, header, _initParameters.Addresses, init, options.MaxPeerAddresses) is { } existing)
        {
            return ReceiveResult.Deliver(existing);
        }

        if (InitAnswer.TryRefuse(init, _initParameters, header.DestinationPort, header.SourcePort, reply, out var abort))
        {
            return ReceiveResult.Reply(abort.Length);
        }

        if (IsFull(listener, info.Source))
        {
            return RefuseForResources(header, init.InitiateTag, now, reply);
        }

        return ReceiveResult.Reply(WriteInitAck(info, header, init, listener, now, reply));
    }

    /// <summary>5.1.2 D: the source, or any address that it lists, may belong to an association. Reads the parameters.</summary>
    private Association? FindByInit(in PacketInfo info, in PacketHeader header, List<IPAddressValue> listed, in InitChunk init, int maxAddresses)
    {
        _initParameters.Read(init, info.Source, Math.Min(maxAddresses, StateCookie.MaxPeerAddresses));
        if (_associations.FindByPeer(info.Source, info.SourceUdpPort, header.SourcePort, header.DestinationPort) is { } bySource)
        {
            return bySource;
        }

        foreach (var address in listed)
        {
            if (_associations.FindByPeer(address, info.SourceUdpPort, header.SourcePort, header.DestinationPort) is { } association)
            {
                return association;
            }
        }

        return null;
    }

    private int WriteInitAck(in PacketInfo info, in PacketHeader header, in InitChunk init, Listener listener, long now, Span<byte> reply)
    {
        var options = listener.Options;
        var ours = new InitFields(
            NextTag(), (uint)options.ReceiveBufferSize, options.OutboundStreams, options.MaxInboundStreams, _random.NextUInt32());
        _cookie.LocalPort = header.DestinationPort;
        _cookie.PeerPort = header.SourcePort;

        // 5.2.2: zero, for no TCB existed.
        _cookie.LocalTieTag = 0;
        _cookie.PeerTieTag = 0;
        return InitAnswer.Accept(
            reply, _cookie, _cookies, info, init, _initParameters, ours, Math.Min(ours.OutboundStreams, init.InboundStreams), AdvertisedTo(info, listener), options, now).Length;
    }

    private IReadOnlyList<IPAddressValue> AdvertisedTo(in PacketInfo info, Listener listener)
    {
        var listed = _initParameters.Addresses;
        Span<IPAddressValue> destinations = new IPAddressValue[listed.Count + 1];
        destinations[0] = info.Source;
        listed.CopyTo(destinations[1..]);
        var local = AddressScope.SelectLocal(listener.LocalAddresses, destinations);
        if (!local.Contains(info.Destination))
        {
            local.Add(info.Destination);
        }

        return AddressScope.SelectAdvertised(local, destinations, listener.Options.AdvertisedAddresses);
    }

    private ReceiveResult ReceiveCookieEcho(in PacketInfo info, in PacketHeader header, in CookieEchoChunk echo, long now, Span<byte> reply)
    {
        // 5.1.5: MAC, then ports and tag, then age.
        var cookie = _cookie;
        if (!_cookies.TryOpen(echo.Cookie, cookie)
            || cookie.LocalPort != header.DestinationPort || cookie.PeerPort != header.SourcePort || cookie.LocalTag != header.VerificationTag)
        {
            return ReceiveResult.Drop;
        }

        if (FindByCookie(info, header, cookie) is { } existing)
        {
            return ReceiveResult.Deliver(existing);
        }

        if (cookie.IsExpired(now))
        {
            return ReceiveResult.Reply(StaleCookieError.Write(reply, cookie, now).Length);
        }

        // 5.1.5: a cookie made for a restart is as good as any when the association has gone meanwhile.
        if (FindListener(header.DestinationPort, info.Destination) is not { } listener)
        {
            // 5.1: the listener has closed since the INIT ACK; an ABORT spares the peer its T1.
            return Refuse(header, cookie.PeerTag, now, reply);
        }

        if (IsFull(listener, cookie.PeerAddress) || !_associationsPerSource.TryTake(cookie.PeerAddress, now))
        {
            return RefuseForResources(header, cookie.PeerTag, now, reply);
        }

        var association = Association.Accept(NextId(), cookie, listener, info, _random, _cookies);
        _associations.Add(association, cookie.PeerAddress);
        listener.PendingAccepts++;
        return ReceiveResult.Accept(association, listener);
    }

    private Association? FindByCookie(in PacketInfo info, in PacketHeader header, StateCookie cookie)
    {
        var association = _associations.FindByPeer(info.Source, info.SourceUdpPort, header.SourcePort, header.DestinationPort)
            ?? _associations.FindByPeer(cookie.PeerAddress, info.SourceUdpPort, header.SourcePort, header.DestinationPort);
        foreach (var address in cookie.PeerAddresses)
        {
            association ??= _associations.FindByPeer(address, info.SourceUdpPort, header.SourcePort, header.DestinationPort);
        }

        return association;
    }

    private bool IsFull(Listener listener, IPAddressValue source) =>
        listener.PendingAccepts >= listener.Backlog
        || _associations.Count >= _options.MaxAssociations
        || _associations.CountFrom(source) >= _options.MaxAssociationsPerAddress
        || HalfOpenCount >= _options.MaxHalfOpenAssociations;

    // said, not kept silent; but to a flood only so often.
    private ReceiveResult RefuseForResources(in PacketHeader header, uint peerTag, long now, Span<byte> reply)
    {
        if (!_outOfTheBlue.TryTake(now))
        {
            return ReceiveResult.Drop;
        }

        var abort = SetupWriter.BeginAbort(reply, header.DestinationPort, header.SourcePort, peerTag, tagReflected: false);
        Causes.WriteOutOfResource(ref abort);
        return Finish(ref abort);
    }

    /// <summary>Nobody listens here (8.4, rule 3).</summary>
    private ReceiveResult Refuse(in PacketHeader header, uint peerTag, long now, Span<byte> reply)
    {
        if (!_outOfTheBlue.TryTake(now))
        {
            return ReceiveResult.Drop;
        }

        var abort = SetupWriter.BeginAbort(reply, header.DestinationPort, header.SourcePort, peerTag, tagReflected: false);
        return Finish(ref abort);
    }

    private static ReceiveResult Finish(scoped ref PacketWriter abort)
    {
        abort.EndChunk();
        return ReceiveResult.Reply(abort.Finish().Length);
    }
}
