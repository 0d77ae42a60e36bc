namespace Kestrel.Sctp.Protocol.Wire.Chunks;

/// <summary>ERROR (RFC 9260, 3.3.10).</summary>
internal readonly ref struct ErrorChunk
{
    private ErrorChunk(ReadOnlySpan<byte> causes) => Causes = causes;

    /// <summary>For a <see cref="CauseReader"/>.</summary>
    public ReadOnlySpan<byte> Causes { get; }

    public bool HasWellFormedCauses => CauseReader.AreWellFormed(Causes);

    public static bool TryRead(scoped in Chunk chunk, out ErrorChunk result)
    {
        var valid = chunk.Type == ChunkType.Error;
        result = valid ? new ErrorChunk(chunk.Value) : default;
        return valid;
    }

    /// <summary>Opens the chunk; causes and <see cref="PacketWriter.EndChunk"/> follow.</summary>
    public static void Begin(ref PacketWriter w) => w.BeginChunk(ChunkType.Error, 0);
}
