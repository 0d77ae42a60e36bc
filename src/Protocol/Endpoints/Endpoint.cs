using Kestrel.Sctp.Protocol.Associations;

namespace Kestrel.Sctp.Protocol.Endpoints;

/// <summary>What <see cref="Endpoint.Receive"/> found a packet to be.</summary>
internal enum PacketDisposition
{
    /// <summary>Nothing to do.</summary>
    Drop,

    /// <summary>Send the reply to the packet's source and UDP port, from the packet's destination address.</summary>
    Reply,

    /// <summary>Hand the packet to <see cref="Association.Receive"/>.</summary>
    Deliver,

    /// <summary>A new association of a listener was made from a valid cookie: offer it to accept, and hand it the packet too.</summary>
    Accept,
}

internal readonly record struct ReceiveResult(PacketDisposition Disposition, Association? Association, Listener? Listener, int ReplyLength);

/// <summary>A port that takes associations.</summary>
internal sealed class Listener
{
    public required ushort Port { get; init; }
    public required AssociationOptions Options { get; init; }

    /// <summary>The addresses bound; packets to other addresses of the machine don't reach this listener.</summary>
    public required IReadOnlyList<IPAddressValue> LocalAddresses { get; set; }

    /// <summary>Associations made and not yet accepted by the user; kept by the caller, who also counts it down.</summary>
    public int PendingAccepts { get; set; }

    public int Backlog { get; set; }
    public object? UserState { get; set; }
}

/// <summary>A peer address of <see cref="ConnectRequest"/>; UDP port 0 is SCTP directly over IP.</summary>
internal readonly record struct PeerAddress(IPAddressValue Address, ushort UdpPort);

/// <summary>What connectx starts (connectx: validated by the caller; duplicates already collapsed).</summary>
internal sealed record ConnectRequest(
    ushort LocalPort, IReadOnlyList<IPAddressValue> LocalAddresses, IReadOnlyList<PeerAddress> Peers, ushort PeerPort, AssociationOptions Options);

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

/// <summary>
/// Finds the association of a packet, answers INITs statelessly, makes associations from valid cookies, and answers what
/// belongs nowhere (RFC 9260, 5.1, 8.4). Holds no association's state. Not thread-safe: one step at a time, apart from the
/// associations' own steps.
/// </summary>
internal sealed class Endpoint
{
    public Endpoint(EndpointOptions options, RandomSource random) => throw new NotImplementedException();

    public ReceiveResult Receive(in PacketInfo info, ReadOnlySpan<byte> packet, long now, Span<byte> reply) => throw new NotImplementedException();

    /// <summary>Null when the port has a listener on one of the addresses already.</summary>
    public Listener? Listen(ushort port, AssociationOptions options, IReadOnlyList<IPAddressValue> localAddresses, int backlog) => throw new NotImplementedException();

    /// <summary>Takes no new associations; those that live go on.</summary>
    public void Close(Listener listener) => throw new NotImplementedException();

    /// <summary>An unused local port from the dynamic range, or 0 when all are taken.</summary>
    public ushort AllocatePort() => throw new NotImplementedException();

    public ConnectStatus Connect(ConnectRequest request, long now, out Association? association) => throw new NotImplementedException();

    /// <summary>After a step that set <see cref="Association.RoutesChanged"/>.</summary>
    public void UpdateRoutes(Association association) => throw new NotImplementedException();

    /// <summary>After the association has ended: its tag, addresses and id are free.</summary>
    public void Remove(Association association) => throw new NotImplementedException();

    public int AssociationCount => throw new NotImplementedException();
}
