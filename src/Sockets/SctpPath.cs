using System.Net;

namespace Kestrel.Sctp;

/// <summary>The state of a path (RFC 9260, 8.2 and 5.4).</summary>
public enum SctpPathState
{
    /// <summary>An address the peer named and that has not answered yet. No data is sent to it.</summary>
    Unconfirmed,

    /// <summary>In use, or ready for it.</summary>
    Active,

    /// <summary>Unanswered more than <see cref="SctpOptions.PotentiallyFailedMaxRetransmits"/> times: data takes another path, and a
    /// HEARTBEAT asks once per RTO whether this one works (RFC 7829).</summary>
    PotentiallyFailed,

    /// <summary>Unanswered more than Path.Max.Retrans times. It is probed and becomes active again with the first answer.</summary>
    Inactive,
}

/// <summary>One address of the peer and what is known about the way to it, at one moment.</summary>
/// <param name="Address">The peer's address.</param>
/// <param name="State">Whether the path can be used.</param>
/// <param name="SmoothedRoundTripTime">SRTT (RFC 9260, 6.3.1); null before the first measurement.</param>
/// <param name="RetransmissionTimeout">RTO.</param>
/// <param name="CongestionWindow">cwnd, bytes.</param>
/// <param name="BytesInFlight">Bytes sent on this path and not yet acknowledged.</param>
/// <param name="Mtu">The size of the IP packets sent, bytes.</param>
/// <param name="IsPrimary">Data goes here as long as the path is active.</param>
/// <param name="ErrorCount">Unanswered transmissions in a row.</param>
/// <param name="UdpPort">The peer's UDP port (RFC 6951); null when packets go directly over IP.</param>
/// <param name="LocalAddress">The address packets leave from; null while none is chosen.</param>
public sealed record SctpPath(
    IPAddress Address,
    SctpPathState State,
    TimeSpan? SmoothedRoundTripTime,
    TimeSpan RetransmissionTimeout,
    int CongestionWindow,
    int BytesInFlight,
    int Mtu,
    bool IsPrimary,
    int ErrorCount,
    int? UdpPort,
    IPAddress? LocalAddress);
