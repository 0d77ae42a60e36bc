using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Setup;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>A peer played by the test, packet by packet: each packet in is answered by the packets out, in no time.</summary>
internal sealed class SetupPeer
{
    public const uint Tag = 0x0A0B0C0D;
    public const uint InitialTsn = 1_000;
    private int _taken;

    public SetupPeer(string[] addresses, string[]? hostAddresses = null, ushort udpPort = 9899, EndpointOptions? options = null, int seed = 1, RandomSource? random = null)
    {
        Addresses = addresses;
        UdpPort = udpPort;
        Network = new VirtualNetwork(seed);
        Host = new Host(Network, random ?? new SeededRandom(seed), hostAddresses ?? ["10.0.0.1", "10.0.1.1"], options: options);
    }

    public VirtualNetwork Network { get; }

    public Host Host { get; }

    public string[] Addresses { get; }

    public ushort UdpPort { get; set; }

    public ushort Port { get; set; } = 7;

    public ushort HostPort { get; set; } = 5000;

    /// <summary>The host's tag and first TSN, once its INIT or INIT ACK has been seen.</summary>
    public uint HostTag { get; set; }

    public uint HostTsn { get; set; }

    /// <summary>The host's address that packets go to.</summary>
    public string To { get; set; } = "10.0.0.1";

    public Association Association => Host.Associations[^1];

    /// <summary>What the host has sent since the last look.</summary>
    public List<SetupPacket> Take()
    {
        var packets = Network.Sent.Skip(_taken).Select(SetupPacket.From).ToList();
        _taken = Network.Sent.Count;
        foreach (var packet in packets)
        {
            if (packet.Chunks[0] is { Type: ChunkType.Init or ChunkType.InitAck } init)
            {
                HostTag = init.UInt32(0);
                HostTsn = init.UInt32(12);
            }
        }

        return packets;
    }

    /// <summary>A packet with the host's tag, from the first address.</summary>
    public List<SetupPacket> Send(params byte[][] chunks) => SendFrom(Addresses[0], chunks);

    public List<SetupPacket> SendFrom(string source, params byte[][] chunks) => SendRaw(source, Packet(Port, HostPort, HostTag, chunks));

    public List<SetupPacket> SendTagged(uint tag, params byte[][] chunks) => SendRaw(Addresses[0], Packet(Port, HostPort, tag, chunks));

    public List<SetupPacket> SendRaw(string source, byte[] packet, ushort? udpPort = null)
    {
        Take();
        Host.Deliver(new PacketInfo(Host.Address(source), Host.Address(To), udpPort ?? UdpPort), packet);
        return Take();
    }

    public byte[] Init(params byte[][] parameters) => SetupPackets.Init(ChunkType.Init, Tag, 100_000, 10, 10, InitialTsn, parameters);

    public byte[] InitAck(params byte[][] parameters) =>
        SetupPackets.Init(ChunkType.InitAck, Tag, 100_000, 10, 10, InitialTsn, parameters);

    public byte[][] AddressList => [.. Addresses.Select(Address)];

    /// <summary>The host connects to the given addresses, or to all of ours.</summary>
    public Association Connect(AssociationOptions? options = null, params string[] listed)
    {
        var association = Host.Connect(Port, listed.Length > 0 ? listed : Addresses, options, UdpPort, HostPort);
        Take();
        return association;
    }

    /// <summary>Brings an association that the host started into a state; ours lists all our addresses.</summary>
    public Association BringTo(AssociationState state, AssociationOptions? options = null)
    {
        var association = Connect(options);
        if (state == AssociationState.CookieWait)
        {
            return association;
        }

        Send(InitAck([.. AddressList, Cookie(1, 2, 3, 4)]));
        if (state == AssociationState.CookieEchoed)
        {
            return association;
        }

        Send(CookieAck());
        switch (state)
        {
            case AssociationState.ShutdownPending:
                Host.Send(association, [1, 2, 3]);
                Host.Step(association, a => a.Shutdown(Network.Now));
                break;
            case AssociationState.ShutdownSent:
                Host.Step(association, a => a.Shutdown(Network.Now));
                break;
            case AssociationState.ShutdownReceived:
                Host.Send(association, [1, 2, 3]);
                Send(Shutdown(HostTsn - 1));
                break;
            case AssociationState.ShutdownAckSent:
                Send(Shutdown(HostTsn - 1));
                break;
        }

        Assert.Equal(state, association.State);
        Take();
        return association;
    }

    /// <summary>We start the association; the host listens.</summary>
    public Association Accept(AssociationOptions? options = null, params byte[][] parameters)
    {
        Host.Listen(HostPort, options);
        var initAck = Assert.Single(SendTagged(0, Init(parameters)));
        Send(CookieEcho(initAck[ChunkType.InitAck].Cookie));
        Assert.Equal(AssociationState.Established, Association.State);
        return Association;
    }

    /// <summary>What a cookie says, its MAC unchecked.</summary>
    public static StateCookie Open(byte[] cookie)
    {
        const int macSize = 32;
        var opened = new StateCookie();
        Assert.True(opened.TryRead(cookie.AsSpan(0, cookie.Length - macSize)));
        return opened;
    }

    /// <summary>What must not change when a packet is dropped silently.</summary>
    public string Snapshot(Association association) => string.Join(
        '|', association.State, association.LocalTag, association.PeerTag, association.NextDeadline, association.BufferedBytes,
        Host.Associations.Count, Host.Endpoint.AssociationCount, Host.Events[association].Count, Host.Received[association].Count,
        string.Join(';', Enumerable.Range(0, association.PathCount).Select(i => association.GetPath(i))));

    /// <summary>Sends it and sees that nothing at all comes of it.</summary>
    public void AssertIgnored(Association association, string source, byte[] packet)
    {
        var before = Snapshot(association);
        Assert.Empty(SendRaw(source, packet));
        Assert.Equal(before, Snapshot(association));
    }
}
