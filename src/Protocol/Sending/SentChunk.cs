namespace Kestrel.Sctp.Protocol.Sending;

internal enum SentChunkState : byte
{
    InFlight,

    /// <summary>Reported by a Gap Ack Block; kept, for the peer may still drop it (RFC 9260, 6.2.1 iii).</summary>
    GapAcked,

    /// <summary>Marked for retransmission after three miss indications.</summary>
    LostByGap,

    /// <summary>Marked for retransmission by T3-rtx.</summary>
    LostByTimeout,
}

/// <summary>The record of one DATA chunk sent. Its TSN is its place in <see cref="SentChunks"/>.</summary>
internal struct SentChunk
{
    public OutboundMessage Message;
    public Paths.Path Path;
    public long SentAt;
    public int Offset;
    public int Length;
    public SentChunkState State;
    public byte Flags;
    public byte Misses;
    public bool FastRetransmitted;
    public bool Retransmitted;

    /// <summary>It went to more than one address: its acknowledgement doesn't tell which of them it reached.</summary>
    public bool SentElsewhere;

    /// <summary>Bytes on the wire, header and padding counted (RFC 9260, 7.2).</summary>
    public readonly int WireSize => DataChunk.HeaderSize + Tlv.Pad(Length);

    public readonly bool IsLost => State >= SentChunkState.LostByGap;
}
