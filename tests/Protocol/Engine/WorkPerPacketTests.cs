using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Tests.Wire;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>What one packet can make an engine allocate and hold (RFC 9260, 12.4). Memory is measured, so nothing runs beside them.</summary>
[Collection(nameof(MeasuredAlone))]
public class WorkPerPacketTests
{
    private const string A = "10.0.0.2";

    // An object for each chunk of 17 bytes and more, what indexes grow by, and the packets that answer.
    private const int BytesPerByte = 16;
    private const int BytesPerPacket = 16 * 1024;

    public static TheoryData<string> States => [.. Enum.GetNames<AssociationState>().Except([nameof(AssociationState.Closed)])];

    /// <summary>The packets that ask for the most: 64 KB of the smallest of everything.</summary>
    private static IEnumerable<(string Name, byte[][] Chunks)> Worst(SetupPeer peer)
    {
        const int room = 65_000;
        static byte[][] Many(int size, Func<int, byte[]> chunk) => [.. Enumerable.Range(0, room / size).Select(chunk)];
        yield return ("DATA in order", Many(20, i => Data(SetupPeer.InitialTsn + (uint)i, [1], ssn: i)));
        yield return ("DATA with gaps", Many(20, i => Data(SetupPeer.InitialTsn + 1 + (uint)(2 * i), [1], ssn: i)));
        yield return ("DATA with gaps, downwards", Many(20, i => Data(SetupPeer.InitialTsn + 60_000 - (uint)(2 * i), [1], ssn: i)));
        yield return ("middles with gaps", Many(20, i => Data(SetupPeer.InitialTsn + 1 + (uint)(2 * i), [1], flags: 0)));
        yield return ("DATA on all streams", Many(20, i => Data(SetupPeer.InitialTsn + (uint)i, [1], stream: i % 1_024)));
        yield return ("DATA on no stream", Many(20, i => Data(SetupPeer.InitialTsn + (uint)i, [1], stream: 65_535)));
        yield return ("duplicates", Many(20, _ => Data(SetupPeer.InitialTsn - 1, [1])));
        yield return ("HEARTBEATs", Many(8, _ => Heartbeat()));
        yield return ("unknown chunks", Many(4, _ => Chunk((ChunkType)0xFE, 0)));
        yield return ("ERRORs", Many(4, _ => Error()));
        yield return ("causes", [Error([.. Many(4, _ => Parameter(6)).SelectMany(cause => cause)])]);
        yield return ("SACKs", Many(16, _ => Sack(peer.HostTsn - 1)));
        yield return ("a SACK of gap blocks", [Chunk(ChunkType.Sack, 0, [.. U32(peer.HostTsn - 1), .. U32(9_000), .. U16(16_000), .. U16(0), .. new byte[64_000]])]);
        yield return ("SHUTDOWNs", Many(8, _ => Shutdown(peer.HostTsn - 1)));
        yield return ("an INIT of addresses", [peer.Init(Many(8, i => Address($"10.{1 + (i >> 14)}.{(i >> 7) & 127}.{1 + (i & 127)}")))]);
        yield return ("an INIT of unknown parameters", [peer.Init(Many(4, _ => Parameter(0xC123)))]);
        yield return ("an INIT ACK of unknown parameters", [peer.InitAck([Cookie(1), .. Many(4, _ => Parameter(0xC123))])]);
        yield return ("a cookie", [CookieEcho(new byte[room])]);
        yield return ("noise", [new byte[room]]);
    }

    [Theory, Trait("Requirement", "R-125")]
    [MemberData(nameof(States))]
    public void R_125_a_packet_allocates_in_proportion_to_its_size(string state)
    {
        // Whatever is made once is made before.
        foreach (var (_, chunks) in Worst(Bring(state).Peer))
        {
            Measure(Bring(state), chunks);
        }

        foreach (var (name, chunks) in Worst(Bring(state).Peer))
        {
            var size = chunks.Sum(chunk => chunk.Length);
            var allocated = Measure(Bring(state), chunks);
            Assert.True(allocated <= BytesPerPacket + ((long)BytesPerByte * size), $"{name}: {allocated} bytes for {size}");
        }
    }

    [Fact, Trait("Requirement", "R-125")]
    public void R_125_the_captured_packets_allocate_in_proportion_to_their_size()
    {
        foreach (var captured in CapturedPacket.All)
        {
            var endpoint = new Endpoint(new EndpointOptions(), new SeededRandom(1));
            endpoint.Listen(7, AssociationOptions.Default, [Host.Address("10.0.0.1")], 10);
            var info = new PacketInfo(Host.Address(A), Host.Address("10.0.0.1"), 9899);
            var reply = new byte[Endpoint.MaxReplySize];
            endpoint.Receive(info, captured.Bytes, 1, reply);
            var before = GC.GetAllocatedBytesForCurrentThread();
            endpoint.Receive(info, captured.Bytes, 2, reply);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8_192);
        }
    }

    private static long Measure((SetupPeer Peer, Association Association) at, byte[][] chunks)
    {
        var (peer, a) = at;
        var tag = chunks is [[1, ..]] ? 0 : peer.HostTag;
        var packet = Packet(7, 5000, tag, chunks);
        Assert.InRange(packet.Length, 60_000, 65_535);
        var info = new PacketInfo(Host.Address(A), Host.Address("10.0.0.1"), 9899);
        var reply = new byte[Endpoint.MaxReplySize];
        var buffer = new byte[128 * 1024];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var result = peer.Host.Endpoint.Receive(info, packet, peer.Network.Now, reply);
        result.Association?.Receive(info, packet, peer.Network.Now);
        for (var packets = 0; a.TryTransmit(peer.Network.Now, buffer, out _); packets++)
        {
            Assert.True(packets < 100);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static (SetupPeer Peer, Association Association) Bring(string state)
    {
        var peer = new SetupPeer([A]);
        return (peer, peer.BringTo(Enum.Parse<AssociationState>(state)));
    }

    /// <summary>
    /// A million fragments of one byte, in no order, none of them ever to be delivered: what they hold is the buffer and the
    /// room kept for filling gaps, counted and on the heap.
    /// </summary>
    [Theory, Trait("Requirement", "R-73"), Trait("KnownFailure", "tiny-chunks")]
    [InlineData(true)]
    [InlineData(false)]
    public void R_73_a_million_one_byte_fragments_hold_no_more_than_the_buffer(bool unordered)
    {
        const int total = 1_000_000;
        const int perPacket = 60;
        const int buffer = 1024 * 1024;
        var peer = new SetupPeer([A]);
        var a = peer.BringTo(AssociationState.Established, new AssociationOptions { ReceiveBufferSize = buffer, MaxPartialMessages = int.MaxValue });
        var info = new PacketInfo(Host.Address(A), Host.Address("10.0.0.1"), 9899);
        var output = new byte[128 * 1024];
        var random = new Random(1);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var sent = 0; sent < total; sent += perPacket)
        {
            // Every second TSN is missing: no two join, no message is whole.
            byte[][] chunks =
            [
                .. Enumerable.Range(0, perPacket).Select(_ => Data(
                    SetupPeer.InitialTsn + 1 + (2 * (uint)random.Next(32_000)), [1], stream: random.Next(10), flags: (byte)(unordered ? 4 : 0))),
            ];
            a.Receive(info, Packet(7, 5000, peer.HostTag, chunks), peer.Network.Now);
            while (a.TryTransmit(peer.Network.Now, output, out _))
            {
            }
        }

        Assert.Equal(AssociationState.Established, a.State);
        Assert.False(a.HasReadable);
        Assert.InRange(a.Receiver!.BufferedCost, buffer, buffer + (65 * 1024));

        // What a small chunk really takes counts, half of it.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 0, 3 * buffer);
        GC.KeepAlive(a);
    }
}
