using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;

namespace Kestrel.Sctp.PacketScripts.Calls.Sockets;

/// <summary>SOCK_STREAM: one association, or a listener for others (RFC 6458, 4).</summary>
internal sealed class OneToOneSocket(VirtualHost host, SocketOptions options) : VirtualSocket(host, options)
{
    private readonly Queue<SocketAssociation> _toAccept = new();
    private bool _cannotReceive;
    private bool _cannotSend;

    public override bool IsOneToMany => false;

    public SocketAssociation? Association { get; private set; }

    public override IEnumerable<SocketAssociation> Associations => Association is null ? [] : [Association];

    public override SocketAssociation? Find(long associationId) => Association;

    /// <summary>Takes over an association of another socket: accepted, or peeled off.</summary>
    public static OneToOneSocket Take(VirtualSocket from, SocketAssociation association)
    {
        var socket = new OneToOneSocket(from.Host, from.Options.Copy()) { IsNonBlocking = from.IsNonBlocking, Association = association };
        socket.AdoptAddresses(from);
        association.Owner = socket;
        socket.Error = association.Error;
        return socket;
    }

    public override void OnIncoming(SocketAssociation association) => _toAccept.Enqueue(association);

    public override void OnEvent(SocketAssociation association, in AssociationEvent e)
    {
        if (e.Kind == AssociationEventKind.Ended && association == Association)
        {
            Error = association.Error;
        }
    }

    public override Outcome? Accept()
    {
        if (!IsListening)
        {
            return Outcome.Error("EINVAL");
        }

        if (!_toAccept.TryDequeue(out var association))
        {
            return IsNonBlocking ? Outcome.Error("EAGAIN") : null;
        }

        Listener!.PendingAccepts--;
        return association.HasEnded && !association.HasReadable
            ? Outcome.Error("ECONNABORTED")
            : new Outcome(0) { Opened = Take(this, association) };
    }

    public override Attempt Connect(IReadOnlyList<SocketAddress> peers)
    {
        if (IsListening)
        {
            return () => Outcome.Error("EOPNOTSUPP");
        }

        if (Association is { HasEnded: false } living)
        {
            return () => Outcome.Error(living.IsConnecting ? "EALREADY" : "EISCONN");
        }

        var status = StartAssociation(peers, out var association);
        if (status != ConnectStatus.Started)
        {
            return () => Outcome.Error(ErrnoOf(status));
        }

        Association = association;
        var nonBlocking = IsNonBlocking;
        return () =>
            association!.WasUp ? Outcome.Success
            : association.HasEnded ? Outcome.Error(TakeError() ?? association.Error ?? "ECONNABORTED")
            : nonBlocking ? Outcome.Error("EINPROGRESS")
            : null;
    }

    public override ReadItem? TryRead(int capacity, out Outcome? outcome)
    {
        outcome = null;
        if (_cannotReceive)
        {
            outcome = Outcome.Success;
            return null;
        }

        if (Association?.TryRead(capacity) is { } item)
        {
            return item;
        }

        if (TakeError() is { } error)
        {
            outcome = Outcome.Error(error);
        }
        else if (Association is null)
        {
            outcome = Outcome.Error("ENOTCONN");
        }
        else if (Association.HasEnded)
        {
            outcome = Association.WasUp ? Outcome.Success : Outcome.Error("ENOTCONN");
        }
        else if (IsNonBlocking)
        {
            outcome = Outcome.Error("EAGAIN");
        }

        return null;
    }

    public override Outcome Shutdown(long how)
    {
        const long read = 0;
        const long write = 1;
        const long both = 2;
        if (how is not (read or write or both))
        {
            return Outcome.Error("EINVAL");
        }

        if (Association is not { HasEnded: false } association)
        {
            return Outcome.Error("ENOTCONN");
        }

        if (how is read or both)
        {
            _cannotReceive = true;
            association.IsDiscarding = true;
        }

        if (how is write or both)
        {
            _cannotSend = true;
            association.Shutdown();
        }

        return Outcome.Success;
    }

    protected override bool CanListen => Association is null or { HasEnded: true };

    protected override void Remove(SocketAssociation association) => Association = null;

    protected override Outcome? FindForSend(OutgoingMessage message, out SocketAssociation? association)
    {
        association = Association;
        if (IsListening)
        {
            return Outcome.Error("ENOTCONN");
        }

        if (_cannotSend)
        {
            return Outcome.Error("EPIPE");
        }

        if (association is { HasEnded: false })
        {
            return null;
        }

        if (message.To is not { } to || message.Has(Constants.SCTP_ABORT) || (message.Has(Constants.SCTP_EOF) && message.Length == 0))
        {
            return Outcome.Error("ENOENT");
        }

        var status = StartAssociation([to], out association);
        Association = association;
        return status == ConnectStatus.Started ? null : Outcome.Error(ErrnoOf(status));
    }

    protected override void OnClosed()
    {
        foreach (var association in _toAccept)
        {
            association.IsDiscarding = true;
            association.Abort();
        }
    }
}
