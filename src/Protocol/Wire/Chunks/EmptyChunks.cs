namespace Kestrel.Sctp.Protocol.Wire.Chunks;

/// <summary>The chunks that are a header only (RFC 9260, 3.3.9, 3.3.12 and 3.3.13).</summary>
internal static class EmptyChunks
{
    public static void WriteCookieAck(ref PacketWriter w) => Write(ref w, ChunkType.CookieAck, 0);

    public static void WriteShutdownAck(ref PacketWriter w) => Write(ref w, ChunkType.ShutdownAck, 0);

    public static void WriteShutdownComplete(ref PacketWriter w, bool tagReflected) =>
        Write(ref w, ChunkType.ShutdownComplete, tagReflected ? ChunkFlags.TagReflected : (byte)0);

    private static void Write(ref PacketWriter w, ChunkType type, byte flags)
    {
        w.BeginChunk(type, flags);
        w.EndChunk();
    }
}
