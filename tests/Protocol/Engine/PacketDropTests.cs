using System.Buffers.Binary;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Tests.Wire;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Packets that are none, or only in part: the engine drops what is broken and takes what is whole (RFC 9260, 3, 6.8, 6.10).</summary>
public class PacketDropTests
{
    private const string A = "10.0.0.2";
    private const string B = "10.0.1.2";

    public static TheoryData<string> States => [.. Enum.GetNames<AssociationState>().Except([nameof(AssociationState.Closed)])];

    [Fact, Trait("Requirement", "R-01")]
    public void R_01_fewer_bytes_than_a_chunk_header_and_port_0_are_dropped()
    {
        var peer = new SetupPeer([A]);
        var a = peer.BringTo(AssociationState.Established);
        peer.Host.Listen(5001);
        foreach (var tag in (uint[])[peer.HostTag, 0, 77])
        {
            var packet = Packet(7, 5000, tag, Abort());
            for (var length = 0; length < PacketHeader.Size + 4; length++)
            {
                peer.AssertIgnored(a, A, WithChecksum(packet[..length]));
            }

            foreach (var (source, destination) in ((ushort, ushort)[])[(0, 5000), (7, 0), (0, 0)])
            {
                peer.AssertIgnored(a, A, Packet(source, destination, tag, tag == 0 ? peer.Init() : ShutdownAck()));
            }
        }

        peer.AssertIgnored(a, A, Packet(0, 5001, 0, peer.Init()));
    }

    [Fact, Trait("Requirement", "R-02")]
    public void R_02_no_packet_with_a_flipped_bit_does_anything()
    {
        var peer = new SetupPeer([A]);
        var a = peer.BringTo(AssociationState.Established);
        peer.Host.Listen(5001);
        foreach (var packet in (byte[][])
            [
                Packet(7, 5000, peer.HostTag, Data(SetupPeer.InitialTsn, [1, 2, 3])),
                Packet(7, 5000, peer.HostTag, Abort()),
                Packet(9, 5001, 0, peer.Init(Address(B))),
                Packet(9, 5002, 55, Data(1, [1])),
                .. CapturedPacket.WithChecksum.Select(captured => captured.Bytes),
            ])
        {
            for (var bit = 0; bit < packet.Length * 8; bit++)
            {
                var flipped = (byte[])packet.Clone();
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                peer.AssertIgnored(a, A, flipped);
            }
        }
    }

    [Fact, Trait("Requirement", "R-02")]
    public void R_02_a_packet_with_an_Adler_32_is_dropped()
    {
        var peer = new SetupPeer([A]);
        var a = peer.BringTo(AssociationState.Established);
        foreach (var packet in (byte[][])[Packet(7, 5000, peer.HostTag, Abort()), Packet(7, 5001, 55, Data(1, [1]))])
        {
            // RFC 2960, 6.8: in network byte order.
            packet.AsSpan(8, 4).Clear();
            uint low = 1, high = 0;
            foreach (var value in packet)
            {
                low = (low + value) % 65_521;
                high = (high + low) % 65_521;
            }

            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), (high << 16) | low);
            peer.AssertIgnored(a, A, packet);
        }
    }

    [Theory, Trait("Requirement", "R-03"), Trait("KnownFailure", "zero-length-chunk")]
    [MemberData(nameof(States))]
    public void R_03_a_chunk_of_length_0_to_3_ends_its_packet_in_every_state(string state)
    {
        foreach (byte type in (byte[])[0, 1, 2, 3, 4, 6, 10, 14, 0x3F, 0x7F, 0xBE, 0xC0, 0xFE])
        {
            foreach (byte length in (byte[])[0, 1, 2, 3])
            {
                var (peer, a) = Bring(state);
                byte[] bad = [type, 0, 0, length];
                byte[] many = [.. Enumerable.Repeat(bad, 4_000).SelectMany(chunk => chunk)];
                peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag, bad));
                peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag, many));
                peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag, bad, Abort()));

                // What stands before it counts.
                var answer = peer.Send(Heartbeat(1, 2), bad, Abort());
                Assert.Equal(AnswersHeartbeats(a), answer.Exists(packet => packet.Has(ChunkType.HeartbeatAck)));
                Assert.Equal(state, a.State.ToString());
            }
        }
    }

    [Fact, Trait("Requirement", "R-03")]
    public void R_03_a_chunk_of_length_0_out_of_the_blue_is_no_INIT_and_ends_nothing()
    {
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        Assert.Empty(peer.SendTagged(0, [1, 0, 0, 0]));
        Assert.Empty(peer.SendTagged(0, [1, 0, 0, 0], peer.Init()));
        Assert.Empty(peer.SendTagged(55, [0, 0, 0, 0], Data(1, [1])));
    }

    /// <summary>Cut at any byte, a packet acts like the chunks of it that are whole.</summary>
    [Theory, Trait("Requirement", "R-04")]
    [MemberData(nameof(States))]
    public void R_04_a_packet_cut_anywhere_acts_like_its_whole_chunks_in_every_state(string state)
    {
        Func<SetupPeer, byte[][]>[] bundles =
        [
            peer => [Heartbeat(1, 2, 3, 4, 5), Data(SetupPeer.InitialTsn, [1, 2, 3]), Data(SetupPeer.InitialTsn + 2, [4, 5, 6], ssn: 2)],
            peer => [Sack(peer.HostTsn), Chunk((ChunkType)0xFE, 0, 1, 2, 3, 4, 5), Data(SetupPeer.InitialTsn, [1, 2, 3])],
            peer => [Error(Parameter(1, 0, 5, 0, 0)), Shutdown(peer.HostTsn - 1), ShutdownAck()],
            peer => [CookieAck(), Data(SetupPeer.InitialTsn, [1, 2, 3]), Abort(false, Parameter(12, 65, 66))],
        ];
        foreach (var bundle in bundles)
        {
            var length = Packet(7, 5000, 1, bundle(Bring(state).Peer)).Length;
            for (var cut = PacketHeader.Size; cut <= length; cut++)
            {
                var (peer, a) = Bring(state);
                var chunks = bundle(peer);
                var answer = Describe(peer.SendRaw(A, WithChecksum(Packet(7, 5000, peer.HostTag, chunks)[..cut])));
                var (twin, b) = Bring(state);
                var expected = Describe(twin.SendRaw(A, WithChecksum(WholeChunks(Packet(7, 5000, twin.HostTag, chunks), cut))));
                Assert.True(expected.SequenceEqual(answer), $"cut at {cut}: {string.Join(", ", answer)}");
                Assert.Equal(twin.Snapshot(b), peer.Snapshot(a));
            }
        }
    }

    /// <summary>The packets of other stacks, cut anywhere: a listening end answers as it does to the chunks that are whole.</summary>
    [Fact, Trait("Requirement", "R-04")]
    public void R_04_a_captured_packet_cut_anywhere_acts_like_its_whole_chunks()
    {
        foreach (var captured in CapturedPacket.All.Where(captured => PacketHeader.TryRead(captured.Bytes, out _)))
        {
            for (var cut = 0; cut <= captured.Bytes.Length; cut++)
            {
                var answer = Answer(captured.Bytes[..cut]);
                var expected = Answer(WholeChunks(captured.Bytes, cut));
                Assert.True(expected.SequenceEqual(answer), $"{captured}, cut at {cut}: {string.Join(", ", answer)}");
            }
        }

        static List<string> Answer(byte[] bytes)
        {
            var peer = new SetupPeer([A]);
            var port = bytes.Length >= PacketHeader.Size ? BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(2)) : (ushort)7;
            peer.Host.Listen(port);
            return Describe(peer.SendRaw(A, WithChecksum(bytes)));
        }
    }

    [Theory, Trait("Requirement", "R-06"), Trait("KnownFailure", "count-past-chunk")]
    [MemberData(nameof(States))]
    public void R_06_a_chunk_too_short_for_its_type_or_its_counts_does_nothing(string state)
    {
        var (peer, a) = Bring(state);
        List<byte[]> broken =
        [
            .. Lengths(Data(SetupPeer.InitialTsn, [1]), 4, 15),
            .. Lengths(peer.InitAck(Cookie(1, 2, 3)), 4, 19),
            .. Lengths(Sack(peer.HostTsn), 4, 15),
            .. Lengths(Shutdown(peer.HostTsn - 1), 4, 7),
            .. Lengths(Chunk(ChunkType.Shutdown, 0, [.. U32(peer.HostTsn - 1), 0, 0, 0, 0]), 9, 12),
            .. Lengths(Heartbeat(1, 2, 3, 4), 4, 11),
            .. Lengths(Abort(false, Parameter(12, 65, 66, 67, 68)), 5, 11),
        ];

        // A SACK that counts more gap blocks and duplicates than it has room for: by one, and by all that 16 bits hold.
        foreach (var (gaps, duplicates) in ((int, int)[])[(1, 0), (0, 1), (3, 0), (2, 1), (0, 3), (0xFFFF, 0), (0, 0xFFFF), (0xFFFF, 0xFFFF), (0x4000, 0xC000)])
        {
            byte[] room = gaps + duplicates == 1 ? [] : [0, 2, 0, 2, 0, 4, 0, 4];
            broken.Add(Chunk(ChunkType.Sack, 0, [.. U32(peer.HostTsn), .. U32(0), .. U16(gaps), .. U16(duplicates), .. room]));
        }

        foreach (var chunk in broken)
        {
            peer.AssertIgnored(a, A, Packet(7, 5000, peer.HostTag, chunk));
        }

        static IEnumerable<byte[]> Lengths(byte[] chunk, int from, int to)
        {
            for (var length = from; length <= to; length++)
            {
                byte[] shorter = [.. chunk.Take((length + 3) & ~3)];
                BinaryPrimitives.WriteUInt16BigEndian(shorter.AsSpan(2), (ushort)length);
                yield return shorter;
            }
        }
    }

    /// <summary>The packet with those of its chunks that end before the cut; their padding may not.</summary>
    private static byte[] WholeChunks(byte[] packet, int cut)
    {
        var end = Math.Min(PacketHeader.Size, cut);
        while (end + 4 <= cut && BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(end + 2)) is var length && end + length <= cut)
        {
            end = Math.Min(end + ((length + 3) & ~3), packet.Length);
        }

        return packet[..end];
    }

    private static bool AnswersHeartbeats(Association a) => a.State is not AssociationState.CookieWait;

    private static byte[] WithChecksum(byte[] packet)
    {
        if (packet.Length >= PacketHeader.Size)
        {
            packet.AsSpan(8, 4).Clear();
            Crc32c.WritePacketChecksum(packet);
        }

        return packet;
    }

    private static List<string> Describe(List<SetupPacket> packets) =>
        [.. packets.Select(packet => $"{packet.Destination} {Convert.ToHexString(packet.Datagram.Packet)}")];

    private static (SetupPeer Peer, Association Association) Bring(string state)
    {
        var peer = new SetupPeer([A, B]);
        return (peer, peer.BringTo(Enum.Parse<AssociationState>(state)));
    }
}
