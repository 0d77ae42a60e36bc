using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>The chunks (RFC 9260, 3.3, and extensions).</summary>
internal static class ChunkSyntaxes
{
    public const string Interleaving = "user message interleaving (RFC 8260)";
    public const string PartialReliability = "partial reliability (RFC 3758)";
    public const string ReConfiguration = "re-configuration (RFC 6525)";
    public const string Ecn = "ECN";
    public const string Padding = "padding (RFC 4820)";
    public const string NonRenegable = "NR-SACK";

    /// <summary>Names of chunks where a number may stand.</summary>
    public static readonly IReadOnlyDictionary<string, uint> Names = new Dictionary<string, uint>
    {
        ["DATA"] = 0,
        ["INIT"] = 1,
        ["INIT_ACK"] = 2,
        ["SACK"] = 3,
        ["HEARTBEAT"] = 4,
        ["HEARTBEAT_ACK"] = 5,
        ["ABORT"] = 6,
        ["SHUTDOWN"] = 7,
        ["SHUTDOWN_ACK"] = 8,
        ["ERROR"] = 9,
        ["COOKIE_ECHO"] = 10,
        ["COOKIE_ACK"] = 11,
        ["ECNE"] = 12,
        ["CWR"] = 13,
        ["SHUTDOWN_COMPLETE"] = 14,
        ["AUTH"] = 0x0F,
        ["NR_SACK"] = 0x10,
        ["I_DATA"] = 0x40,
        ["I-DATA"] = 0x40,
        ["ASCONF_ACK"] = 0x80,
        ["PKTDROP"] = 0x81,
        ["RECONFIG"] = 0x82,
        ["PAD"] = 0x84,
        ["FORWARD_TSN"] = 0xC0,
        ["ASCONF"] = 0xC1,
        ["I_FORWARD_TSN"] = 0xC2,
    };

    public static readonly ElementSyntax Generic = new("CHUNK", ElementKind.Chunk, null,
        new HeaderSyntax("type", byte.MaxValue) { Names = Names }, new HeaderSyntax("flgs", byte.MaxValue), Len, new BytesSyntax("val") { MayBeOpen = true });

    public static readonly ElementSyntax Init = Chunk(ChunkType.Init, [Flgs, .. InitFields]);

    public static readonly ElementSyntax InitAck = Chunk(ChunkType.InitAck, [Flgs, .. InitFields]);

    public static readonly ElementSyntax CookieEcho =
        Chunk(ChunkType.CookieEcho, Flgs, new HeaderSyntax("len", ushort.MaxValue) { MayBeOpen = true }, new BytesSyntax("val") { MayBeOpen = true });

    public static readonly ElementSyntax Heartbeat =
        Chunk(ChunkType.Heartbeat, Flgs, new ElementsSyntax("", ElementKind.Parameter, isSingle: true));

    public static readonly ElementSyntax HeartbeatAck =
        Chunk(ChunkType.HeartbeatAck, Flgs, new ElementsSyntax("", ElementKind.Parameter, isSingle: true));

    public static readonly IReadOnlyList<ElementSyntax> All =
    [
        Generic,
        Init,
        InitAck,
        CookieEcho,
        Heartbeat,
        HeartbeatAck,
        Chunk(ChunkType.Data, Letters("IUBE", mayBeOpen: false), Len, Tsn, Sid, new NumberSyntax("ssn", 2), new NumberSyntax("ppid", 4), UserData),
        Chunk(ChunkType.Sack, Flgs, CumTsn(SequenceSpace.Receiver), new NumberSyntax("a_rwnd", 4),
            new CountSyntax("gaps"), new CountSyntax("dups"), Gaps("gaps"), Dups),
        Chunk(ChunkType.Abort, Letters("T"), Causes),
        Chunk(ChunkType.Shutdown, Flgs, CumTsn(SequenceSpace.Receiver)),
        Chunk(ChunkType.ShutdownAck, Flgs),
        Chunk(ChunkType.Error, Flgs, Causes),
        Chunk(ChunkType.CookieAck, Flgs),
        Chunk(ChunkType.Ecne, Flgs, new NumberSyntax("tsn", 4, SequenceSpace.Receiver)) with { Extension = Ecn },
        Chunk(ChunkType.Cwr, Flgs, new NumberSyntax("tsn", 4, SequenceSpace.Sender)) with { Extension = Ecn },
        Chunk(ChunkType.ShutdownComplete, Letters("T")),
        Chunk(ChunkType.IData, Letters("IUBE", mayBeOpen: false), Len, Tsn, Sid, new ReservedSyntax(2), new NumberSyntax("mid", 4),
            new NumberSyntax("ppid", 4, otherName: "fsn"), UserData) with { Extension = Interleaving },
        Chunk(ChunkType.Pad, Flgs, Len, new BytesSyntax("val", (byte)'P') { MayBeOpen = true }) with { Extension = Padding },
        Chunk(ChunkType.ReConfig, Flgs, Parameters) with { Extension = ReConfiguration },
        Chunk(ChunkType.ForwardTsn, CumTsn(SequenceSpace.Sender), new NumbersSyntax("ids", [2, 2], "{{{0},{1}}}"))
            with { Extension = PartialReliability },
        Chunk(ChunkType.IForwardTsn, CumTsn(SequenceSpace.Sender), new NumbersSyntax("ids", [2, 2, 4], "{{{0},{1},{2}}}"))
            with { Extension = Interleaving },
        new("NR_SACK", ElementKind.Chunk, 0x10, Flgs, CumTsn(SequenceSpace.Receiver), new NumberSyntax("a_rwnd", 4),
            new CountSyntax("gaps"), new CountSyntax("nr_gaps"), new CountSyntax("dups"), new ReservedSyntax(2),
            Gaps("gaps"), Gaps("nr_gaps"), Dups) { Extension = NonRenegable },
    ];

    private static FieldSyntax Flgs => new HeaderSyntax("flgs", byte.MaxValue) { MayBeOpen = true };

    private static FieldSyntax Len => new HeaderSyntax("len", ushort.MaxValue);

    private static FieldSyntax Tsn => new NumberSyntax("tsn", 4, SequenceSpace.Sender);

    private static FieldSyntax Sid => new NumberSyntax("sid", 2);

    private static FieldSyntax UserData => new BytesSyntax("data") { IsPayload = true, MayBeOpen = true };

    private static FieldSyntax Dups => new NumbersSyntax("dups", [4], "{0}", SequenceSpace.Receiver);

    private static FieldSyntax Causes => new ElementsSyntax("", ElementKind.Cause);

    private static FieldSyntax Parameters => new ElementsSyntax("", ElementKind.Parameter);

    private static FieldSyntax[] InitFields =>
    [
        new NumberSyntax("tag", 4, SequenceSpace.Tag), new NumberSyntax("a_rwnd", 4), new NumberSyntax("os", 2), new NumberSyntax("is", 2),
        new NumberSyntax("tsn", 4, SequenceSpace.Sender) { MayBeOpen = true }, Parameters,
    ];

    private static NumberSyntax CumTsn(SequenceSpace space) => new("cum_tsn", 4, space);

    private static NumbersSyntax Gaps(string name) => new(name, [2, 2], "{0}:{1}");

    private static HeaderSyntax Letters(string letters, bool mayBeOpen = true) => new("flgs", byte.MaxValue, letters) { MayBeOpen = mayBeOpen };

    private static ElementSyntax Chunk(ChunkType type, params IReadOnlyList<FieldSyntax> fields) =>
        new(Names.First(name => name.Value == (uint)type).Key, ElementKind.Chunk, (uint)type, fields);
}
