using System.Buffers;
using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;
using Kestrel.Sctp.Simulation;

namespace Kestrel.Sctp.Fuzz.Targets;

/// <summary>
/// A script for an association with many chunks under way and many held behind gaps: what a packet costs must not be the product of
/// its chunks and of theirs.
/// </summary>
internal sealed class CrowdedTarget() : Target("crowded")
{
    private const int Outstanding = 200;
    private const int HeldPackets = 10;
    private const int HeldInPacket = 80;

    private static readonly byte[] _byte = new byte[1];
    private static readonly AssociationOptions _options = AssociationOptions.Default with { MaxBurst = 0, MaxInboundStreams = 8, OutboundStreams = 4 };

    private readonly ScriptRunner _runner = new();

    public override IEnumerable<byte[]> Seeds =>
    [
        .. SeedScripts.For(AssociationState.Established),

        // All holes filled, all acknowledged by many blocks, and the same many times in one packet.
        new ScriptWriter().Packet([.. Enumerable.Range(0, 100).Select(i => Chunks.Data((uint)(2 * i), 1, 7))]).ToArray(),
        new ScriptWriter().Packet([.. Enumerable.Range(0, 100).Select(_ => Chunks.Data(3, 1, 7))]).ToArray(),
        new ScriptWriter().Packet(Chunks.Sack(Chunks.NoTsn, gaps: [.. Enumerable.Range(1, 60).Select(i => new GapBlock((ushort)(2 * i), (ushort)(2 * i)))])).ToArray(),
        new ScriptWriter().Packet([.. Enumerable.Range(0, 50).Select(i => Chunks.Shutdown((uint)i))]).ToArray(),
        new ScriptWriter().Packet([.. Enumerable.Range(0, 550).Select(_ => Chunks.Sack(Chunks.NoTsn, gaps: [new GapBlock(Outstanding, Outstanding)]))]).ToArray(),
        new ScriptWriter().Packet([.. Enumerable.Range(0, 50).Select(_ => Chunks.Heartbeat(20))]).ToArray(),
    ];

    public override byte[] Mutate(byte[] input, Random random) => ScriptRunner.Mutate(input, random);

    public override void Run(ReadOnlySpan<byte> input, StepMeter meter)
    {
        var engine = new EngineUnderTest(meter, Peer.EngineAddresses);
        var peer = new Peer(engine);
        peer.Bring(AssociationState.Established, _options);
        var association = engine.Association!;
        engine.Do(association, a =>
        {
            for (var i = 0; i < Outstanding; i++)
            {
                a.Send(default, new ReadOnlySequence<byte>(_byte), null);
            }
        });

        // Every other TSN, ordered, so that all wait; the first of each stream is missing.
        engine.Reads = false;
        for (var packet = 0; packet < HeldPackets; packet++)
        {
            var first = packet * HeldInPacket;
            peer.Say(association.LocalTag, (ref PacketWriter w) =>
            {
                for (var i = first; i < first + HeldInPacket; i++)
                {
                    ScriptedPeer.WriteData(ref w, Peer.InitialTsn + 1 + (uint)(2 * i), 1, stream: (ushort)(i & 1), ssn: (ushort)(1 + i));
                }
            });
        }

        engine.Reads = true;
        _runner.Run(input, engine, peer);
    }
}
