namespace Kestrel.Sctp.Protocol;

/// <summary>The parameters of one association, immutable. Times in microseconds. Defaults: RFC 9260, section 16.</summary>
internal sealed record AssociationOptions
{
    public static AssociationOptions Default { get; } = new();

    public long RtoInitial { get; init; } = EngineTime.Second;
    public long RtoMin { get; init; } = EngineTime.Second;
    public long RtoMax { get; init; } = 60 * EngineTime.Second;

    /// <summary>Upper bound of the wait between two INITs to the same address; RtoMax when 0.</summary>
    public long MaxInitTimeout { get; init; }

    public int MaxInitRetransmits { get; init; } = 8;

    /// <summary>The INIT goes to the next listed address when the one before has not answered for this long, before its T1 has
    /// expired; 0 keeps to the strict order of sctp_connectx(3), one T1 after the other.</summary>
    public long ConnectAttemptDelay { get; init; }

    public int AssociationMaxRetransmits { get; init; } = 10;
    public int PathMaxRetransmits { get; init; } = 5;

    /// <summary>PFMR: beyond so many errors in a row data leaves a path for another one (RFC 7829, 3). From
    /// <see cref="PathMaxRetransmits"/> on there is no such state, and data stays until the path is inactive.</summary>
    public int PotentiallyFailedMaxRetransmits { get; init; }

    /// <summary>PSMR: beyond so many errors in a row the path that data has gone to becomes the primary one (RFC 7829, 5). At
    /// least <see cref="PotentiallyFailedMaxRetransmits"/>; null keeps the primary path, and data returns to it.</summary>
    public int? PrimarySwitchoverMaxRetransmits { get; init; }

    /// <summary>0 switches heartbeats on idle paths off; unconfirmed paths are probed all the same.</summary>
    public long HeartbeatInterval { get; init; } = 30 * EngineTime.Second;

    /// <summary>HB.Max.Burst: HEARTBEATs to unconfirmed addresses sent at once (RFC 9260, 5.4).</summary>
    public int HeartbeatMaxBurst { get; init; } = 1;

    public long SackDelay { get; init; } = 200 * EngineTime.Millisecond;

    /// <summary>A SACK leaves at the latest with every so manieth packet; 1 delays none, more than 2 is beyond RFC 9260, 6.2.</summary>
    public int SackFrequency { get; init; } = 2;

    /// <summary>Packets per send opportunity; 0 is no limit (RFC 9260, 6.1 D).</summary>
    public int MaxBurst { get; init; } = 4;

    public ushort OutboundStreams { get; init; } = 10;
    public ushort MaxInboundStreams { get; init; } = 1_024;

    /// <summary>
    /// Received bytes held: a_rwnd while nothing is. The memory behind them is at most twice as much, and 128 KiB for what fills
    /// gaps. A full buffer takes nothing above the highest TSN, and drops the highest again for what lies below.
    /// </summary>
    public int ReceiveBufferSize { get; init; } = 1024 * 1024;

    /// <summary>
    /// Chunks held above the Cumulative TSN, at most. Beyond, it is as with a full buffer; the chunk that moves the Cumulative
    /// TSN is always taken.
    /// </summary>
    public int MaxOutOfOrderChunks { get; init; } = ushort.MaxValue;

    /// <summary>Messages under reassembly, one with a hole counted for each part. Beyond, no other is begun: as with a full buffer.</summary>
    public int MaxPartialMessages { get; init; } = 4_096;

    /// <summary>Messages longer than this are refused by <see cref="Association.Send"/>.</summary>
    public int MaxMessageSize { get; init; } = 16 * 1024 * 1024;

    /// <summary>Ordered messages of a stream sent and not acknowledged, at most: as many as have SSNs of their own (RFC 9260, 6.1).</summary>
    public int MaxOrderedOutstanding { get; init; } = ushort.MaxValue;

    /// <summary>TSNs sent and not cumulatively acknowledged, at most: serial numbers compare no further apart (RFC 9260, 6.1, 1.6).</summary>
    public int MaxTsnsOutstanding { get; init; } = int.MaxValue;

    public long CookieLifetime { get; init; } = 60 * EngineTime.Second;

    /// <summary>Addresses of a peer taken from INIT and INIT ACK; those beyond are ignored.</summary>
    public int MaxPeerAddresses { get; init; } = 64;

    /// <summary>The size of an IP packet a path starts with (RFC 9260, 7.3), headers of IP and UDP counted.</summary>
    public int InitialPathMtu { get; init; } = 1_280;

    /// <summary>The most user data in one DATA chunk; 0 leaves it to the PMTU.</summary>
    public int MaxSegmentSize { get; init; }

    /// <summary>Do not hold back small messages while data is in flight.</summary>
    public bool NoDelay { get; init; } = true;

    /// <summary>T5-shutdown-guard; 0 stands for 5 times RtoMax (RFC 9260, 9.2).</summary>
    public long ShutdownGuard { get; init; }

    /// <summary>Replaces the addresses that INIT and INIT ACK list; null lets the scope rules choose.</summary>
    public IReadOnlyList<IPAddressValue>? AdvertisedAddresses { get; init; }
}
