namespace Kestrel.Sctp.Protocol.Wire.Chunks;

/// <summary>HEARTBEAT and HEARTBEAT ACK (RFC 9260, 3.3.5 and 3.3.6).</summary>
internal readonly ref struct HeartbeatChunk
{
    private HeartbeatChunk(ReadOnlySpan<byte> infoParameter) => InfoParameter = infoParameter;

    /// <summary>The Heartbeat Info parameter with its header: what the ACK echoes byte for byte.</summary>
    public ReadOnlySpan<byte> InfoParameter { get; }

    /// <summary>The sender's own bytes in it.</summary>
    public ReadOnlySpan<byte> Info => InfoParameter[Tlv.HeaderSize..];

    /// <summary>False unless one Heartbeat Info parameter fills the chunk.</summary>
    public static bool TryRead(scoped in Chunk chunk, out HeartbeatChunk result)
    {
        result = default;
        if (chunk.Type is not (ChunkType.Heartbeat or ChunkType.HeartbeatAck))
        {
            return false;
        }

        var rest = chunk.Value;
        if (!Tlv.TryTake(ref rest, out var whole) || !rest.IsEmpty || new Parameter(whole).Type != ParameterType.HeartbeatInfo)
        {
            return false;
        }

        result = new HeartbeatChunk(whole);
        return true;
    }

    public static void Write(ref PacketWriter w, ChunkType type, scoped ReadOnlySpan<byte> info)
    {
        w.BeginChunk(type, 0);
        w.BeginParameter(ParameterType.HeartbeatInfo);
        w.WriteBytes(info);
        w.EndParameter();
        w.EndChunk();
    }

    /// <param name="w">The writer.</param>
    /// <param name="infoParameter">The <see cref="InfoParameter"/> of the HEARTBEAT answered.</param>
    public static void WriteAck(ref PacketWriter w, scoped ReadOnlySpan<byte> infoParameter)
    {
        w.BeginChunk(ChunkType.HeartbeatAck, 0);
        w.WriteBytes(infoParameter);
        w.EndChunk();
    }
}
