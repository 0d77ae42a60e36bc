using System.Net;

namespace Kestrel.Sctp;

/// <summary>
/// The association under a connection: found in <c>ConnectionContext.Features</c>. What it tells is the state of the moment; after the end
/// of the association the last known values remain.
/// </summary>
public interface ISctpAssociationFeature
{
    /// <summary>The association's id, unique on its stack and never 0, as sctp_connectx(3) returns it.</summary>
    int AssociationId { get; }

    /// <summary>The state (RFC 9260, section 4).</summary>
    SctpAssociationState State { get; }

    /// <summary>How many streams can be sent on. The connection's pipe sends on stream 0.</summary>
    int OutboundStreams { get; }

    /// <summary>How many streams the peer can send on. The connection's pipe takes the messages of all of them.</summary>
    int InboundStreams { get; }

    /// <summary>The addresses of this end that belong to the association.</summary>
    IReadOnlyList<IPAddress> LocalAddresses { get; }

    /// <summary>
    /// The addresses of the peer that belong to the association. One that was listed to connect to and that the peer does not have is not
    /// among them.
    /// </summary>
    IReadOnlyList<IPAddress> RemoteAddresses { get; }

    /// <summary>The way to each address of the peer: an immutable snapshot, made anew by each call.</summary>
    IReadOnlyList<SctpPath> Paths { get; }

    /// <summary>Makes a path the primary one: the one data goes to as long as it is active.</summary>
    /// <param name="address">An address of the peer.</param>
    /// <returns>False when the address is none of the peer's, or is not confirmed yet (RFC 9260, section 5.4).</returns>
    bool TrySetPrimary(IPAddress address);

    /// <summary>
    /// What happens to the association from now on, until its end. Each caller gets every event; of one that lags more than 256 events
    /// behind the oldest are dropped, and the next one says how many.
    /// </summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    IAsyncEnumerable<SctpEvent> ReadEventsAsync(CancellationToken cancellationToken = default);
}
