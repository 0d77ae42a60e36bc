using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Wire.Chunks;

/// <summary>SHUTDOWN (RFC 9260, 3.3.8).</summary>
internal readonly ref struct ShutdownChunk
{
    private const int Size = 8;

    private ShutdownChunk(uint cumulativeTsn) => CumulativeTsn = cumulativeTsn;

    public uint CumulativeTsn { get; }

    public static bool TryRead(scoped in Chunk chunk, out ShutdownChunk result)
    {
        var valid = chunk.Type == ChunkType.Shutdown && chunk.Length == Size;
        result = valid ? new ShutdownChunk(BinaryPrimitives.ReadUInt32BigEndian(chunk.Value)) : default;
        return valid;
    }

    public static void Write(ref PacketWriter w, uint cumTsn)
    {
        w.BeginChunk(ChunkType.Shutdown, 0);
        w.WriteUInt32(cumTsn);
        w.EndChunk();
    }
}
