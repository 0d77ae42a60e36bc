using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Receiving;
using Kestrel.Sctp.Protocol.Sending;

namespace Kestrel.Sctp.Simulation;

/// <summary>
/// One machine of the virtual network: an endpoint and its associations, stepped as the caller of an engine does, with a
/// clock of its own. What the application does with them is the business of those derived from it.
/// </summary>
internal abstract class NetworkHost
{
    private const int MaxBatches = 10_000;

    private readonly byte[] _buffer = new byte[128 * 1024];
    private readonly byte[] _reply = new byte[Endpoint.MaxReplySize];
    private readonly Dictionary<Association, Watch> _watches = [];

    // Stepped, and not looked after yet: when they will be.
    private readonly Dictionary<Association, long> _lagging = [];
    private int _kept;

    protected NetworkHost(VirtualNetwork network, RandomSource random, IEnumerable<IPAddressValue> addresses, ushort udpPort, EndpointOptions options)
    {
        Network = network;
        Addresses = [.. addresses];
        UdpPort = udpPort;
        Endpoint = new Endpoint(options, random);
        network.Add(this);
    }

    protected VirtualNetwork Network { get; }

    public IPAddressValue[] Addresses { get; }

    /// <summary>Changes when a NAT in front forgets its mapping.</summary>
    public ushort UdpPort { get; set; }

    public Endpoint Endpoint { get; }

    /// <summary>All associations ever seen here, those ended too.</summary>
    public List<Association> Associations { get; } = [];

    /// <summary>Those that have not ended.</summary>
    public List<Association> Living { get; } = [];

    /// <summary>The clock of this machine: its steps are told this time.</summary>
    public long Now => Network.Now + ClockOffset;

    /// <summary>How far the clock is ahead of the network's. Never goes back.</summary>
    public long ClockOffset { get; private set; }

    /// <summary>Until then, by the network's clock, nothing happens here.</summary>
    public long AsleepUntil { get; private set; }

    /// <summary>What its associations got into.</summary>
    public Situations Seen => _watches.Values.Aggregate(Situations.None, (seen, watch) => seen | watch.Seen);

    public bool IsAsleep => Network.Now < AsleepUntil;

    /// <summary>How long after a packet its answers leave: several packets may come before.</summary>
    public long Lag { get; init; }

    public void JumpClock(long by) => ClockOffset += by;

    /// <summary>The machine is suspended: its clock goes on, and some datagrams wait for it.</summary>
    public void Sleep(long until, int keeps)
    {
        AsleepUntil = until;
        _kept = keeps;
    }

    public bool TryKeepWhileAsleep() => _kept-- > 0;

    /// <summary>When the association wants to be stepped, by the network's clock.</summary>
    public long DeadlineOf(Association association)
    {
        var deadline = association.NextDeadline;
        deadline = deadline == EngineTime.Never ? deadline : deadline - ClockOffset;
        if (_lagging.Count > 0 && _lagging.TryGetValue(association, out var due))
        {
            deadline = Math.Min(deadline, due);
        }

        return deadline == EngineTime.Never ? deadline : Math.Max(deadline, AsleepUntil);
    }

    /// <summary>Any step of the user's, then everything that must follow it.</summary>
    public void Step(Association association, Action<Association> step)
    {
        step(association);
        Drain(association);
    }

    public void Deliver(in PacketInfo info, byte[] packet)
    {
        var result = Endpoint.Receive(info, packet, Now, _reply);
        switch (result.Disposition)
        {
            case PacketDisposition.Reply:
                Network.Send(info.Destination, UdpPort, info.Source, info.SourceUdpPort, _reply.AsSpan(0, result.ReplyLength));
                break;
            case PacketDisposition.Accept:
                Track(result.Association!);
                result.Listener!.PendingAccepts--;
                goto case PacketDisposition.Deliver;
            case PacketDisposition.Deliver:
                result.Association!.Receive(info, packet, Now);
                if (Lag == 0)
                {
                    Drain(result.Association);
                }
                else
                {
                    Settle(result.Association);
                    _lagging.TryAdd(result.Association, Network.Now + Lag);
                }

                break;
        }
    }

    /// <summary>The time that <see cref="DeadlineOf"/> named has come.</summary>
    public void HandleTimers(Association association)
    {
        association.HandleTimers(Now);
        Drain(association);
        Require.That(DeadlineOf(association) > Network.Now, "R-106", "a timer that fired is still due");
    }

    /// <summary>What the caller of an engine does after each step.</summary>
    public void Drain(Association association)
    {
        _lagging.Remove(association);
        Flush(association);
        if (Settle(association))
        {
            Flush(association);
        }

        if (association.State == AssociationState.Closed)
        {
            Endpoint.Remove(association);
            Living.Remove(association);
        }

        Invariants.Check(association);
        _watches[association].AfterStep();
        OnDrained(association);
    }

    /// <summary>Takes what the engine has to say; returns whether anything was read.</summary>
    private bool Settle(Association association)
    {
        if (association.RoutesChanged)
        {
            Endpoint.UpdateRoutes(association);
        }

        // Before the data: what is read behind a restart is of the new association.
        while (association.TryReadEvent(out var associationEvent))
        {
            _watches[association].OnEvent(associationEvent);
            OnEvent(association, associationEvent);
        }

        var hasRead = ReadOnStep(association);
        while (association.TryTakeReleased(out var released))
        {
            OnReleased(association, released);
        }

        return hasRead;
    }

    protected void Track(Association association)
    {
        Associations.Add(association);
        Living.Add(association);
        _watches[association] = new Watch(association);
        OnTracked(association);
    }

    /// <summary>A new association, before its first step.</summary>
    protected abstract void OnTracked(Association association);

    protected abstract void OnEvent(Association association, AssociationEvent associationEvent);

    /// <summary>Reads what the application likes to; returns whether it read anything.</summary>
    protected abstract bool ReadOnStep(Association association);

    protected abstract void OnReleased(Association association, in ReleasedMessage released);

    /// <summary>The step is over, and everything that follows from it.</summary>
    protected virtual void OnDrained(Association association)
    {
    }

    protected void Flush(Association association)
    {
        for (var batches = 0; association.TryTransmit(Now, _buffer, out var transmit); batches++)
        {
            Require.That(batches < MaxBatches, "R-125", "transmission never ends");
            var batch = _buffer.AsSpan(0, transmit.Length);
            _watches[association].OnTransmit(transmit, batch);
            switch (Send(association, transmit, batch))
            {
                case Fate.TooBig:
                    association.ReportTooBig(transmit.Remote, transmit.SegmentSize);
                    break;
                case Fate.Unreachable:
                    association.ReportSendFailure(transmit.Remote, transmit.Local, Now);
                    break;
            }
        }
    }

    /// <summary>Returns the fate of the packet that fared worst: what the carrier says of the batch.</summary>
    private Fate Send(Association association, in Transmit transmit, ReadOnlySpan<byte> batch)
    {
        var fate = Fate.Carried;
        for (var offset = 0; offset < batch.Length; offset += transmit.SegmentSize)
        {
            var packet = batch.Slice(offset, Math.Min(transmit.SegmentSize, batch.Length - offset));
            Invariants.CheckPacket(association, transmit, packet);
            var next = Network.Send(transmit.Local, UdpPort, transmit.Remote, transmit.RemoteUdpPort, packet, transmit.MayFragment);
            fate = next > fate ? next : fate;
        }

        return fate;
    }
}
