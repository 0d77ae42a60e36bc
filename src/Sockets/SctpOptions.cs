using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;

namespace Kestrel.Sctp;

/// <summary>
/// The protocol's parameters for the associations of one endpoint. The defaults are those of RFC 9260, section 16, unless a member
/// says otherwise. The values are checked and copied when the endpoint is bound or connected; a change after that has no effect on it.
/// </summary>
public sealed partial class SctpOptions
{
    private int? _maxMessageSize;
    private TimeSpan? _shutdownGuard;

    // Retransmission

    /// <summary>RTO.Initial: the retransmission time-out of a path before its first measurement. Default: 1 s; RTO.Min to RTO.Max
    /// (RFC 9260, sections 6.3.1 and 16).</summary>
    [TimeRange(0.001, 3600)]
    public TimeSpan RtoInitial { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>RTO.Min: the lower bound of the retransmission time-out. Default: 1 s; 1 ms to RTO.Max (RFC 9260, sections 6.3.1 and
    /// 16). Below the peer's SACK delay, delayed acknowledgements look like losses.</summary>
    [TimeRange(0.001, 3600)]
    public TimeSpan RtoMin { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>RTO.Max: the upper bound of the retransmission time-out. Default: 60 s; up to 1 h (RFC 9260, sections 6.3.1 and 16).</summary>
    [TimeRange(0.001, 3600)]
    public TimeSpan RtoMax { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Max.Init.Retransmits: how often an unanswered INIT or COOKIE ECHO is sent again, over all addresses together, before
    /// the attempt fails; each listed address is tried at least once all the same. Default: 8; 0 to 255 (RFC 9260, sections 5.1 and
    /// 16).</summary>
    [Range(0, 255)]
    public int MaxInitRetransmits { get; set; } = 8;

    /// <summary>The longest time to wait for the answer to one INIT or COOKIE ECHO: an upper bound beside <see cref="RtoMax"/>
    /// (RFC 6458, section 8.1.3, sinit_max_init_timeo). Default: null, no bound but <see cref="RtoMax"/>.</summary>
    [TimeRange(0.001, 3600)]
    public TimeSpan? MaxInitTimeout { get; set; }

    /// <summary>How long the INIT to one listed address may stay unanswered before the next listed address gets it too, while the
    /// first may still answer: a dead first address then costs this and not <see cref="RtoInitial"/>. No address gets more INITs for
    /// it. Default: 0, the strict order of sctp_connectx(3), one address after the other; up to 60 s. Clients built on
    /// SctpClientOptions begin with 250 ms.</summary>
    [TimeRange(0, 60)]
    public TimeSpan ConnectAttemptDelay { get; set; }

    /// <summary>Association.Max.Retrans: the association is lost when more retransmissions in a row than this stay unanswered, over
    /// all paths together. Default: 10; 0 to 255 (RFC 9260, sections 8.1 and 16).</summary>
    [Range(0, 255)]
    public int AssociationMaxRetransmits { get; set; } = 10;

    /// <summary>Path.Max.Retrans: a path becomes inactive when more retransmissions and heartbeats in a row than this stay unanswered
    /// on it. Default: 5; 0 to 255 (RFC 9260, sections 8.2 and 16).</summary>
    [Range(0, 255)]
    public int PathMaxRetransmits { get; set; } = 5;

    /// <summary>PotentiallyFailed.Max.Retrans (PFMR): data leaves a path for another one when more retransmissions and heartbeats in a
    /// row than this stay unanswered on it; it comes back when the path answers. Default: 0, with the first one; 0 to 255. From
    /// <see cref="PathMaxRetransmits"/> on data stays until the path is inactive, as in RFC 9260, section 8.2 (RFC 7829, section 3).</summary>
    [Range(0, 255)]
    public int PotentiallyFailedMaxRetransmits { get; set; }

    /// <summary>Primary.Switchover.Max.Retrans (PSMR): when more in a row than this stay unanswered on the primary path, the path that
    /// data has gone to becomes the primary one for good. Default: null, data returns to the primary path as soon as it answers;
    /// <see cref="PotentiallyFailedMaxRetransmits"/> to 255 (RFC 7829, section 5).</summary>
    [Range(0, 255)]
    public int? PrimarySwitchoverMaxRetransmits { get; set; }

    // Paths

    /// <summary>HB.interval: how long a path over IP is idle before a HEARTBEAT probes it, to which its RTO is added, with a jitter of
    /// half the RTO either way. Default: 30 s; 100 ms to 1 day (RFC 9260, sections 8.3 and 16).</summary>
    [TimeRange(0.1, 86400)]
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>HB.interval of a path over UDP. Default: 15 s, below the 30 s after which common NATs forget a mapping; 100 ms to
    /// 1 day (RFC 6951, section 5.8).</summary>
    [TimeRange(0.1, 86400)]
    public TimeSpan UdpHeartbeatInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The path MTU a path starts with, in bytes with the IP header (and the UDP header, over UDP). Default: 1280, which any
    /// IPv6 path carries; 576 to 65,535 (RFC 9260, section 7.3).</summary>
    [Range(576, 65535)]
    public int InitialPathMtu { get; set; } = 1280;

    /// <summary>How many addresses of its peer an association keeps; further ones of an INIT or INIT ACK are left out. Default: 64;
    /// 1 to 64, what a State Cookie has room for.</summary>
    [Range(1, 64)]
    public int MaxPeerAddresses { get; set; } = 64;

    /// <summary>How many addresses one connect may list; a longer list is refused with <see cref="SctpErrno.E2BIG"/>
    /// (sctp_connectx(3)). Default: 128; 1 to 1,024.</summary>
    [Range(1, 1024)]
    public int MaxConnectAddresses { get; set; } = 128;

    /// <summary>The addresses that INIT and INIT ACK list instead of the bound ones, for a host behind a one-to-one NAT or in a
    /// container (RFC 6951, sections 3.2 and 5.7). Default: null, the bound addresses, without private ones towards a global peer, and
    /// none over UDP when there is only one. An empty list lists none.</summary>
    public IReadOnlyList<IPAddress>? AdvertisedAddresses { get; set; }

    // Streams and messages

    /// <summary>How many outgoing streams are asked for; the peer may allow fewer. Default: 10; 1 to 65,535 (RFC 9260, section 3.3.2,
    /// OS; RFC 6458, section 8.1.3).</summary>
    [Range(1, 65535)]
    public int OutboundStreams { get; set; } = 10;

    /// <summary>How many incoming streams the peer may use. Default: 1,024; 1 to 65,535 (RFC 9260, section 3.3.2, MIS).</summary>
    [Range(1, 65535)]
    public int MaxInboundStreams { get; set; } = 1024;

    /// <summary>The longest message that is sent, in bytes; a longer one is refused with <see cref="SctpErrno.EMSGSIZE"/>. Default:
    /// <see cref="SendBufferSize"/>, which is also the upper bound.</summary>
    [Range(1, int.MaxValue)]
    public int MaxMessageSize
    {
        get => _maxMessageSize ?? SendBufferSize;
        set => _maxMessageSize = value;
    }

    /// <summary>The longest message into which a connection's output pipe is cut, in bytes: what is readable goes out in messages of
    /// at most this size. Default: 8,192, for some peers read with buffers of 10 KiB and drop the rest; up to
    /// <see cref="MaxMessageSize"/>.</summary>
    [Range(1, int.MaxValue)]
    public int PipeMessageSize { get; set; } = 8192;

    // Buffers and acknowledgement

    /// <summary>The receive buffer of an association, in bytes: the window advertised to the peer (a_rwnd) while nothing is
    /// buffered. The memory behind it, blocks and bookkeeping counted, is at most twice as much, and 128 KiB for what fills gaps. A
    /// full buffer takes nothing new, and drops what it holds out of order for what comes before it. A message longer than the buffer
    /// is given to the reader in parts. Default: 1 MiB; 4 KiB to 1 GiB (RFC 9260, sections 3.3.2, 6.2 and 6.9).</summary>
    [Range(4096, 1 << 30)]
    public int ReceiveBufferSize { get; set; } = 1 << 20;

    /// <summary>How many received chunks an association holds while one before them is missing. Beyond, further ones are dropped
    /// unacknowledged, for the peer to send again, as with a full buffer. Default: 65,535, as many as an acknowledgement can tell of;
    /// 1 to 65,535 (RFC 9260, sections 3.3.4 and 6.2).</summary>
    [Range(1, 65535)]
    public int MaxOutOfOrderChunks { get; set; } = 65535;

    /// <summary>How many messages of which a part is missing an association holds; one with a hole counts for each part. Beyond,
    /// chunks that would begin another are dropped unacknowledged, as with a full buffer. Default: 4,096; 1 to 65,535 (RFC 9260,
    /// sections 6.2 and 6.9).</summary>
    [Range(1, 65535)]
    public int MaxPartialMessages { get; set; } = 4096;

    /// <summary>The send buffer of an association, in bytes: what is queued and not acknowledged. A full one suspends the sender.
    /// Default: 1 MiB; 4 KiB to 1 GiB.</summary>
    [Range(4096, 1 << 30)]
    public int SendBufferSize { get; set; } = 1 << 20;

    /// <summary>SACK.Delay: how long the acknowledgement of a single packet may wait for a second one. Default: 200 ms; 0 (none) to
    /// 500 ms (RFC 9260, sections 6.2 and 16).</summary>
    [TimeRange(0, 0.5)]
    public TimeSpan SackDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Max.Burst: how many packets may leave at once on a path after an acknowledgement. Default: 4; 1 to 1,000 (RFC 9260,
    /// sections 6.1 D and 16).</summary>
    [Range(1, 1000)]
    public int MaxBurst { get; set; } = 4;

    /// <summary>Whether a small message is sent at once instead of waiting for more while data is in flight (Nagle's algorithm:
    /// RFC 9260, section 6.1; RFC 6458, section 8.1.5, SCTP_NODELAY). Default: true.</summary>
    public bool NoDelay { get; set; } = true;

    // Set-up and end

    /// <summary>Valid.Cookie.Life: how long a state cookie handed out in an INIT ACK is accepted. Default: 60 s; 1 s to 1 h (RFC 9260,
    /// sections 5.1.3 and 16).</summary>
    [TimeRange(1, 3600)]
    public TimeSpan CookieLifetime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long disposing a connection waits for its graceful shutdown before it aborts the association. Default: 5 s; 0
    /// (abort at once when anything is left to do) to 1 h.</summary>
    [TimeRange(0, 3600)]
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>T5-shutdown-guard: how long a shutdown may take from its begin before the association is aborted, so that a peer with a
    /// closed window doesn't hold it for ever. Default: five times <see cref="RtoMax"/>; 1 ms to 1 day (RFC 9260, section 9.2).</summary>
    [TimeRange(0.001, 86400)]
    public TimeSpan ShutdownGuard
    {
        get => _shutdownGuard ?? 5 * RtoMax;
        set => _shutdownGuard = value;
    }

    /// <summary>Checks each value and the rules that several of them obey together.</summary>
    /// <exception cref="OptionsValidationException">A rule is broken; the message names each of them.</exception>
    public void Validate() => OptionsRules.ThrowIfInvalid(new SctpOptionsValidator(), this);

    /// <summary>A copy that later changes of this one don't reach.</summary>
    internal SctpOptions Clone()
    {
        var copy = (SctpOptions)MemberwiseClone();
        copy.AdvertisedAddresses = AdvertisedAddresses is { } addresses ? Array.AsReadOnly(addresses.ToArray()) : null;
        return copy;
    }
}
