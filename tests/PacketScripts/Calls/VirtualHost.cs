using Kestrel.Sctp.PacketScripts.Calls.Sockets;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;

namespace Kestrel.Sctp.PacketScripts.Calls;

/// <summary>
/// The machine under test: one endpoint, its clock, and what it sends. It steps the engine and does after each step what
/// the caller of an engine must do.
/// </summary>
internal sealed class VirtualHost
{
    // The engine's clock is some time past its zero when a script begins.
    private const long Origin = EngineTime.Second;
    private const int MaxBatches = 10_000;

    private readonly List<SocketAssociation> _associations = [];
    private readonly List<VirtualSocket> _bound = [];
    private readonly Queue<SentPacket> _sent = new();
    private readonly SortedSet<long> _alarms = [];
    private readonly byte[] _buffer = new byte[128 * 1024];
    private readonly byte[] _reply = new byte[Endpoint.MaxReplySize];
    private ushort _nextPort = 49_152;

    public VirtualHost(int seed = 1) => Endpoint = new Endpoint(new EndpointOptions(), new SeededRandom(seed));

    public Endpoint Endpoint { get; }

    /// <summary>Microseconds since the script began.</summary>
    public long Now { get; private set; }

    public long NextDeadline
    {
        get
        {
            var next = EngineTime.Never;
            foreach (var association in _associations)
            {
                next = Math.Min(next, association.Engine.NextDeadline);
            }

            next = next == EngineTime.Never ? next : Math.Max(next - Origin, Now);
            return _alarms.Count > 0 ? Math.Min(next, _alarms.Min) : next;
        }
    }

    private long EngineNow => Now + Origin;

    public bool TryTakeSent(out SentPacket packet) => _sent.TryDequeue(out packet);

    /// <summary>Timers fire in their order, each at its time.</summary>
    public void AdvanceTo(long time)
    {
        while (NextDeadline <= time)
        {
            Now = Math.Max(Now, NextDeadline);
            _alarms.RemoveWhere(alarm => alarm <= Now);
            foreach (var association in _associations.ToArray())
            {
                if (association.Engine.NextDeadline <= EngineNow)
                {
                    Step(association, (engine, now) => engine.HandleTimers(now));
                }
            }
        }

        Now = Math.Max(Now, time);
    }

    /// <summary>Something that is no timer of the engine's is to be looked at then.</summary>
    public void WakeAt(long time) => _alarms.Add(time);

    public void Receive(in PacketInfo info, ReadOnlySpan<byte> packet)
    {
        var result = Endpoint.Receive(info, packet, EngineNow, _reply);
        switch (result.Disposition)
        {
            case PacketDisposition.Reply:
                _sent.Enqueue(new SentPacket(Now, info.Destination, info.Source, _reply.AsSpan(0, result.ReplyLength).ToArray()));
                break;
            case PacketDisposition.Accept:
                var socket = (VirtualSocket)result.Listener!.UserState!;
                socket.OnIncoming(Track(result.Association!, socket));
                goto case PacketDisposition.Deliver;
            case PacketDisposition.Deliver:
                var association = (SocketAssociation)result.Association!.UserState!;
                association.Arriving = packet.ToArray();
                result.Association.Receive(info, packet, EngineNow);
                Settle(association);
                break;
        }
    }

    /// <summary>Starts an association of a socket.</summary>
    public ConnectStatus Connect(VirtualSocket socket, ConnectRequest request, out SocketAssociation? association)
    {
        var status = Endpoint.Connect(request, EngineNow, out var engine);
        association = engine is null ? null : Track(engine, socket);
        return status;
    }

    /// <summary>Any step of an association, then everything that must follow it.</summary>
    public void Step(SocketAssociation association, Action<Association, long> step)
    {
        step(association.Engine, EngineNow);
        Settle(association);
    }

    /// <summary>False when another socket has the port on one of these addresses.</summary>
    public bool TryBind(VirtualSocket socket, ushort port, IReadOnlyList<IPAddressValue> addresses)
    {
        if (_bound.Any(other => other != socket && other.LocalPort == port && other.LocalAddresses.Any(addresses.Contains)))
        {
            return false;
        }

        _bound.Add(socket);
        return true;
    }

    public void Unbind(VirtualSocket socket) => _bound.Remove(socket);

    public ushort TakeEphemeralPort() => _nextPort++;

    private SocketAssociation Track(Association engine, VirtualSocket socket)
    {
        var association = new SocketAssociation(this, engine, socket);
        engine.UserState = association;
        _associations.Add(association);
        return association;
    }

    private void Settle(SocketAssociation association)
    {
        var engine = association.Engine;
        Flush(engine);
        if (engine.RoutesChanged)
        {
            Endpoint.UpdateRoutes(engine);
        }

        association.TakeEvents();
        if (association.IsDiscarding && association.Discard())
        {
            Flush(engine);
        }

        if (engine.State == AssociationState.Closed)
        {
            Endpoint.Remove(engine);
            _associations.Remove(association);
        }
    }

    private void Flush(Association engine)
    {
        for (var batches = 0; engine.TryTransmit(EngineNow, _buffer, out var transmit); batches++)
        {
            if (batches == MaxBatches)
            {
                throw new InvalidOperationException("transmission never ends");
            }

            for (var offset = 0; offset < transmit.Length; offset += transmit.SegmentSize)
            {
                var packet = _buffer.AsSpan(offset, Math.Min(transmit.SegmentSize, transmit.Length - offset));
                _sent.Enqueue(new SentPacket(Now, transmit.Local, transmit.Remote, packet.ToArray()));
            }
        }
    }

    private sealed class SeededRandom(int seed) : RandomSource
    {
        private readonly Random _random = new(seed);

        public override void Fill(Span<byte> destination) => _random.NextBytes(destination);
    }
}
