namespace Kestrel.Sctp.Protocol.Associations;

internal enum AssociationEventKind
{
    /// <summary>COMMUNICATION UP (RFC 9260, 11.2.4): once, on success of the set-up.</summary>
    Established,

    /// <summary>The association is gone; <see cref="AssociationEvent.End"/> says why. Once, the last event.</summary>
    Ended,

    /// <summary>The peer restarted (RFC 9260, 5.2.4 A). All data of before is void.</summary>
    Restarted,

    /// <summary>The peer sent SHUTDOWN: nothing new can be sent.</summary>
    ShutdownReceived,

    PathConfirmed,

    /// <summary>RFC 7829: data leaves the path for another one.</summary>
    PathPotentiallyFailed,
    PathInactive,
    PathActive,
    PrimaryChanged,
}

/// <summary>Why an association ended.</summary>
internal enum AssociationEnd
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>SHUTDOWN COMPLETE: all data of both sides was acknowledged.</summary>
    Graceful,

    /// <summary>ABORT of the peer on a living association.</summary>
    AbortedByPeer,

    /// <summary>Own ABORT, on request of the user or as the answer to a violation.</summary>
    AbortedLocally,

    /// <summary>Association.Max.Retrans exceeded (RFC 9260, 8.1), or T5 expired.</summary>
    Unreachable,

    /// <summary>The peer refused the set-up: ABORT or an unusable INIT ACK.</summary>
    Refused,

    /// <summary>No answer to INIT or COOKIE ECHO.</summary>
    SetupTimedOut,

    /// <summary>No listed address could be sent to from this machine.</summary>
    NoRoute,

    /// <summary>The peer broke the protocol; it was told by an ABORT.</summary>
    ProtocolViolation,
}

/// <param name="Kind">What happened.</param>
/// <param name="Address">The path concerned, if one is.</param>
/// <param name="End">For <see cref="AssociationEventKind.Ended"/>.</param>
/// <param name="Detail">A sentence part for people: the peer's abort reason, the broken rule.</param>
internal readonly record struct AssociationEvent(
    AssociationEventKind Kind, IPAddressValue Address = default, AssociationEnd End = AssociationEnd.None, string? Detail = null);
