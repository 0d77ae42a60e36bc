using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks.Attacks;

/// <summary>Valid packets with random damage, behind a right tag and checksum, and some behind a wrong checksum.</summary>
internal sealed class Malformed : Attack
{
    private const int EachAssociation = 200;

    public override string Name => "malformed";

    public override string Description => "random mutations of valid packets, with the right tag and checksum and with a wrong one";

    public override AmplificationBound Bound { get; } = new(2, 1_280, "an answer and an echo, to an address that is verified");

    public override void Run(AttackContext context)
    {
        var socket = context.Open();
        for (var association = 0; association < context.Count(2_000, 60); association++)
        {
            socket.Drain();
            var peer = new RawPeer(socket, (ushort)(1000 + (association % 50_000))).Connect();
            var packets = Valid(context, peer);
            for (var i = 0; i < EachAssociation; i++)
            {
                var packet = Damage(context.Random, packets[context.Random.Next(packets.Count)]);
                if (association == 0)
                {
                    context.Measure(socket, packet);
                }
                else
                {
                    socket.Send(packet);
                    socket.Drain();
                }
            }

            peer.Abort();
            context.Fence();
        }

        socket.Drain();
    }

    private static byte[] Damage(Random random, byte[] valid)
    {
        var packet = valid.AsSpan(0, random.Next(4) == 0 ? random.Next(PacketHeader.Size, valid.Length + 1) : valid.Length).ToArray();
        for (var changes = random.Next(1, 6); changes > 0 && packet.Length > PacketHeader.Size; changes--)
        {
            packet[random.Next(PacketHeader.Size, packet.Length)] = random.Next(3) switch { 0 => 0, 1 => 255, _ => (byte)random.Next(256) };
        }

        Crc32c.WritePacketChecksum(packet);
        if (random.Next(10) == 0)
        {
            packet[8] ^= 1;
        }

        return packet;
    }

    /// <summary>One of each kind, as a peer in good health would send it.</summary>
    private static List<byte[]> Valid(AttackContext context, RawPeer peer)
    {
        var random = context.Random;
        WriteChunks[] contents =
        [
            (ref PacketWriter w) => RawPeer.WriteData(ref w, peer.NextTsn, random.Next(1, 300)),
            (ref PacketWriter w) =>
            {
                SackChunk.Write(ref w, peer.ServerInitialTsn - 1, Packets.Window, [new GapBlock(2, 3), new GapBlock(5, 5)], [1, 2]);
                RawPeer.WriteData(ref w, peer.NextTsn + 1, 50, ChunkFlags.DataBegin, stream: 1);
                RawPeer.WriteData(ref w, peer.NextTsn + 2, 50, ChunkFlags.DataEnd, stream: 1);
            },
            (ref PacketWriter w) => HeartbeatChunk.Write(ref w, ChunkType.Heartbeat, new byte[40]),
            (ref PacketWriter w) => HeartbeatChunk.Write(ref w, ChunkType.HeartbeatAck, new byte[20]),
            (ref PacketWriter w) => CookieEchoChunk.Write(ref w, peer.Cookie),
            (ref PacketWriter w) =>
            {
                ErrorChunk.Begin(ref w);
                Causes.WriteInvalidStreamIdentifier(ref w, 3);
                Causes.WriteOutOfResource(ref w);
                w.EndChunk();
            },
            (ref PacketWriter w) => Packets.WriteInit(ref w, 9, Packets.Window, 10, AttackContext.Address(0), AttackContext.Address(1)),
            (ref PacketWriter w) => ShutdownChunk.Write(ref w, peer.ServerInitialTsn - 1),
            EmptyChunks.WriteShutdownAck,
            EmptyChunks.WriteCookieAck,
        ];
        var packets = contents.Select(content => Packets.Write(peer.Port, peer.ServerTag, content).ToArray()).ToList();
        packets.Add(Packets.Write(peer.Port, 0, (ref PacketWriter w) => Packets.WriteInit(ref w, 9, Packets.Window, 10, AttackContext.Address(0), AttackContext.Address(1))).ToArray());
        return packets;
    }
}
