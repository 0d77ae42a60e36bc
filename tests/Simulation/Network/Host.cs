using System.Buffers;
using System.Net;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Receiving;
using Kestrel.Sctp.Protocol.Sending;

namespace Kestrel.Sctp.Simulation;

/// <summary>A machine that a test makes steps on: it keeps all that an application would see.</summary>
internal sealed class Host : NetworkHost
{
    public Host(VirtualNetwork network, int seed, string[] addresses, ushort udpPort = 9899, EndpointOptions? options = null)
        : this(network, new SeededRandom(seed), addresses, udpPort, options)
    {
    }

    public Host(VirtualNetwork network, RandomSource random, string[] addresses, ushort udpPort = 9899, EndpointOptions? options = null)
        : base(network, random, addresses.Select(Address), udpPort, options ?? new EndpointOptions())
    {
    }

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
        var status = Endpoint.Connect(request, Network.Now, out var association);
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

    protected override void OnTracked(Association association)
    {
        Events[association] = [];
        Received[association] = [];
        Released[association] = [];
    }

    protected override void OnEvent(Association association, AssociationEvent associationEvent)
    {
        Events[association].Add(associationEvent);
        if (associationEvent.Kind == AssociationEventKind.Restarted && Received[association] is [.., { Complete: false }] messages)
        {
            // Its end is never to come.
            messages.RemoveAt(messages.Count - 1);
        }

        EventRead?.Invoke(association, associationEvent);
    }

    protected override void OnReleased(Association association, in ReleasedMessage released) => Released[association].Add(released);

    protected override bool ReadOnStep(Association association) => ReadsAtOnce && Read(association);

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
}

internal readonly record struct ReceivedMessage(byte[] Payload, ReceivedPart Part)
{
    public bool Complete => Part.EndOfMessage;

    public ReceivedMessage Append(byte[] more, ReceivedPart part) => new([.. Payload, .. more], part);
}
