namespace Kestrel.Sctp.Protocol.Setup;

/// <summary>The answer to a cookie that is authentic but too old (RFC 9260, 5.1.5 step 4, 3.3.10.3).</summary>
internal static class StaleCookieError
{
    public const int Size = 32;

    public static ReadOnlySpan<byte> Write(Span<byte> buffer, StateCookie cookie, long now)
    {
        var writer = new PacketWriter(buffer);
        writer.WriteHeader(new PacketHeader(cookie.LocalPort, cookie.PeerPort, cookie.PeerTag));
        ErrorChunk.Begin(ref writer);

        // In microseconds: how long ago it expired.
        Causes.WriteStaleCookie(ref writer, (uint)Math.Min(now - cookie.CreatedAt - cookie.Lifespan, uint.MaxValue));
        writer.EndChunk();
        return writer.Finish();
    }
}

/// <summary>How long a cookie lives.</summary>
internal static class CookieLifespan
{
    // RFC 9260, 5.2.6: a peer has reason to ask for its RTT and a second; RFC 5062, 6: more only helps replay.
    private const long MaxExtension = 2 * EngineTime.Second;

    public static long For(AssociationOptions options, uint preservativeMilliseconds) =>
        options.CookieLifetime + Math.Min(preservativeMilliseconds * EngineTime.Millisecond, MaxExtension);
}
