using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>
/// A peer that passed the set-up and then says anything: chunks of every type with values near those in use, whole, cut
/// and garbled, one by one and in batches, while time passes and data waits on both sides.
/// </summary>
public class HostileFuzzTests
{
    private const int Steps = 400;

    [Theory]
    [Trait("Requirement", "R-125")]
    [MemberData(nameof(Seeds))]
    public void R_125_nothing_that_a_peer_says_throws_or_breaks_an_invariant(int seed)
    {
        var random = new Random(seed);
        var network = new VirtualNetwork(seed);
        var host = new Host(network, seed, ["10.0.0.2", "10.0.1.2"]) { ReadsAtOnce = random.Next(2) == 0 };
        var options = AssociationOptions.Default with
        {
            ReceiveBufferSize = random.Next(2) == 0 ? 5_000 : 1024 * 1024,
            NoDelay = random.Next(2) == 0,
            AssociationMaxRetransmits = 100,
        };
        host.Listen(7, options);
        var peer = new ScriptedPeer(network, host);
        for (var lives = 0; lives < 3; lives++)
        {
            peer.Connect((uint)random.Next(1_500, 200_000), (ushort)random.Next(1, 20));
            var association = peer.Association;
            Live(network, host, peer, random);
            host.Drain(association);
            if (peer.Association.State != AssociationState.Closed)
            {
                host.Step(peer.Association, x => x.Abort(null, network.Now));
            }
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 300)];

    private static void Live(VirtualNetwork network, Host host, ScriptedPeer peer, Random random)
    {
        var association = peer.Association;
        byte[][] cookies = [];
        for (var step = 0; step < Steps && association.State != AssociationState.Closed && peer.Association == association; step++)
        {
            switch (random.Next(12))
            {
                case 0:
                    network.Run(random.NextInt64(5 * EngineTime.Second));
                    break;
                case 1 when association.IsSendable:
                    host.Send(association, new byte[random.Next(1, 20_000)], (ushort)random.Next(association.OutboundStreams), unordered: random.Next(2) == 0);
                    break;
                case 2:
                    host.Step(association, x => host.Read(x));
                    break;
                case 3 when random.Next(20) == 0:
                    host.Step(association, x => x.Shutdown(network.Now));
                    break;
                case 4:
                    peer.SendInit((uint)random.Next(0, 5_000), (ushort)random.Next(0, 5), (uint)random.Next(0, 5), null, random.Next(3) == 0 ? ["10.0.0.9", "10.0.1.9"] : []);
                    cookies = [.. cookies.Concat(peer.Received().Where(packet => ScriptedPeer.TypesOf(packet) is [ChunkType.InitAck]).Select(packet => ScriptedPeer.CookieOf(packet, out _))).TakeLast(5)];
                    break;
                default:
                    SendAnything(peer, association, random, cookies);
                    break;
            }
        }
    }

    private static void SendAnything(ScriptedPeer peer, Association association, Random random, byte[][] cookies)
    {
        // Now and then with the tag of one of its cookies, for a restart.
        var tag = random.Next(10) == 0 && cookies.Length > 0 ? TagOf(cookies[random.Next(cookies.Length)]) : association.LocalTag;
        WriteChunks write = (ref PacketWriter w) =>
        {
            for (var count = random.Next(1, 6); count > 0; count--)
            {
                WriteOne(ref w, association, random, cookies);
            }
        };
        if (random.Next(3) == 0)
        {
            peer.SendInBatch(tag, write);
        }
        else
        {
            peer.Send(tag, write);
        }
    }

    private static uint TagOf(byte[] cookie) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(cookie.AsSpan(22));

    private static void WriteOne(ref PacketWriter w, Association association, Random random, byte[][] cookies)
    {
        var start = w.Length;
        var received = association.Receiver?.CumulativeTsn ?? 0;
        var sent = association.SentChunks;
        switch (random.Next(14))
        {
            case <= 3:
                ScriptedPeer.WriteData(
                    ref w, received + (uint)random.Next(-3, random.Next(2) == 0 ? 4 : 300), random.Next(1, 1_500), (byte)(random.Next(3) == 0 ? random.Next(16) : 3),
                    (ushort)random.Next(3), (ushort)random.Next(5));
                break;
            case <= 7:
                var cumulative = sent.FirstTsn - 1 + (uint)random.Next(-1, Math.Min(sent.Count, 5) + 1);
                var gaps = new List<GapBlock>();
                for (var end = random.Next(2, 4); random.Next(2) == 0 && end < sent.NextTsn - cumulative; end += random.Next(2, 5))
                {
                    gaps.Add(new GapBlock((ushort)end, (ushort)end));
                }

                SackChunk.Write(ref w, cumulative, (uint)(random.Next(3) == 0 ? random.Next(3_000) : 100_000), gaps.ToArray(), default);
                break;
            case 8:
                HeartbeatChunk.Write(ref w, random.Next(2) == 0 ? ChunkType.Heartbeat : ChunkType.HeartbeatAck, new byte[random.Next(0, 1_400)]);
                break;
            case 9 when cookies.Length > 0:
                CookieEchoChunk.Write(ref w, cookies[random.Next(cookies.Length)]);
                break;
            case 10 when random.Next(10) == 0:
                ShutdownChunk.Write(ref w, sent.FirstTsn - 1 + (uint)random.Next(0, Math.Min(sent.Count, 3) + 1));
                break;
            case 11:
                ErrorChunk.Begin(ref w);
                Causes.WriteStaleCookie(ref w, 1);
                w.EndChunk();
                break;
            default:
                // Any type, any bytes; an ABORT only rarely, for it is the end.
                var type = (ChunkType)random.Next(256);
                w.BeginChunk(type == ChunkType.Abort && random.Next(5) != 0 ? ChunkType.Error : type, (byte)random.Next(256));
                var bytes = new byte[random.Next(0, 40)];
                random.NextBytes(bytes);
                w.WriteBytes(bytes);
                w.EndChunk();
                break;
        }

        if (random.Next(20) == 0 && w.Length > start + 4)
        {
            // A length that lies.
            w.Rewind(start + Chunk.HeaderSize);
        }
    }
}
