using Kestrel.Sctp.Protocol.Associations;

namespace Kestrel.Sctp.Simulation;

/// <summary>A datagram in the virtual network.</summary>
internal sealed record Datagram(long SentAt, IPAddressValue Source, ushort SourceUdpPort, IPAddressValue Destination, ushort DestinationUdpPort, byte[] Packet);

/// <summary>
/// Hosts joined by a network in virtual time. One link carries everything, slowed down and spoiled as its settings say,
/// unless <see cref="LinkBetween"/> names one for each direction between two addresses. Nothing happens outside
/// <see cref="Run(long)"/>.
/// </summary>
internal sealed class VirtualNetwork
{
    private readonly List<NetworkHost> _hosts = [];
    private readonly PriorityQueue<Datagram, (long Time, long Order)> _inFlight = new();
    private readonly Link _everywhere;
    private long _order;

    public VirtualNetwork(int seed = 1) => _everywhere = new Link(LinkSettings.Default, new Random(seed));

    public long Now { get; private set; } = EngineTime.Second;

    public long Delay
    {
        get => _everywhere.Settings.Delay.Microseconds;
        set => _everywhere.Settings = _everywhere.Settings with { Delay = new Duration(value) };
    }

    /// <summary>Added to the delay, up to this much.</summary>
    public long Jitter
    {
        get => _everywhere.Settings.Jitter.Microseconds;
        set => _everywhere.Settings = _everywhere.Settings with { Jitter = new Duration(value) };
    }

    public double Loss
    {
        get => _everywhere.Settings.Loss;
        set => _everywhere.Settings = _everywhere.Settings with { Loss = value };
    }

    public double Duplication
    {
        get => _everywhere.Settings.Duplication;
        set => _everywhere.Settings = _everywhere.Settings with { Duplication = value };
    }

    public double Corruption
    {
        get => _everywhere.Settings.Corruption;
        set => _everywhere.Settings = _everywhere.Settings with { Corruption = value };
    }

    /// <summary>Every datagram sent, lost ones too, unless <see cref="RecordsSent"/> is off.</summary>
    public List<Datagram> Sent { get; } = [];

    /// <summary>Off for long runs, whose memory is to stay flat.</summary>
    public bool RecordsSent { get; set; } = true;

    /// <summary>Says which datagrams vanish, beside those lost by chance.</summary>
    public Func<Datagram, bool>? Drop { get; set; }

    /// <summary>The link of each direction between two addresses, if they are not all the same.</summary>
    public Func<IPAddressValue, IPAddressValue, Link>? LinkBetween { get; set; }

    /// <summary>Told of each datagram sent, and what became of it.</summary>
    public Action<Datagram, Fate>? Sending { get; set; }

    public bool IsEmpty => _inFlight.Count == 0;

    /// <summary>Arrivals and timers so far.</summary>
    public long Steps { get; private set; }

    public void Add(NetworkHost host) => _hosts.Add(host);

    public void Remove(NetworkHost host) => _hosts.Remove(host);

    /// <summary>Sends a datagram; <see cref="Fate.TooBig"/> and <see cref="Fate.Unreachable"/> are what the sender may know of.</summary>
    public Fate Send(
        IPAddressValue source, ushort sourceUdpPort, IPAddressValue destination, ushort udpPort, ReadOnlySpan<byte> packet, bool mayFragment = true)
    {
        var datagram = new Datagram(Now, source, sourceUdpPort, destination, udpPort, packet.ToArray());
        if (RecordsSent)
        {
            Sent.Add(datagram);
        }

        var fate = Fate.Taken;
        if (Drop?.Invoke(datagram) != true)
        {
            fate = (LinkBetween?.Invoke(source, destination) ?? _everywhere).Carry(datagram.Packet, mayFragment, Now, out var passage);
            Enqueue(datagram, passage.Packet, passage.First);
            Enqueue(datagram, passage.Packet, passage.Second);
        }

        Sending?.Invoke(datagram, fate);
        return fate;
    }

    /// <summary>Lets this much time pass.</summary>
    public void Run(long duration) => RunUntil(() => false, duration);

    /// <summary>Goes on until the condition holds or the time is over; returns whether it holds.</summary>
    public bool RunUntil(Func<bool> condition, long duration)
    {
        var end = duration < EngineTime.Never - Now ? Now + duration : EngineTime.Never;
        while (!condition())
        {
            var (host, association, deadline) = NextTimer();
            var arrival = _inFlight.TryPeek(out _, out var priority) ? priority.Time : EngineTime.Never;
            var next = Math.Min(arrival, deadline);
            if (next > end)
            {
                Now = end;
                return condition();
            }

            Now = Math.Max(Now, next);
            Steps++;
            if (arrival <= deadline)
            {
                Deliver(_inFlight.Dequeue());
            }
            else
            {
                host!.HandleTimers(association!);
            }
        }

        return true;
    }

    private void Enqueue(Datagram datagram, byte[] packet, long arrival)
    {
        if (arrival != EngineTime.Never)
        {
            _inFlight.Enqueue(packet == datagram.Packet ? datagram : datagram with { Packet = packet }, (arrival, _order++));
        }
    }

    private void Deliver(Datagram datagram)
    {
        foreach (var host in _hosts)
        {
            if (host.UdpPort != datagram.DestinationUdpPort || !host.Addresses.Contains(datagram.Destination))
            {
                continue;
            }

            if (!host.IsAsleep)
            {
                host.Deliver(new PacketInfo(datagram.Source, datagram.Destination, datagram.SourceUdpPort), datagram.Packet);
            }
            else if (host.TryKeepWhileAsleep())
            {
                Enqueue(datagram, datagram.Packet, host.AsleepUntil);
            }

            return;
        }
    }

    private (NetworkHost? Host, Association? Association, long Deadline) NextTimer()
    {
        (NetworkHost?, Association?, long Deadline) next = (null, null, EngineTime.Never);
        foreach (var host in _hosts)
        {
            foreach (var association in host.Living)
            {
                var deadline = host.DeadlineOf(association);
                if (deadline < next.Deadline)
                {
                    next = (host, association, deadline);
                }
            }
        }

        return next;
    }
}
