using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;

namespace Kestrel.Sctp.PacketScripts.Calls.Sockets;

/// <summary>SOCK_SEQPACKET: many associations, made by peers and by sending (RFC 6458, 3).</summary>
internal sealed class OneToManySocket(VirtualHost host, SocketOptions options) : VirtualSocket(host, options)
{
    private readonly List<SocketAssociation> _associations = [];

    // Its message is read to the end before another association has its turn.
    private SocketAssociation? _reading;

    public override bool IsOneToMany => true;

    public override IEnumerable<SocketAssociation> Associations => _associations;

    public override SocketAssociation? Find(long associationId) =>
        _associations.Find(association => association.Engine.Id == associationId && !association.HasEnded);

    public override void OnIncoming(SocketAssociation association)
    {
        _associations.Add(association);
        Listener!.PendingAccepts--;
    }

    public override void OnEvent(SocketAssociation association, in AssociationEvent e)
    {
        // An association's end is told by its notification alone.
    }

    public override Outcome? Accept() => Outcome.Error("EOPNOTSUPP");

    public override Attempt Connect(IReadOnlyList<SocketAddress> peers)
    {
        // It doesn't wait: COMM_UP tells of success.
        var status = Start(peers, out _);
        return () => status == ConnectStatus.Started ? Outcome.Success : Outcome.Error(ErrnoOf(status));
    }

    public override ReadItem? TryRead(int capacity, out Outcome? outcome)
    {
        var reading = _reading is { HasReadable: true } ? _reading : _associations.Find(association => association.HasReadable);
        if (reading?.TryRead(capacity) is { } item)
        {
            outcome = null;
            _reading = item.EndOfRecord ? null : reading;
            if (reading is { HasEnded: true, HasReadable: false })
            {
                _associations.Remove(reading);
            }

            return item;
        }

        outcome = IsNonBlocking ? Outcome.Error("EAGAIN") : null;
        return null;
    }

    public override Outcome Shutdown(long how) => Outcome.Error("EOPNOTSUPP");

    protected override void Remove(SocketAssociation association) => _associations.Remove(association);

    protected override Outcome? FindForSend(OutgoingMessage message, out SocketAssociation? association)
    {
        association = message.AssociationId > Constants.SCTP_ALL_ASSOC ? Find(message.AssociationId) : message.To is { } peer ? FindByPeer(peer) : null;
        if (association is not null)
        {
            return null;
        }

        if (message.To is not { } to || message.AssociationId > Constants.SCTP_ALL_ASSOC
            || message.Has(Constants.SCTP_ABORT) || (message.Has(Constants.SCTP_EOF) && message.Length == 0))
        {
            return Outcome.Error("ENOENT");
        }

        var status = Start([to], out association);
        return status == ConnectStatus.Started ? null : Outcome.Error(ErrnoOf(status));
    }

    private ConnectStatus Start(IReadOnlyList<SocketAddress> peers, out SocketAssociation? association)
    {
        var status = StartAssociation(peers, out association);
        if (association is not null)
        {
            _associations.Add(association);
        }

        return status;
    }

    private SocketAssociation? FindByPeer(SocketAddress peer) => _associations.Find(association =>
        !association.HasEnded && association.Engine.PeerPort == peer.Port
        && Enumerable.Range(0, association.Engine.PathCount).Any(i => association.Engine.GetPath(i).Remote == peer.Address));
}
