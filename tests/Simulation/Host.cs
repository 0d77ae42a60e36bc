using System.Buffers;
using System.Net;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Receiving;
using Kestrel.Sctp.Protocol.Sending;

namespace Kestrel.Sctp.Simulation;

/// <summary>One machine of the virtual network: an endpoint, its associations, and what an application would see of them.</summary>
internal sealed class Host
{
    private readonly VirtualNetwork _network;
    private readonly byte[] _buffer = new byte[128 * 1024];
    private readonly byte[] _reply = new byte[Endpoint.MaxReplySize];

    public Host(VirtualNetwork network, int seed, string[] addresses, ushort udpPort = 9899, EndpointOptions? options = null)
        : this(network, new SeededRandom(seed), addresses, udpPort, options)
    {
    }

    public Host(VirtualNetwork network, RandomSource random, string[] addresses, ushort udpPort = 9899, EndpointOptions? options = null)
    {
        _network = network;
        Addresses = [.. addresses.Select(Address)];
        UdpPort = udpPort;
        Endpoint = new Endpoint(options ?? new EndpointOptions(), random);
        network.Add(this);
    }

    public IPAddressValue[] Addresses { get; }

    public ushort UdpPort { get; }

    public Endpoint Endpoint { get; }

    /// <summary>All associations ever seen here, those ended too.</summary>
    public List<Association> Associations { get; } = [];

    public Dictionary<Association, List<AssociationEvent>> Events { get; } = [];

    public Dictionary<Association, List<ReceivedMessage>> Received { get; } = [];

    public Dictionary<Association, List<ReleasedMessage>> Released { get; } = [];

    /// <summary>Messages are read as soon as they can be; off for a reader that stops.</summary>
    public bool ReadsAtOnce { get; set; } = true;

    /// <summary>The reader's buffer: smaller than a message, it takes the message in parts.</summary>
    public int ReadSize { get; set; } = int.MaxValue;

    /// <summary>Told of each event when it is read.</summary>
    public Action<Association, AssociationEvent>? EventRead { get; set; }

    public static IPAddressValue Address(string text) => IPAddressValue.FromIPAddress(IPAddress.Parse(text));

    public Listener Listen(ushort port, AssociationOptions? options = null, int backlog = 100) =>
        Endpoint.Listen(port, options ?? AssociationOptions.Default, Addresses, backlog)!;

    public Association Connect(ushort peerPort, string[] peers, AssociationOptions? options = null, ushort udpPort = 9899, ushort localPort = 5000,
        bool mayBeDifferentHosts = false)
    {
        var request = new ConnectRequest(
            localPort, Addresses, [.. peers.Select(peer => new PeerAddress(Address(peer), udpPort))], peerPort, options ?? AssociationOptions.Default)
        {
            PeersMayBeDifferentHosts = mayBeDifferentHosts,
        };
        var status = Endpoint.Connect(request, _network.Now, out var association);
        Assert.Equal(ConnectStatus.Started, status);
        Track(association!);
        Drain(association!);
        return association!;
    }

    public void Send(Association association, byte[] message, ushort stream = 0, uint ppid = 0, bool unordered = false)
    {
        Assert.Equal(SendStatus.Queued, association.Send(new SendInfo(stream, ppid, unordered), new ReadOnlySequence<byte>(message), message));
        Drain(association);
    }

    /// <summary>Any step of the user's, then everything that must follow it.</summary>
    public void Step(Association association, Action<Association> step)
    {
        step(association);
        Drain(association);
    }

    public void Deliver(in PacketInfo info, byte[] packet)
    {
        var result = Endpoint.Receive(info, packet, _network.Now, _reply);
        switch (result.Disposition)
        {
            case PacketDisposition.Reply:
                _network.Send(info.Destination, UdpPort, info.Source, info.SourceUdpPort, _reply.AsSpan(0, result.ReplyLength));
                break;
            case PacketDisposition.Accept:
                Track(result.Association!);
                result.Listener!.PendingAccepts--;
                goto case PacketDisposition.Deliver;
            case PacketDisposition.Deliver:
                result.Association!.Receive(info, packet, _network.Now);
                Drain(result.Association);
                break;
        }
    }

    public void HandleTimers(Association association)
    {
        association.HandleTimers(_network.Now);
        Drain(association);
    }

    /// <summary>What the caller of an engine does after each step.</summary>
    public void Drain(Association association)
    {
        Flush(association);
        if (association.RoutesChanged)
        {
            Endpoint.UpdateRoutes(association);
        }

        // Before the data: what is read behind a restart is of the new association.
        ReadEvents(association);
        if (ReadsAtOnce && Read(association))
        {
            Flush(association);
        }

        while (association.TryTakeReleased(out var released))
        {
            Released[association].Add(released);
        }

        if (association.State == AssociationState.Closed)
        {
            Endpoint.Remove(association);
        }

        Invariants.Check(association);
    }

    public bool Read(Association association)
    {
        var any = false;
        var messages = Received[association];
        while (association.HasReadable)
        {
            var buffer = new byte[Math.Min(association.ReadableLength, ReadSize)];
            Assert.True(association.TryReceive(buffer, out var part));
            Assert.Equal(buffer.Length, part.Length);
            if (messages.Count > 0 && !messages[^1].Complete)
            {
                messages[^1] = messages[^1].Append(buffer, part);
            }
            else
            {
                messages.Add(new ReceivedMessage(buffer, part));
            }

            any = true;
        }

        return any;
    }

    private void ReadEvents(Association association)
    {
        while (association.TryReadEvent(out var associationEvent))
        {
            Events[association].Add(associationEvent);
            if (associationEvent.Kind == AssociationEventKind.Restarted && Received[association] is [.., { Complete: false }] messages)
            {
                // Its end is never to come.
                messages.RemoveAt(messages.Count - 1);
            }

            EventRead?.Invoke(association, associationEvent);
        }
    }

    private void Flush(Association association)
    {
        for (var batches = 0; association.TryTransmit(_network.Now, _buffer, out var transmit); batches++)
        {
            Assert.True(batches < 10_000, "transmission never ends");
            for (var offset = 0; offset < transmit.Length; offset += transmit.SegmentSize)
            {
                var packet = _buffer.AsSpan(offset, Math.Min(transmit.SegmentSize, transmit.Length - offset));
                Invariants.CheckPacket(association, transmit, packet);
                _network.Send(transmit.Local, UdpPort, transmit.Remote, transmit.RemoteUdpPort, packet);
            }
        }
    }

    private void Track(Association association)
    {
        Associations.Add(association);
        Events[association] = [];
        Received[association] = [];
        Released[association] = [];
    }
}

internal readonly record struct ReceivedMessage(byte[] Payload, ReceivedPart Part)
{
    public bool Complete => Part.EndOfMessage;

    public ReceivedMessage Append(byte[] more, ReceivedPart part) => new([.. Payload, .. more], part);
}
