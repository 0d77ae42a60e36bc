namespace Kestrel.Sctp.Protocol.Wire.Chunks;

/// <summary>ABORT (RFC 9260, 3.3.7).</summary>
internal readonly ref struct AbortChunk
{
    private AbortChunk(bool tagReflected, ReadOnlySpan<byte> causes)
    {
        TagReflected = tagReflected;
        Causes = causes;
    }

    /// <summary>The T bit: the Verification Tag is that of the packet answered (RFC 9260, 8.5.1 B).</summary>
    public bool TagReflected { get; }

    /// <summary>For a <see cref="CauseReader"/>; may be empty.</summary>
    public ReadOnlySpan<byte> Causes { get; }

    /// <summary>False is a format error, for which the ABORT is discarded (RFC 9260, 9.1).</summary>
    public bool HasWellFormedCauses => CauseReader.AreWellFormed(Causes);

    public static bool TryRead(scoped in Chunk chunk, out AbortChunk result)
    {
        var valid = chunk.Type == ChunkType.Abort;
        result = valid ? new AbortChunk((chunk.Flags & ChunkFlags.TagReflected) != 0, chunk.Value) : default;
        return valid;
    }

    /// <summary>Opens the chunk; causes and <see cref="PacketWriter.EndChunk"/> follow.</summary>
    public static void Begin(ref PacketWriter w, bool tagReflected) =>
        w.BeginChunk(ChunkType.Abort, tagReflected ? ChunkFlags.TagReflected : (byte)0);
}
