namespace Kestrel.Sctp.Protocol.Paths;

internal enum PathState
{
    Unconfirmed,
    Active,

    /// <summary>PF (RFC 7829): it may have failed. Data goes elsewhere, and a HEARTBEAT asks once per RTO.</summary>
    PotentiallyFailed,
    Inactive,
}

/// <summary>A path as it was at one moment. Times in microseconds; <see cref="Srtt"/> is 0 before the first measurement.</summary>
internal readonly record struct PathSnapshot(
    IPAddressValue Remote, ushort RemoteUdpPort, IPAddressValue Local, PathState State, bool IsPrimary, long Srtt, long Rto,
    int CongestionWindow, int SlowStartThreshold, int BytesInFlight, int Mtu, int ErrorCount);
