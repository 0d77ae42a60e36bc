namespace Kestrel.Sctp.Protocol.Wire;

/// <summary>Chunk types (RFC 9260, 3.2, and the IANA registry).</summary>
internal enum ChunkType : byte
{
    Data = 0,
    Init = 1,
    InitAck = 2,
    Sack = 3,
    Heartbeat = 4,
    HeartbeatAck = 5,
    Abort = 6,
    Shutdown = 7,
    ShutdownAck = 8,
    Error = 9,
    CookieEcho = 10,
    CookieAck = 11,

    /// <summary>Reserved for Explicit Congestion Notification Echo.</summary>
    Ecne = 12,

    /// <summary>Reserved for Congestion Window Reduced.</summary>
    Cwr = 13,
    ShutdownComplete = 14,

    /// <summary>RFC 4895.</summary>
    Auth = 0x0F,

    /// <summary>RFC 8260.</summary>
    IData = 0x40,

    /// <summary>RFC 5061.</summary>
    AsconfAck = 0x80,

    /// <summary>RFC 6525.</summary>
    ReConfig = 0x82,

    /// <summary>RFC 4820.</summary>
    Pad = 0x84,

    /// <summary>RFC 3758.</summary>
    ForwardTsn = 0xC0,

    /// <summary>RFC 5061.</summary>
    Asconf = 0xC1,

    /// <summary>RFC 8260.</summary>
    IForwardTsn = 0xC2,
}

internal static class ChunkFlags
{
    /// <summary>E: the last fragment of a message (DATA).</summary>
    public const byte DataEnd = 0x01;

    /// <summary>B: the first fragment of a message (DATA).</summary>
    public const byte DataBegin = 0x02;

    /// <summary>U: no stream sequence number, deliver at once (DATA).</summary>
    public const byte DataUnordered = 0x04;

    /// <summary>I: acknowledge without delay (RFC 9260, 3.3.1; first in RFC 7053) (DATA).</summary>
    public const byte DataImmediate = 0x08;

    /// <summary>T: the Verification Tag is the one of the packet answered (ABORT, SHUTDOWN COMPLETE; RFC 9260, 8.5.1).</summary>
    public const byte TagReflected = 0x01;
}
