using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Sending;

namespace Kestrel.Sctp.PacketScripts.Calls.Sockets;

/// <summary>
/// A socket of the machine under test: what both styles have in common. Calls that may block are tried: null stands for
/// "not yet". Return values and errors are those of RFC 6458, and where it leaves them open, FreeBSD's.
/// </summary>
internal abstract class VirtualSocket(VirtualHost host, SocketOptions options)
{
    public VirtualHost Host { get; } = host;

    public SocketOptions Options { get; } = options;

    public bool IsNonBlocking { get; set; }

    /// <summary>Closed by the script: nobody reads it any more.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>What the runner knows of it.</summary>
    public SocketUnderTest UnderTest { get; } = new();

    /// <summary>0 until it is bound.</summary>
    public ushort LocalPort { get; private set; }

    public List<IPAddressValue> LocalAddresses { get; } = [];

    public Listener? Listener { get; private set; }

    public bool IsListening => Listener is not null;

    public abstract bool IsOneToMany { get; }

    /// <summary>The pending error (SO_ERROR): reported once.</summary>
    public string? Error { get; protected set; }

    public string? TakeError()
    {
        var error = Error;
        Error = null;
        return error;
    }

    /// <summary>The association that an option or call means: a one-to-one socket has but one, whatever the number says.</summary>
    public abstract SocketAssociation? Find(long associationId);

    public abstract IEnumerable<SocketAssociation> Associations { get; }

    /// <summary>A listener's new association; its COOKIE ECHO is about to be processed.</summary>
    public abstract void OnIncoming(SocketAssociation association);

    public abstract void OnEvent(SocketAssociation association, in AssociationEvent e);

    public abstract Outcome? Accept();

    public abstract Attempt Connect(IReadOnlyList<SocketAddress> peers);

    /// <summary>What to read next; null and an outcome for the end or an error; null and null to wait.</summary>
    public abstract ReadItem? TryRead(int capacity, out Outcome? outcome);

    public abstract Outcome Shutdown(long how);

    /// <summary>Makes an association the only one of a socket of its own.</summary>
    public Outcome PeelOff(long associationId)
    {
        if (Associations.FirstOrDefault(each => each.Engine.Id == associationId && !each.HasEnded) is not { } association)
        {
            return Outcome.Error("ENOENT");
        }

        if (association.IsConnecting)
        {
            return Outcome.Error("ENOTCONN");
        }

        Remove(association);
        return new Outcome(0) { Opened = OneToOneSocket.Take(this, association) };
    }

    public Outcome Bind(SocketAddress address)
    {
        if (LocalPort != 0)
        {
            return Outcome.Error("EINVAL");
        }

        return Bind([address.Address], address.Port == 0 ? Host.TakeEphemeralPort() : address.Port);
    }

    /// <summary>Adds addresses; the first call binds the socket. Those of a socket with associations would need ASCONF.</summary>
    public Outcome BindX(IReadOnlyList<SocketAddress> addresses, bool add)
    {
        if (LocalPort == 0)
        {
            return add
                ? Bind([.. addresses.Select(address => address.Address)], addresses[0].Port == 0 ? Host.TakeEphemeralPort() : addresses[0].Port)
                : Outcome.Error("EINVAL");
        }

        if (Associations.Any())
        {
            throw new ScriptSkippedException("sctp_bindx on a socket with associations needs ASCONF, which is not supported");
        }

        foreach (var address in addresses)
        {
            if (address.Port != 0 && address.Port != LocalPort)
            {
                return Outcome.Error("EINVAL");
            }

            if (add ? LocalAddresses.Contains(address.Address) : !LocalAddresses.Contains(address.Address) || LocalAddresses.Count == 1)
            {
                return Outcome.Error(add ? "EADDRINUSE" : "EINVAL");
            }

            if (add)
            {
                LocalAddresses.Add(address.Address);
            }
            else
            {
                LocalAddresses.Remove(address.Address);
            }
        }

        return Outcome.Success;
    }

    public Outcome Listen(int backlog)
    {
        if (!CanListen)
        {
            return Outcome.Error("EINVAL");
        }

        EnsureBound();
        if (Listener is not null)
        {
            Listener.Backlog = Math.Max(backlog, 1);
            return Outcome.Success;
        }

        Listener = Host.Endpoint.Listen(LocalPort, EngineOptions, LocalAddresses, Math.Max(backlog, 1));
        if (Listener is null)
        {
            return Outcome.Error("EADDRINUSE");
        }

        Listener.UserState = this;
        UnderTest.IsListening = true;
        return Outcome.Success;
    }

    /// <summary>Changes the options of a living association, or those of the associations to come.</summary>
    public void UpdateEngine(SocketAssociation? association, Func<AssociationOptions, AssociationOptions> change)
    {
        if (association is { HasEnded: false })
        {
            Host.Step(association, (engine, now) => engine.UpdateOptions(change(engine.Options), now));
            return;
        }

        Options.Engine = change(Options.Engine);
        if (Listener is not null)
        {
            Listener.Options = EngineOptions;
        }
    }

    /// <summary>Of the living association, or of those to come.</summary>
    public AssociationOptions EngineOf(SocketAssociation? association) =>
        association is { HasEnded: false } ? association.Engine.Options : Options.Engine;

    public Attempt Send(OutgoingMessage message)
    {
        SocketAssociation? association = null;
        return () =>
        {
            if (association is null)
            {
                if (FindForSend(message, out association) is { } error)
                {
                    return error;
                }
            }
            else if (association.HasEnded)
            {
                // It went while the call waited for room.
                return Outcome.Error(TakeError() ?? association.Error ?? "EPIPE");
            }

            return TrySend(association!, message);
        };
    }

    /// <summary>Ends the descriptor; what it leaves behind ends as the socket's options say (RFC 6458, 4.1.8).</summary>
    public Attempt Close()
    {
        IsClosed = true;
        if (Listener is not null)
        {
            Host.Endpoint.Close(Listener);
        }

        Host.Unbind(this);
        var closing = new List<SocketAssociation>(Associations);
        foreach (var association in closing)
        {
            End(association);
        }

        OnClosed();
        if (Options.Linger is not > 0 || IsNonBlocking)
        {
            return () => Outcome.Success;
        }

        var deadline = Host.Now + (Options.Linger.Value * EngineTime.Second);
        Host.WakeAt(deadline);
        return () =>
            closing.All(association => association.HasEnded) ? Outcome.Success
            : Host.Now >= deadline ? Outcome.Error("EAGAIN")
            : null;
    }

    protected virtual bool CanListen => true;

    /// <summary>The association that a message goes to, made by sending if need be; or the error.</summary>
    protected abstract Outcome? FindForSend(OutgoingMessage message, out SocketAssociation? association);

    protected abstract void Remove(SocketAssociation association);

    protected virtual void OnClosed()
    {
    }

    protected void EnsureBound()
    {
        if (LocalPort == 0)
        {
            Bind([ScriptNetwork.Local], Host.TakeEphemeralPort());
        }
    }

    /// <summary>A peeled-off or accepted socket: it shares the port of the one it comes from.</summary>
    protected void AdoptAddresses(VirtualSocket from)
    {
        LocalPort = from.LocalPort;
        LocalAddresses.AddRange(from.LocalAddresses);
    }

    protected ConnectStatus StartAssociation(IReadOnlyList<SocketAddress> peers, out SocketAssociation? association)
    {
        EnsureBound();
        UnderTest.Peer = peers[0].Address;
        UnderTest.PeerPort = peers[0].Port;
        var request = new ConnectRequest(
            LocalPort, LocalAddresses, [.. peers.Select(peer => new PeerAddress(peer.Address, 0)).Distinct()], peers[0].Port, EngineOptions);
        var status = Host.Connect(this, request, out association);
        if (association is not null)
        {
            // The INIT leaves.
            Host.Step(association, (_, _) => { });
        }

        return status;
    }

    protected static string ErrnoOf(ConnectStatus status) => status switch
    {
        ConnectStatus.AlreadyConnected or ConnectStatus.AlreadyConnecting => "EALREADY",
        ConnectStatus.NoLocalAddress => "EADDRNOTAVAIL",
        _ => "ENOBUFS",
    };

    // The machine's addresses are private ones: a script that binds several of them wants them listed all the same.
    private AssociationOptions EngineOptions =>
        LocalAddresses.Count > 1 ? Options.Engine with { AdvertisedAddresses = [.. LocalAddresses] } : Options.Engine;

    private Outcome Bind(List<IPAddressValue> addresses, ushort port)
    {
        for (var i = 0; i < addresses.Count; i++)
        {
            if (addresses[i].IsUnspecified)
            {
                addresses[i] = ScriptNetwork.Local;
            }
            else if (!IsOfThisMachine(addresses[i]))
            {
                return Outcome.Error("EADDRNOTAVAIL");
            }
        }

        LocalAddresses.AddRange(addresses);
        if (!Host.TryBind(this, port, LocalAddresses) && !Options.ReuseAddress && !Options.ReusePort)
        {
            LocalAddresses.Clear();
            return Outcome.Error("EADDRINUSE");
        }

        LocalPort = port;
        UnderTest.LocalPort = port;
        UnderTest.Local = LocalAddresses[0];
        return Outcome.Success;
    }

    private static bool IsOfThisMachine(IPAddressValue address)
    {
        const int network = 3;
        Span<byte> ours = stackalloc byte[4];
        Span<byte> theirs = stackalloc byte[16];
        ScriptNetwork.Local.WriteBytes(ours);
        address.WriteBytes(theirs);
        return !address.IsIPv6 && ours[..network].SequenceEqual(theirs[..network]);
    }

    private Outcome? TrySend(SocketAssociation association, OutgoingMessage message)
    {
        var engine = association.Engine;
        if (Options.DisableFragments && message.Length > engine.GetCounts().FragmentationPoint)
        {
            return Outcome.Error("EMSGSIZE");
        }

        var isAbort = message.Has(Constants.SCTP_ABORT);
        if (!engine.IsSendable && !isAbort)
        {
            return Outcome.Error("EPIPE");
        }

        if (isAbort)
        {
            if (association.IsConnecting)
            {
                return Outcome.Error("EINVAL");
            }

            // The user's words go with the ABORT; here they are zeros.
            association.Abort(new string('\0', message.Length));
            return new Outcome(message.Length);
        }

        if (message.StreamId >= engine.OutboundStreams)
        {
            return Outcome.Error("EINVAL");
        }

        if (message.Length > Options.SendBufferSize)
        {
            return Outcome.Error("EMSGSIZE");
        }

        if (engine.BufferedBytes + message.Length > Options.SendBufferSize)
        {
            return IsNonBlocking || message.DontWait ? Outcome.Error("EAGAIN") : null;
        }

        if (message.Length == 0 && !message.Has(Constants.SCTP_EOF))
        {
            return Outcome.Error("EINVAL");
        }

        if (message.Length > 0 && association.Send(message) is var status && status != SendStatus.Queued)
        {
            return Outcome.Error(status == SendStatus.NotSendable ? "EPIPE" : "EINVAL");
        }

        if (message.Has(Constants.SCTP_EOF))
        {
            association.Shutdown();
        }

        return new Outcome(message.Length);
    }

    private void End(SocketAssociation association)
    {
        var lingersNot = Options.Linger == 0;
        var leavesUnread = association.HasReadable;
        association.IsDiscarding = true;
        if (association.HasEnded)
        {
            association.Discard();
            return;
        }

        // Nobody is told of an association that the peer has not heard of yet.
        if (lingersNot || leavesUnread || (association.Engine.State == AssociationState.CookieWait && association.Engine.BufferedBytes == 0))
        {
            association.Abort();
        }
        else
        {
            association.Shutdown();
        }
    }
}
