namespace Kestrel.Sctp.Protocol.Setup;

/// <summary>What this end says of itself in an INIT or INIT ACK.</summary>
internal readonly record struct InitFields(uint Tag, uint Window, ushort OutboundStreams, ushort InboundStreams, uint InitialTsn);

/// <summary>Writes the packets of association set-up that the endpoint and an association both send.</summary>
internal static class SetupWriter
{
    /// <summary>Room for an INIT ACK with the longest cookie and address list.</summary>
    public const int MaxPacketSize = 4_096;

    private const int MaxSizeWithReports = 1_200;

    /// <summary>A cookie with <see cref="StateCookie.MaxPeerAddresses"/> fits: 22 bytes for each, and 138.</summary>
    public const int MaxCookieSize = 2_048;

    // Addresses of our own in an INIT or INIT ACK: with the longest cookie they fit the packet.
    private const int MaxAdvertised = 64;

    public static ReadOnlySpan<byte> WriteInit(
        Span<byte> buffer, ushort localPort, ushort peerPort, scoped in InitFields fields, IReadOnlyList<IPAddressValue> addresses,
        List<IPAddressValue> local, uint cookiePreservative)
    {
        var writer = new PacketWriter(buffer);

        // RFC 9260, 8.5.1 A: the tag of a packet with an INIT is 0.
        writer.WriteHeader(new PacketHeader(localPort, peerPort, 0));
        writer.BeginChunk(ChunkType.Init, 0);
        WriteFields(ref writer, fields);
        if (cookiePreservative > 0)
        {
            CookieParameters.WritePreservative(ref writer, cookiePreservative);
        }

        // 5.1.2: the peer need not list addresses that nothing here can reach.
        AddressParameters.WriteSupportedTypes(
            ref writer, ipv4: local.Exists(static address => !address.IsIPv6), ipv6: local.Exists(static address => address.IsIPv6));
        WriteAddresses(ref writer, addresses);
        writer.EndChunk();
        return writer.Finish();
    }

    /// <param name="initParameters">The parameters of the INIT answered: those unknown are reported as far as there is room.</param>
    public static ReadOnlySpan<byte> WriteInitAck(
        Span<byte> buffer, ushort localPort, ushort peerPort, uint peerTag, scoped in InitFields fields, IReadOnlyList<IPAddressValue> addresses,
        scoped ReadOnlySpan<byte> cookie, scoped ReadOnlySpan<byte> initParameters)
    {
        var writer = new PacketWriter(buffer);
        writer.WriteHeader(new PacketHeader(localPort, peerPort, peerTag));
        writer.BeginChunk(ChunkType.InitAck, 0);
        WriteFields(ref writer, fields);
        WriteAddresses(ref writer, addresses);
        InitParameters.WriteReports(
            ref writer, initParameters, MaxSizeWithReports - Tlv.HeaderSize - Tlv.Pad(cookie.Length), asErrorCauses: false);
        CookieParameters.WriteStateCookie(ref writer, cookie);
        writer.EndChunk();
        return writer.Finish();
    }

    public static PacketWriter BeginAbort(Span<byte> buffer, ushort localPort, ushort peerPort, uint tag, bool tagReflected)
    {
        var writer = new PacketWriter(buffer);
        writer.WriteHeader(new PacketHeader(localPort, peerPort, tag));
        AbortChunk.Begin(ref writer, tagReflected);
        return writer;
    }

    private static void WriteFields(ref PacketWriter writer, in InitFields fields) =>
        InitChunk.WriteFixed(ref writer, fields.Tag, fields.Window, fields.OutboundStreams, fields.InboundStreams, fields.InitialTsn);

    private static void WriteAddresses(ref PacketWriter writer, IReadOnlyList<IPAddressValue> addresses)
    {
        for (var i = 0; i < Math.Min(addresses.Count, MaxAdvertised); i++)
        {
            AddressParameters.Write(ref writer, addresses[i]);
        }
    }
}
