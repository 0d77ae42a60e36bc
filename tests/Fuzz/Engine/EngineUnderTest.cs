using System.Buffers;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Receiving;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Simulation;

namespace Kestrel.Sctp.Fuzz.Engine;

internal delegate void PacketSent(in Transmit transmit, ReadOnlySpan<byte> packet);

/// <summary>
/// One endpoint with its associations, without a network around it: a step in, then all that a caller does after it, with the
/// invariants checked and the cost measured. Made and thrown away a million times a minute; it keeps no record of anything.
/// </summary>
internal sealed class EngineUnderTest(StepMeter meter, IPAddressValue[] addresses, ushort udpPort = 9899)
{
    private const int MaxPacketsPerStep = 10_000;
    private const int MaxTimersPerAdvance = 10_000;

    [ThreadStatic]
    private static byte[]? _sharedBuffer;

    private readonly byte[] _buffer = _sharedBuffer ??= new byte[64 * 1024];
    private readonly byte[] _reply = new byte[Endpoint.MaxReplySize];
    private readonly List<Association> _living = [];

    public Endpoint Endpoint { get; } = new(new EndpointOptions(), new CountingRandom());

    public IPAddressValue[] Addresses => addresses;

    public long Now { get; set; } = EngineTime.Second;

    /// <summary>The newest association, living or not.</summary>
    public Association? Association { get; private set; }

    public IReadOnlyList<Association> Living => _living;

    /// <summary>Told of each packet that leaves, stateless replies too.</summary>
    public PacketSent? Sent { get; set; }

    /// <summary>Messages are read as soon as they can be; off for a reader that stops.</summary>
    public bool Reads { get; set; } = true;

    /// <summary>When a timer of any association is due.</summary>
    public long NextDeadline
    {
        get
        {
            var deadline = EngineTime.Never;
            foreach (var association in _living)
            {
                deadline = Math.Min(deadline, association.NextDeadline);
            }

            return deadline;
        }
    }

    public void Listen(ushort port, AssociationOptions? options = null) =>
        Endpoint.Listen(port, options ?? AssociationOptions.Default, addresses, backlog: 100);

    public Association Connect(ushort localPort, ushort peerPort, IPAddressValue[] peers, AssociationOptions? options = null)
    {
        var request = new ConnectRequest(
            localPort, addresses, [.. peers.Select(peer => new PeerAddress(peer, udpPort))], peerPort, options ?? AssociationOptions.Default);
        Assert.Equal(ConnectStatus.Started, Endpoint.Connect(request, Now, out var association));
        Track(association!);
        Drain(association!);
        return association!;
    }

    /// <summary>A packet from the network, with all that follows from it.</summary>
    public void Deliver(in PacketInfo info, ReadOnlySpan<byte> packet)
    {
        meter.BeginStep();
        meter.BeginPacket();
        var result = Endpoint.Receive(info, packet, Now, _reply);
        var association = result.Association;
        var held = association?.Receiver?.BufferedCost ?? 0;
        var chunks = (association?.SentChunks.Count ?? 0) + (held / InboundChunk.Overhead);
        association?.Receive(info, packet, Now);
        meter.EndPacket(packet.Length, held, chunks);
        if (result.Disposition == PacketDisposition.Accept)
        {
            result.Listener!.PendingAccepts--;
            Track(association!);
        }

        if (association is not null)
        {
            Drain(association);
        }
        else if (result.Disposition == PacketDisposition.Reply)
        {
            Sent?.Invoke(
                new Transmit(info.Destination, info.Source, info.SourceUdpPort, result.ReplyLength, result.ReplyLength, MayFragment: true),
                _reply.AsSpan(0, result.ReplyLength));
        }

        meter.EndStep();
    }

    /// <summary>Lets time pass: every timer that comes due until then fires at its time.</summary>
    public void Advance(long duration)
    {
        var end = Now + duration;
        for (var fired = 0; NextDeadline <= end; fired++)
        {
            Assert.True(fired < MaxTimersPerAdvance, "timers fire without end");
            Now = Math.Max(Now, NextDeadline);
            FireTimers();
        }

        Now = end;
    }

    /// <summary>Fires what is due now.</summary>
    public void FireTimers()
    {
        foreach (var association in _living.ToArray())
        {
            if (association.NextDeadline <= Now)
            {
                meter.BeginStep();
                association.HandleTimers(Now);
                Drain(association);
                meter.EndStep();
                Assert.True(association.NextDeadline > Now, "a timer that fired is still due");
            }
        }
    }

    /// <summary>A step of the user's, with all that follows from it.</summary>
    public void Do(Association association, Action<Association> step)
    {
        meter.BeginStep();
        step(association);
        Drain(association);
        meter.EndStep();
    }

    public SendStatus Send(Association association, byte[] message, ushort stream = 0, bool unordered = false)
    {
        meter.BeginStep();
        var status = association.Send(new SendInfo(stream, 0, unordered), new ReadOnlySequence<byte>(message), message);
        Drain(association);
        meter.EndStep();
        return status;
    }

    /// <summary>Ends all that lives, and sees that nothing is left of it.</summary>
    public void End()
    {
        foreach (var association in _living.ToArray())
        {
            Do(association, a => a.Abort(null, Now));
        }

        Assert.Empty(_living);
        Assert.Equal(0, Endpoint.AssociationCount);
    }

    // What the caller of an engine does after each step.
    private void Drain(Association association)
    {
        Transmit(association);
        if (association.RoutesChanged)
        {
            Endpoint.UpdateRoutes(association);
        }

        while (association.TryReadEvent(out _))
        {
        }

        if (Reads && Read(association))
        {
            Transmit(association);
        }

        while (association.TryTakeReleased(out _))
        {
        }

        Invariants.Check(association);
        if (association.State == AssociationState.Closed)
        {
            Endpoint.Remove(association);
            _living.Remove(association);
            association.DiscardUnread();
            Assert.Equal(0, association.Receiver?.BufferedCost ?? 0);
        }
    }

    private bool Read(Association association)
    {
        var any = false;
        while (association.HasReadable)
        {
            Assert.True(association.TryReceive(_buffer, out var part));
            Assert.True(part.Length > 0, "a read gives nothing");
            any = true;
        }

        return any;
    }

    private void Transmit(Association association)
    {
        for (var packets = 0; association.TryTransmit(Now, _buffer, out var transmit); packets++)
        {
            Assert.True(packets < MaxPacketsPerStep, "transmission never ends");
            for (var offset = 0; offset < transmit.Length; offset += transmit.SegmentSize)
            {
                var packet = _buffer.AsSpan(offset, Math.Min(transmit.SegmentSize, transmit.Length - offset));
                Invariants.CheckPacket(association, transmit, packet);
                Sent?.Invoke(transmit, packet);
            }
        }
    }

    private void Track(Association association)
    {
        _living.Add(association);
        Association = association;
    }
}
