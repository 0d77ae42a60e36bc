namespace Kestrel.Sctp;

/// <summary>
/// What a connection on top of a socket is told. Calls come one at a time, without a lock held, and from the thread pool
/// unless inline scheduling is asked for. Several occurrences may be told by one call.
/// </summary>
internal interface ISctpSocketObserver
{
    /// <summary><see cref="SctpSocket.AcknowledgedReferencedBytes"/> has grown.</summary>
    void OnAcknowledged();

    /// <summary>The peer sent SHUTDOWN: nothing new can be sent.</summary>
    void OnPeerShutdown();

    /// <summary>
    /// The association is over for this socket and all referenced memory is free. Once, the last call.
    /// </summary>
    /// <param name="reason">Null after a graceful end.</param>
    void OnEnded(SctpException? reason);
}
