using System.Net;

namespace Kestrel.Sctp;

/// <summary>Something that happened to an association (notifications of RFC 6458, 6.1).</summary>
public abstract record SctpEvent
{
    private protected SctpEvent() { }

    /// <summary>Events lost between the one before and this one, because the reader was more than 256 events late.</summary>
    public int DroppedBefore { get; init; }
}

/// <summary>The association is up (COMMUNICATION UP).</summary>
/// <param name="AssociationId">Its id.</param>
public sealed record SctpAssociationUp(int AssociationId) : SctpEvent;

/// <summary>The association ended in another way than by a graceful shutdown (COMMUNICATION LOST), or never came up. The last event.</summary>
/// <param name="AssociationId">Its id.</param>
/// <param name="Reason">Why.</param>
public sealed record SctpAssociationLost(int AssociationId, SctpException Reason) : SctpEvent;

/// <summary>The peer restarted (RFC 9260, 5.2.4 A); the data of before is void.</summary>
/// <param name="AssociationId">The association's id.</param>
public sealed record SctpAssociationRestarted(int AssociationId) : SctpEvent;

/// <summary>The peer began a graceful shutdown; nothing new can be sent.</summary>
/// <param name="AssociationId">The association's id.</param>
public sealed record SctpPeerShutdown(int AssociationId) : SctpEvent;

/// <summary>The association ended gracefully (SHUTDOWN COMPLETE). The last event.</summary>
/// <param name="AssociationId">Its id.</param>
public sealed record SctpShutdownComplete(int AssociationId) : SctpEvent;

/// <summary>An address of the peer that was not yet known to be the peer's has answered (RFC 9260, 5.4).</summary>
/// <param name="Address">The address.</param>
public sealed record SctpPathConfirmed(IPAddress Address) : SctpEvent;

/// <summary>An inactive or potentially failed path answered and can be used again.</summary>
/// <param name="Address">The peer's address.</param>
public sealed record SctpPathUp(IPAddress Address) : SctpEvent;

/// <summary>A path may have failed: data takes another one until it answers again (RFC 7829).</summary>
/// <param name="Address">The peer's address.</param>
public sealed record SctpPathPotentiallyFailed(IPAddress Address) : SctpEvent;

/// <summary>A path is unanswered too often and is not used until it answers again.</summary>
/// <param name="Address">The peer's address.</param>
public sealed record SctpPathDown(IPAddress Address) : SctpEvent;

/// <summary>Another path is the primary one.</summary>
/// <param name="Address">The new primary path.</param>
public sealed record SctpPrimaryPathChanged(IPAddress Address) : SctpEvent;
