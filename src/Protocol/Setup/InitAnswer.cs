namespace Kestrel.Sctp.Protocol.Setup;

/// <summary>The answer to an INIT, with or without a TCB: an ABORT that says why not, or an INIT ACK with a State Cookie.</summary>
internal static class InitAnswer
{
    /// <summary>RFC 9260, 3.3.2: a smaller a_rwnd is refused.</summary>
    public const uint MinPeerWindow = 1_500;

    /// <summary>Writes the ABORT for an INIT that makes no association, whoever sent it.</summary>
    public static bool TryRefuse(
        scoped in InitChunk init, InitParameters parameters, ushort localPort, ushort peerPort, Span<byte> buffer, out ReadOnlySpan<byte> abort)
    {
        abort = default;
        var fieldsAreValid = init.AdvertisedReceiverWindow >= MinPeerWindow && init.OutboundStreams > 0 && init.InboundStreams > 0;
        if (fieldsAreValid && !parameters.HasHostName && !parameters.IsMalformed)
        {
            return false;
        }

        var writer = SetupWriter.BeginAbort(buffer, localPort, peerPort, init.InitiateTag, tagReflected: false);
        if (!fieldsAreValid)
        {
            // 3.3.2
            Causes.WriteInvalidMandatoryParameter(ref writer);
        }
        else if (parameters.HasHostName)
        {
            // 5.1.2 B
            Causes.WriteUnresolvableAddress(ref writer, InitParameters.HostNameIn(init.Parameters));
        }
        else
        {
            // a parameter list that lies makes no association.
            Causes.WriteProtocolViolation(ref writer, "parameter length"u8);
        }

        writer.EndChunk();
        abort = writer.Finish();
        return true;
    }

    /// <summary>
    /// Writes the INIT ACK. The cookie holds all that the association will be made from (5.1.3).
    /// </summary>
    /// <param name="buffer">Room for <see cref="SetupWriter.MaxPacketSize"/> bytes.</param>
    /// <param name="cookie">To be filled; its ports and Tie-Tags are set.</param>
    /// <param name="sealer">Authenticates the cookie.</param>
    /// <param name="info">The address pair on which the INIT ACK leaves.</param>
    /// <param name="init">The INIT answered.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="ours">What this end says of itself.</param>
    /// <param name="outboundStreams">The streams that the INIT ACK announces: no more than the peer takes (5.1.1), unless it repeats an INIT (5.2.1).</param>
    /// <param name="advertised">Its addresses.</param>
    /// <param name="options">For the life of the cookie.</param>
    /// <param name="now">When it is made.</param>
    public static ReadOnlySpan<byte> Accept(
        Span<byte> buffer, StateCookie cookie, CookieSealer sealer, scoped in PacketInfo info, scoped in InitChunk init, InitParameters parameters,
        scoped in InitFields ours, ushort outboundStreams, IReadOnlyList<IPAddressValue> advertised, AssociationOptions options, long now)
    {
        cookie.CreatedAt = now;
        cookie.Lifespan = CookieLifespan.For(options, parameters.CookiePreservative);
        cookie.LocalTag = ours.Tag;
        cookie.PeerTag = init.InitiateTag;
        cookie.LocalInitialTsn = ours.InitialTsn;
        cookie.PeerInitialTsn = init.InitialTsn;
        cookie.PeerWindow = init.AdvertisedReceiverWindow;
        cookie.LocalOutboundStreams = ours.OutboundStreams;
        cookie.LocalInboundStreams = ours.InboundStreams;
        cookie.PeerOutboundStreams = init.OutboundStreams;
        cookie.PeerInboundStreams = init.InboundStreams;
        cookie.PeerAddress = info.Source;
        cookie.LocalAddress = info.Destination;
        cookie.PeerAddresses.Clear();
        cookie.PeerAddresses.AddRange(parameters.Addresses);

        Span<byte> sealedCookie = stackalloc byte[SetupWriter.MaxCookieSize];
        var length = sealer.Seal(cookie, sealedCookie);
        return SetupWriter.WriteInitAck(
            buffer, cookie.LocalPort, cookie.PeerPort, init.InitiateTag, ours with { OutboundStreams = outboundStreams }, advertised, sealedCookie[..length], init.Parameters);
    }
}
