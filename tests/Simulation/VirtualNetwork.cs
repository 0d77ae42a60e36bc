using Kestrel.Sctp.Protocol.Associations;

namespace Kestrel.Sctp.Simulation;

/// <summary>A datagram in the virtual network.</summary>
internal sealed record Datagram(long SentAt, IPAddressValue Source, ushort SourceUdpPort, IPAddressValue Destination, ushort DestinationUdpPort, byte[] Packet);

/// <summary>
/// Hosts joined by a network in virtual time: it delays, and as a seed says it loses, doubles, reorders and corrupts.
/// Nothing happens outside <see cref="Run(long)"/>.
/// </summary>
internal sealed class VirtualNetwork(int seed = 1)
{
    private readonly List<Host> _hosts = [];
    private readonly PriorityQueue<Datagram, (long Time, long Order)> _inFlight = new();
    private readonly Random _random = new(seed);
    private long _order;

    public long Now { get; private set; } = EngineTime.Second;

    public long Delay { get; set; } = 10 * EngineTime.Millisecond;

    /// <summary>Added to the delay, up to this much.</summary>
    public long Jitter { get; set; }

    public double Loss { get; set; }

    public double Duplication { get; set; }

    public double Corruption { get; set; }

    /// <summary>Every datagram sent, lost ones too.</summary>
    public List<Datagram> Sent { get; } = [];

    /// <summary>Says which datagrams vanish, beside those lost by chance.</summary>
    public Func<Datagram, bool>? Drop { get; set; }

    public void Add(Host host) => _hosts.Add(host);

    public void Remove(Host host) => _hosts.Remove(host);

    public void Send(IPAddressValue source, ushort sourceUdpPort, IPAddressValue destination, ushort udpPort, ReadOnlySpan<byte> packet)
    {
        var datagram = new Datagram(Now, source, sourceUdpPort, destination, udpPort, packet.ToArray());
        Sent.Add(datagram);
        if (Drop?.Invoke(datagram) == true || _random.NextDouble() < Loss)
        {
            return;
        }

        if (_random.NextDouble() < Corruption)
        {
            datagram = datagram with { Packet = Corrupt(datagram.Packet) };
        }

        Enqueue(datagram);
        if (_random.NextDouble() < Duplication)
        {
            Enqueue(datagram);
        }
    }

    /// <summary>Lets this much time pass.</summary>
    public void Run(long duration) => RunUntil(() => false, duration);

    /// <summary>Goes on until the condition holds or the time is over; returns whether it holds.</summary>
    public bool RunUntil(Func<bool> condition, long duration)
    {
        var end = Now + duration;
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
            if (arrival <= deadline)
            {
                Deliver(_inFlight.Dequeue());
            }
            else
            {
                host!.HandleTimers(association!);
                Assert.True(association!.NextDeadline > Now, "a timer that fired is still due");
            }
        }

        return true;
    }

    private void Enqueue(Datagram datagram)
    {
        var jitter = Jitter > 0 ? _random.NextInt64(Jitter) : 0;
        _inFlight.Enqueue(datagram, (Now + Delay + jitter, _order++));
    }

    private void Deliver(Datagram datagram)
    {
        foreach (var host in _hosts)
        {
            if (host.UdpPort == datagram.DestinationUdpPort && host.Addresses.Contains(datagram.Destination))
            {
                host.Deliver(new PacketInfo(datagram.Source, datagram.Destination, datagram.SourceUdpPort), datagram.Packet);
                return;
            }
        }
    }

    private byte[] Corrupt(byte[] packet)
    {
        var copy = (byte[])packet.Clone();
        copy[_random.Next(copy.Length)] ^= (byte)(1 << _random.Next(8));
        return copy;
    }

    private (Host? Host, Association? Association, long Deadline) NextTimer()
    {
        (Host?, Association?, long Deadline) next = (null, null, EngineTime.Never);
        foreach (var host in _hosts)
        {
            foreach (var association in host.Associations)
            {
                if (association.NextDeadline < next.Deadline)
                {
                    next = (host, association, association.NextDeadline);
                }
            }
        }

        return next;
    }
}
