namespace Kestrel.Sctp.Protocol.Endpoints;

/// <summary>A peer address of <see cref="ConnectRequest"/>; UDP port 0 is SCTP directly over IP.</summary>
internal readonly record struct PeerAddress(IPAddressValue Address, ushort UdpPort);

/// <summary>What connectx starts: validated by the caller, duplicates already collapsed.</summary>
internal sealed record ConnectRequest(
    ushort LocalPort, IReadOnlyList<IPAddressValue> LocalAddresses, IReadOnlyList<PeerAddress> Peers, ushort PeerPort, AssociationOptions Options)
{
    /// <summary>
    /// The addresses come from a name and may be different hosts: the refusal of one says nothing about the next (connectx 3.1).
    /// </summary>
    public bool PeersMayBeDifferentHosts { get; init; }
}

/// <summary>Why <see cref="Endpoint.Connect"/> made no association.</summary>
internal enum ConnectStatus
{
    Started,

    /// <summary>A listed address belongs to an established association of this port (EISCONN).</summary>
    AlreadyConnected,

    /// <summary>A listed address belongs to an association being set up (EALREADY).</summary>
    AlreadyConnecting,

    /// <summary>No local address of a family that fits any listed address (EADDRNOTAVAIL).</summary>
    NoLocalAddress,
    TooManyAssociations,
}
