namespace Kestrel.Sctp;

/// <summary>The states of an association (RFC 9260, section 4).</summary>
public enum SctpAssociationState
{
    /// <summary>There is no association, or it has ended.</summary>
    Closed,

    /// <summary>An INIT was sent.</summary>
    CookieWait,

    /// <summary>The INIT ACK came; the COOKIE ECHO was sent.</summary>
    CookieEchoed,

    /// <summary>Up: data goes both ways.</summary>
    Established,

    /// <summary>Shutting down; queued data still leaves.</summary>
    ShutdownPending,

    /// <summary>All own data is acknowledged and SHUTDOWN was sent.</summary>
    ShutdownSent,

    /// <summary>The peer sent SHUTDOWN; queued data still leaves, nothing new can be sent.</summary>
    ShutdownReceived,

    /// <summary>SHUTDOWN ACK was sent; SHUTDOWN COMPLETE is missing.</summary>
    ShutdownAckSent,
}

/// <summary>An association at one moment (SCTP_STATUS, RFC 6458, 8.2.1).</summary>
/// <param name="AssociationId">The association's id on its stack; 0 when there was never one.</param>
/// <param name="State">The state.</param>
/// <param name="OutboundStreams">Streams that can be sent on.</param>
/// <param name="InboundStreams">Streams the peer can send on.</param>
/// <param name="SendBufferedBytes">Bytes of messages queued or sent and not yet acknowledged.</param>
/// <param name="Paths">The peer's addresses.</param>
public sealed record SctpAssociationStatus(
    int AssociationId,
    SctpAssociationState State,
    int OutboundStreams,
    int InboundStreams,
    long SendBufferedBytes,
    IReadOnlyList<SctpPath> Paths);
