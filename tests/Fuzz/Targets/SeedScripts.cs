using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;
using Kestrel.Sctp.Fuzz.Engine;

namespace Kestrel.Sctp.Fuzz.Targets;

/// <summary>What peers do in each state, rightly and wrongly, for the search to begin with.</summary>
internal static class SeedScripts
{
    private static readonly byte[] _init = Chunks.Init(ChunkType.Init, addresses: Peer.Addresses[..2]);
    private static readonly byte[] _initAck = Chunks.Init(ChunkType.InitAck, addresses: Peer.Addresses[..2]);

    /// <summary>A chunk of each kind.</summary>
    public static IReadOnlyList<byte[]> AllChunks { get; } =
    [
        Chunks.Data(0),
        Chunks.Data(1, 600, ChunkFlags.DataBegin),
        Chunks.Data(2, 600, 0),
        Chunks.Data(3, 600, ChunkFlags.DataEnd | ChunkFlags.DataImmediate),
        Chunks.Data(4, 1, 7, stream: 1),
        Chunks.Data(5, 1, 3, stream: 99),
        Chunks.Sack(Chunks.NoTsn),
        Chunks.Sack(0, gaps: [new GapBlock(2, 2)], duplicates: [1]),
        Chunks.Heartbeat(20),
        Chunks.HeartbeatAck,
        Chunks.Shutdown(Chunks.NoTsn),
        Chunks.Empty(ChunkType.ShutdownAck),
        Chunks.Empty(ChunkType.CookieAck),
        Chunks.CookieEcho,
        Chunks.Raw(ChunkType.CookieEcho, 0, 1, 2, 3, 4),
        Chunks.AllCauses(ChunkType.Error),
        Chunks.Error((ref PacketWriter w) => Causes.WriteStaleCookie(ref w, 1)),
        Chunks.Raw(ChunkType.Ecne, 0, 0, 0, 0, 1),
        Chunks.Raw((ChunkType)0x3E, 0, 1),
        Chunks.Raw((ChunkType)0x7E, 0, 1),
        Chunks.Raw((ChunkType)0xBE, 0, 1),
        Chunks.Raw((ChunkType)0xFE, 0, 1),
        Chunks.Raw(ChunkType.ForwardTsn, 0, 0, 0, 0, 5, 0, 1, 0, 2),
        Chunks.Raw(ChunkType.ReConfig, 0, 0, 13, 0, 16, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1),
        Chunks.Empty(ChunkType.ShutdownComplete),
        Chunks.Empty(ChunkType.ShutdownComplete, ChunkFlags.TagReflected),
        Chunks.Empty(ChunkType.Abort),
        Chunks.Empty(ChunkType.Abort, ChunkFlags.TagReflected),
        Chunks.AllCauses(ChunkType.Abort),
        _init,
        _initAck,
        Chunks.RichInit(ChunkType.Init),
        Chunks.RichInit(ChunkType.InitAck),
    ];

    public static IEnumerable<byte[]> For(AssociationState state)
    {
        foreach (var chunk in AllChunks)
        {
            yield return new ScriptWriter().Packet(chunk).Wait(1_000).ToArray();
            yield return new ScriptWriter().Packet(OriginOf(chunk), chunk).Packet(chunk).ToArray();
        }

        foreach (var flow in state is AssociationState.Closed ? Beginnings() : Flows(state))
        {
            yield return flow.ToArray();
        }
    }

    private static PacketOrigin OriginOf(byte[] chunk) => (ChunkType)chunk[0] switch
    {
        ChunkType.Init => PacketOrigin.NoTag,
        ChunkType.CookieEcho => PacketOrigin.CookieTag,
        ChunkType.Abort or ChunkType.ShutdownComplete => PacketOrigin.NoTag | PacketOrigin.CookieTag,
        _ => PacketOrigin.Second,
    };

    private static IEnumerable<ScriptWriter> Beginnings()
    {
        yield return Opening().Packet(Chunks.Data(0)).Send(100).Packet(Chunks.Sack(0)).Packet(Chunks.Shutdown(0)).Packet(Chunks.Empty(ChunkType.ShutdownComplete));
        yield return Opening().Packet(PacketOrigin.CookieTag, Chunks.CookieEcho, Chunks.Data(0), Chunks.Data(1));
        yield return Opening().Packet(PacketOrigin.NoTag, Chunks.RichInit(ChunkType.Init)).Packet(PacketOrigin.CookieTag, Chunks.CookieEcho);
        yield return new ScriptWriter().Packet(PacketOrigin.NoTag, _init).Wait(65_000).Packet(PacketOrigin.CookieTag, Chunks.CookieEcho);
    }

    private static ScriptWriter Opening() => new ScriptWriter().Packet(PacketOrigin.NoTag, _init).Packet(PacketOrigin.CookieTag, Chunks.CookieEcho);

    private static IEnumerable<ScriptWriter> Flows(AssociationState state)
    {
        var up = new Func<ScriptWriter>(() => state switch
        {
            AssociationState.CookieWait => new ScriptWriter().Packet(_initAck).Packet(Chunks.Empty(ChunkType.CookieAck)),
            AssociationState.CookieEchoed => new ScriptWriter().Packet(Chunks.Empty(ChunkType.CookieAck)),
            _ => new ScriptWriter(),
        });

        // Data in and out, with gaps, losses and timeouts.
        yield return up().Packet(Chunks.Data(0), Chunks.Data(2, ssn: 1), Chunks.Data(1, ssn: 1)).Wait(300).Packet(Chunks.Data(2, ssn: 2));
        yield return up().Packet(Chunks.Data(0, 900, 2), Chunks.Data(2, 900, 1)).Packet(Chunks.Data(1, 900, 0)).Packet(Chunks.Data(3, 10, 7));
        yield return up().Send(5_000).Packet(Chunks.Sack(1)).Send(5_000).Packet(Chunks.Sack(2, gaps: [new GapBlock(2, 3)])).Wait(3_000).Packet(Chunks.Sack(6));
        yield return up().Send(9_000, 8).Packet(Chunks.Sack(0, gaps: [new GapBlock(2, 2)])).Packet(Chunks.Sack(0, gaps: [new GapBlock(2, 3)]))
            .Packet(Chunks.Sack(0, gaps: [new GapBlock(2, 4)])).Packet(Chunks.Sack(4, window: 0)).Wait(9_000).Packet(Chunks.Sack(5)).Wait(60_000);
        yield return up().Do(StepKind.StopReading).Packet([.. Enumerable.Range(0, 7).Select(i => Chunks.Data((uint)(2 * i) + 1, 1_100, ssn: (ushort)(i + 1)))])
            .Packet(Chunks.Data(0), Chunks.Data(2, 1_100, 7), Chunks.Data(100)).Do(StepKind.StartReading).Wait(500);
        yield return up().Packet([.. Enumerable.Range(0, 5).Select(i => Chunks.Data((uint)i, 1_300, (byte)(i == 0 ? 2 : 0)))]).Packet(Chunks.Data(5, 10, 1)).Wait(500);

        // Paths: HEARTBEATs answered and not, other ports and addresses, failures of the carrier.
        yield return up().Wait(40_000).Packet(Chunks.HeartbeatAck).Packet(PacketOrigin.Second, Chunks.HeartbeatAck).Do(StepKind.SetPrimary, 1).Send(3_000).Wait(20_000);
        yield return up().Packet(PacketOrigin.Elsewhere, Chunks.Data(0)).Do(StepKind.CarrierFails, 10).Send(3_000).Do(StepKind.CarrierFails, 1).Wait(5_000);

        // Restart, collision, duplicates.
        yield return up().Packet(PacketOrigin.NoTag, _init).Packet(PacketOrigin.CookieTag, Chunks.CookieEcho, Chunks.Data(0)).Send(100).Packet(Chunks.Data(1, ssn: 1));
        yield return up().Packet(PacketOrigin.NoTag, Chunks.Init(ChunkType.Init, 0x99, addresses: Peer.Addresses[..2])).Packet(PacketOrigin.CookieTag, Chunks.CookieEcho, Chunks.Data(0));
        yield return up().Packet(PacketOrigin.NoTag | PacketOrigin.Second, Chunks.Init(ChunkType.Init, addresses: Peer.Addresses)).Packet(Chunks.CookieEcho);

        // The end, asked for by either, with data under way.
        yield return up().Send(3_000).Do(StepKind.Shutdown).Packet(Chunks.Sack(2)).Packet(Chunks.Empty(ChunkType.ShutdownAck));
        yield return up().Send(3_000).Packet(Chunks.Shutdown(0)).Packet(Chunks.Shutdown(2)).Packet(Chunks.Empty(ChunkType.ShutdownComplete));
        yield return up().Do(StepKind.Shutdown).Packet(Chunks.Data(0), Chunks.Data(2)).Packet(Chunks.Shutdown(Chunks.NoTsn)).Wait(10_000);
        yield return up().Do(StepKind.Shutdown).Wait(65_000);
        yield return up().Do(StepKind.Abort, 0xF).Packet(Chunks.Data(0));
    }
}
