namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>The states of RFC 9260, section 4.</summary>
internal enum AssociationState
{
    Closed,
    CookieWait,
    CookieEchoed,
    Established,
    ShutdownPending,
    ShutdownSent,
    ShutdownReceived,
    ShutdownAckSent,
}
