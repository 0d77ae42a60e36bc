using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Packets that no stack would send, with the right tag: nothing throws, nothing grows, and every run is the same.</summary>
public class SetupFuzzTests
{
    private const string A = "10.0.0.2";
    private const string B = "10.0.1.2";

    public static TheoryData<string, int> Runs
    {
        get
        {
            var runs = new TheoryData<string, int>();
            foreach (var state in Enum.GetNames<AssociationState>())
            {
                runs.Add(state, 1);
                runs.Add(state, 2);
                runs.Add(state, 3);
            }

            return runs;
        }
    }

    [Theory, Trait("Requirement", "R-125")]
    [MemberData(nameof(Runs))]
    public void R_125_no_packet_in_any_state_throws_or_calls_forth_much(string name, int seed)
    {
        var state = Enum.Parse<AssociationState>(name);
        var random = new Random(seed);
        var (peer, association) = Bring(state, random);
        for (var i = 0; i < 3_000; i++)
        {
            if (association is not null && (association.State == AssociationState.Closed || i % 100 == 99))
            {
                (peer, association) = Bring(state, random);
            }

            if (association is { State: AssociationState.Established } && random.Next(10) == 0)
            {
                peer.Host.Send(association, new byte[random.Next(1, 4000)], (ushort)random.Next(3));
            }

            if (association is not null)
            {
                // An INIT ACK to an INIT of ours has shown another.
                peer.HostTag = association.LocalTag;
            }

            var packet = Make(peer, random);
            var answer = peer.SendRaw(Pick(random, A, A, B, "10.9.9.9"), packet, (ushort)Pick(random, 9899, 9899, 9899, 0, 77));
            var control = answer.Where(sent => !sent.Has(ChunkType.Data)).ToList();
            // To two paths, and a HEARTBEAT as long as a packet is answered by itself.
            Assert.True(control.Count <= 3, string.Join('\n', control.Select(sent => sent.Types)));
            Assert.InRange(answer.Sum(sent => sent.Datagram.Packet.Length), 0, 16 * 1024);
            if (random.Next(4) == 0)
            {
                peer.Network.Run(random.Next(400) * EngineTime.Millisecond);
            }
        }

        foreach (var living in peer.Host.Associations.Where(a => a.State != AssociationState.Closed).ToList())
        {
            Assert.InRange(living.PathCount, 1, 64);
            peer.Host.Step(living, a => a.Abort(null, peer.Network.Now));
        }

        Assert.Equal(0, peer.Host.Endpoint.AssociationCount);
    }

    [Theory, Trait("Requirement", "R-126")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void R_126_the_same_seed_gives_the_same_packets(int seed)
    {
        var first = Run();
        Assert.True(first.Count > 100);
        Assert.Equal(first, Run());

        List<string> Run()
        {
            var network = new VirtualNetwork(seed) { Loss = 0.1, Duplication = 0.1, Jitter = 30 * EngineTime.Millisecond, Corruption = 0.02 };
            var server = new Host(network, seed, ["10.0.0.2", "10.0.1.2"]);
            var client = new Host(network, seed + 50, ["10.0.0.1", "10.0.1.1"]);
            server.Listen(7);
            var a = client.Connect(7, ["10.0.9.9", "10.0.0.2", "10.0.1.2"]);
            for (var i = 0; i < 50; i++)
            {
                client.Send(a, new byte[1000 * (i % 7 + 1)], (ushort)(i % 3), unordered: i % 5 == 0);
            }

            network.Run(40 * EngineTime.Second);
            client.Step(a, x => x.Shutdown(network.Now));
            network.Run(60 * EngineTime.Second);
            return [.. network.Sent.Select(d => $"{d.SentAt} {d.Source} {d.Destination} {d.DestinationUdpPort} {Convert.ToHexString(d.Packet)}")];
        }
    }

    private static (SetupPeer, Association?) Bring(AssociationState state, Random random)
    {
        var peer = new SetupPeer([A, B], seed: random.Next());
        peer.Host.Listen(5000);
        if (state == AssociationState.Closed)
        {
            return (peer, null);
        }

        return (peer, peer.BringTo(state, new AssociationOptions { ReceiveBufferSize = 20_000 }));
    }

    private static byte[] Make(SetupPeer peer, Random random)
    {
        var tag = Pick(random, peer.HostTag, peer.HostTag, peer.HostTag, peer.HostTag, SetupPeer.Tag, 0u, (uint)random.Next());
        byte[] packet;
        switch (random.Next(10))
        {
            case 0:
                var noise = new byte[random.Next(0, 200)];
                random.NextBytes(noise);
                packet = Packet(7, 5000, tag, noise);
                break;
            case 1:
                packet = Packet(7, 5000, 0, peer.Init(Parameters(random)));
                break;
            case 2:
                packet = Packet(7, 5000, tag, peer.InitAck([Cookie(new byte[random.Next(100)]), .. Parameters(random)]));
                break;
            default:
                packet = Packet(7, 5000, tag, [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => MakeChunk(peer, random))]);
                break;
        }

        for (var count = random.Next(3) == 0 ? random.Next(1, 6) : 0; count > 0 && packet.Length > 12; count--)
        {
            packet[random.Next(12, packet.Length)] = (byte)random.Next(256);
        }

        if (random.Next(8) == 0)
        {
            packet = packet[..random.Next(12, packet.Length + 1)];
        }

        Crc32c.WritePacketChecksum(packet);
        return packet;
    }

    private static byte[] MakeChunk(SetupPeer peer, Random random)
    {
        // Numbers near those that count, and far off.
        uint Near(uint number) => random.Next(8) == 0 ? (uint)random.NextInt64(uint.MaxValue) : number + (uint)random.Next(-3, 40);
        switch (random.Next(12))
        {
            case 0 or 1 or 2 or 3:
                return Data(
                    Near(SetupPeer.InitialTsn), new byte[random.Next(0, 600)], Pick(random, 0, 1, 2, 9, 65_535), random.Next(4), (byte)random.Next(16));
            case 4 or 5:
                byte[] blocks = [.. Enumerable.Range(0, random.Next(6)).SelectMany(_ => (byte[])[.. U16(random.Next(20)), .. U16(random.Next(40))])];
                return Chunk(
                    ChunkType.Sack, 0,
                    [.. U32(Near(peer.HostTsn - 1)), .. U32((uint)random.Next(100_000)), .. U16((blocks.Length / 4) + random.Next(2)), .. U16(random.Next(2)), .. blocks, 0, 0, 0, 5]);
            case 6:
                return Chunk((ChunkType)random.Next(256), (byte)random.Next(256), new byte[random.Next(60)]);
            case 7:
                return Shutdown(Near(peer.HostTsn - 1));
            case 8:
                return random.Next(2) == 0 ? Heartbeat(new byte[random.Next(1500)]) : HeartbeatAck(new byte[20]);
            case 9:
                return Error(Parameter(random.Next(16), new byte[random.Next(12)]));
            default:
                var all = TagsTests.WellFormedChunks(peer);
                return all[random.Next(all.Count)];
        }
    }

    private static byte[][] Parameters(Random random) =>
    [
        .. Enumerable.Range(0, random.Next(6)).Select(i => random.Next(4) switch
        {
            0 => Address(Pick(random, A, B, "10.0.3.3", "2001:db8::3", "127.0.0.1", "224.0.0.5")),
            1 => Parameter(random.Next(16), new byte[random.Next(20)]),
            2 => Parameter(random.Next(65_536), new byte[random.Next(20)]),
            _ => Parameter(Pick(random, 9, 11, 12, 0x8000, 0xC000), new byte[4]),
        }),
    ];

    private static T Pick<T>(Random random, params T[] values) => values[random.Next(values.Length)];
}
