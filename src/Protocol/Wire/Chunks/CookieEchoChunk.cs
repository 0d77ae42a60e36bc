namespace Kestrel.Sctp.Protocol.Wire.Chunks;

/// <summary>COOKIE ECHO (RFC 9260, 3.3.11).</summary>
internal readonly ref struct CookieEchoChunk
{
    private CookieEchoChunk(ReadOnlySpan<byte> cookie) => Cookie = cookie;

    public ReadOnlySpan<byte> Cookie { get; }

    public static bool TryRead(scoped in Chunk chunk, out CookieEchoChunk result)
    {
        var valid = chunk.Type == ChunkType.CookieEcho;
        result = valid ? new CookieEchoChunk(chunk.Value) : default;
        return valid;
    }

    public static void Write(ref PacketWriter w, scoped ReadOnlySpan<byte> cookie)
    {
        w.BeginChunk(ChunkType.CookieEcho, 0);
        w.WriteBytes(cookie);
        w.EndChunk();
    }
}
