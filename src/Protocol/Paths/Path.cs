using Kestrel.Sctp.Protocol.Congestion;

namespace Kestrel.Sctp.Protocol.Paths;

/// <summary>
/// One destination address of the peer with everything SCTP keeps per destination: RTO, congestion window, PMTU, error
/// count, timers (RFC 9260, 6.3, 7.2, 8.2).
/// </summary>
internal sealed class Path
{
    private const int IPv4HeaderSize = 20;
    private const int IPv6HeaderSize = 40;
    private const int UdpHeaderSize = 8;
    private const int MinimumMtu = 576;
    private const int MinimumIPv6Mtu = 1_280;

    // Our own addresses that can reach this one, the preferred first.
    private readonly IPAddressValue[] _sources;
    private int _source;
    private ushort _remoteUdpPort;

    public Path(int id, IPAddressValue remote, ushort remoteUdpPort, IPAddressValue[] sources, bool confirmed, AssociationOptions options)
    {
        Id = id;
        Remote = remote;
        _remoteUdpPort = remoteUdpPort;
        _sources = sources;
        State = confirmed ? PathState.Active : PathState.Unconfirmed;
        Rto = new RtoEstimator(options.RtoInitial);
        Mtu = options.InitialPathMtu;
        Congestion = new NewReno(MaxChunkSize, remote.IsIPv6);
    }

    /// <summary>Names the path in our own HEARTBEATs; unique in the association.</summary>
    public int Id { get; }

    public IPAddressValue Remote { get; }

    public IPAddressValue Local => _sources[_source];

    public PathState State { get; private set; }

    public bool IsConfirmed => State != PathState.Unconfirmed;

    public bool IsActive => State == PathState.Active;

    /// <summary>What this path has of its own.</summary>
    public PathOptions Options { get; set; } = PathOptions.Default;

    public RtoEstimator Rto;

    public ICongestionControl Congestion { get; }

    /// <summary>Bytes of DATA chunks in flight here, headers and padding counted (flightsize).</summary>
    public int BytesInFlight { get; set; }

    /// <summary>The size of an IP packet, all headers counted.</summary>
    public int Mtu { get; private set; }

    /// <summary>The largest SCTP packet that fits the PMTU, a multiple of 4.</summary>
    public int MaxPacketSize => (Mtu - (Remote.IsIPv6 ? IPv6HeaderSize : IPv4HeaderSize) - (_remoteUdpPort == 0 ? 0 : UdpHeaderSize)) & ~3;

    /// <summary>PMDCS: the largest DATA chunk, header counted, in a packet of its own.</summary>
    public int MaxChunkSize => MaxPacketSize - PacketHeader.Size;

    public int ErrorCount { get; set; }

    /// <summary>T3-rtx.</summary>
    public long RetransmissionDeadline { get; set; } = EngineTime.Never;

    /// <summary>When DATA last left to here, moved on with each decay of cwnd that counts from it. Negative before the first.</summary>
    public long LastDataAt { get; set; } = -1;

    /// <summary>The last transmission stopped because cwnd was full.</summary>
    public bool WindowWasFull { get; set; }

    /// <summary>In fast recovery until this TSN is cumulatively acknowledged (RFC 9260, 7.2.4), kept per path.</summary>
    public uint? FastRecoveryExit { get; set; }

    /// <summary>One packet of fast retransmissions may leave whatever cwnd says (7.2.4, step 3).</summary>
    public bool FastRetransmitNow { get; set; }

    /// <summary>The TSN whose acknowledgement gives the next RTT sample, if one is being timed.</summary>
    public uint? RttTsn { get; set; }

    public long RttSentAt { get; set; }

    public Heartbeat Heartbeat { get; } = new();

    /// <summary>Chunks that answer the peer's (HEARTBEAT ACK, ERROR), ready to be bundled into the next packet to here.</summary>
    public ControlBuffer Replies { get; } = new();

    /// <summary>What one SACK did to this path; valid while it is processed.</summary>
    public SackTally Tally;

    public ushort RemoteUdpPort
    {
        get => _remoteUdpPort;
        set
        {
            _remoteUdpPort = value;
            Congestion.OnMaxChunkSizeChanged(MaxChunkSize);
        }
    }

    /// <summary>Returns whether the state changed.</summary>
    public bool MarkActive()
    {
        ErrorCount = 0;
        if (State == PathState.Active)
        {
            return false;
        }

        State = PathState.Active;
        return true;
    }

    /// <summary>Returns whether the state changed. An unconfirmed path stays unconfirmed.</summary>
    public bool MarkInactive()
    {
        if (State is PathState.Unconfirmed or PathState.Inactive)
        {
            return false;
        }

        State = PathState.Inactive;
        return true;
    }

    /// <summary>Returns whether the state changed: only an active path is potentially failed.</summary>
    public bool MarkPotentiallyFailed()
    {
        if (State != PathState.Active)
        {
            return false;
        }

        State = PathState.PotentiallyFailed;
        return true;
    }

    /// <summary>The next source address, with congestion control from the start (RFC 9260, 6.4.1, 7.2.5.2).</summary>
    public void TakeNextSource()
    {
        if (_sources.Length > 1)
        {
            _source = (_source + 1) % _sources.Length;
            Congestion.Reset();
        }
    }

    public void PreferSource(IPAddressValue local)
    {
        var index = Array.IndexOf(_sources, local);
        if (index >= 0)
        {
            _source = index;
        }
    }

    /// <summary>A guess below a packet of this many bytes (SCTP's part) that was too big.</summary>
    public int MtuBelow(int packetSize) => (packetSize * 3 / 4) + (Mtu - MaxPacketSize);

    /// <summary>Returns whether it fell. Below what every IPv4 or IPv6 path carries it does not (RFC 9260, 7.3; RFC 8201, 4).</summary>
    public bool TryLowerMtu(int mtu)
    {
        mtu = Math.Max(mtu, Remote.IsIPv6 ? MinimumIPv6Mtu : MinimumMtu);
        if (mtu >= Mtu)
        {
            return false;
        }

        Mtu = mtu;
        Congestion.OnMaxChunkSizeChanged(MaxChunkSize);
        return true;
    }

    /// <summary>The size of an IP packet is set by the user.</summary>
    public void SetMtu(int mtu)
    {
        Mtu = Math.Max(mtu, MinimumMtu);
        Congestion.OnMaxChunkSizeChanged(MaxChunkSize);
    }

    public void AddRttSample(long rtt, AssociationOptions options) => Rto.AddSample(rtt, options.RtoMin, options.RtoMax);

    /// <summary>Before DATA leaves: a window that lay unused is worth less (RFC 9260, 7.2.1, last rule).</summary>
    public void DecayUnusedWindow(long now)
    {
        if (LastDataAt >= 0 && BytesInFlight == 0 && now - LastDataAt >= Rto.Rto)
        {
            var periods = (now - LastDataAt) / Rto.Rto;
            Congestion.OnIdle(periods);
            LastDataAt += periods * Rto.Rto;
        }
    }

    public PathSnapshot Snapshot(bool isPrimary) => new(
        Remote, RemoteUdpPort, Local, State, isPrimary, Rto.Srtt, Rto.Rto,
        Congestion.Window, Congestion.SlowStartThreshold, BytesInFlight, Mtu, ErrorCount);
}

/// <summary>What one SACK did to one path.</summary>
internal struct SackTally
{
    public int NewlyAcked;

    /// <summary>A chunk was acknowledged that went to this path alone: it gets through (RFC 7829, 3.2, rules 9 and 10).</summary>
    public bool GetsThrough;

    /// <summary>Highest TSN newly acknowledged (HTNA).</summary>
    public uint Highest;

    /// <summary>The earliest outstanding TSN of the path was acknowledged (6.3.2 R3).</summary>
    public bool EarliestAcked;

    /// <summary>An outstanding chunk of the path was passed over: later ones are not the earliest.</summary>
    public bool EarliestPassed;
    public bool LossDetected;
}
