using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>The parameters (RFC 9260, 3.3, and extensions).</summary>
internal static class ParameterSyntaxes
{
    public static readonly ElementSyntax Generic =
        new("PARAMETER", ElementKind.Parameter, null, new HeaderSyntax("type", ushort.MaxValue), Len, new BytesSyntax("val"));

    public static readonly ElementSyntax StateCookie = new("STATE_COOKIE", ElementKind.Parameter, (uint)ParameterType.StateCookie,
        new HeaderSyntax("len", ushort.MaxValue) { MayBeOpen = true }, new BytesSyntax("val", (byte)'A') { MayBeOpen = true }) { MayBeAny = true };

    public static readonly IReadOnlyList<ElementSyntax> All =
    [
        Generic,
        StateCookie,
        Parameter("HEARTBEAT_INFORMATION", ParameterType.HeartbeatInfo,
            new HeaderSyntax("len", ushort.MaxValue) { MayBeOpen = true }, new BytesSyntax("val") { MayBeOpen = true }) with { MayBeAny = true },
        Parameter("IPV4_ADDRESS", ParameterType.IPv4Address, new AddressSyntax("addr", 4)),
        Parameter("IPV6_ADDRESS", ParameterType.IPv6Address, new AddressSyntax("addr", 16)),
        Parameter("UNRECOGNIZED_PARAMETER", ParameterType.UnrecognizedParameter, new ElementsSyntax("params", ElementKind.Parameter)),
        Parameter("COOKIE_PRESERVATIVE", ParameterType.CookiePreservative, new NumberSyntax("incr", 4)),
        Parameter("HOSTNAME_ADDRESS", ParameterType.HostNameAddress, new TextSyntax("addr", endsWithZero: true)),
        Parameter("SUPPORTED_ADDRESS_TYPES", ParameterType.SupportedAddressTypes, new NumbersSyntax("types", [2], "{0}")
        {
            Names = new Dictionary<string, uint> { ["IPv4"] = 5, ["IPv6"] = 6, ["HOSTNAME"] = 11 },
        }),
        Parameter("ECN_CAPABLE", ParameterType.EcnCapable) with { Extension = ChunkSyntaxes.Ecn },
        Parameter("FORWARD_TSN_SUPPORTED", ParameterType.ForwardTsnSupported) with { Extension = ChunkSyntaxes.PartialReliability },
        Parameter("SUPPORTED_EXTENSIONS", ParameterType.SupportedExtensions, new NumbersSyntax("types", [1], "{0}") { Names = ChunkSyntaxes.Names })
            with { Extension = "supported extensions (RFC 5061)" },
        Parameter("ADAPTATION_INDICATION", ParameterType.AdaptationLayerIndication, new NumberSyntax("adaptation_code_point", 4))
            with { Extension = "adaptation layer indication (RFC 5061)" },
        Parameter("PAD", ParameterType.Padding, Len, new BytesSyntax("val", (byte)'P') { MayBeOpen = true })
            with { MayBeAny = true, Extension = ChunkSyntaxes.Padding },
        Request("OUTGOING_SSN_RESET", ParameterType.OutgoingSsnResetRequest, ReqSn, RespSn,
            new NumberSyntax("last_tsn", 4, SequenceSpace.Sender), Sids),
        Request("INCOMING_SSN_RESET", ParameterType.IncomingSsnResetRequest, ReqSn, Sids),
        Request("SSN_TSN_RESET", ParameterType.SsnTsnResetRequest, ReqSn),
        Request("RECONFIG_RESPONSE", ParameterType.ReConfigResponse, RespSn, new NumberSyntax("result", 4),
            new NumberSyntax("sender_next_tsn", 4, SequenceSpace.Sender) { IsOptional = true },
            new NumberSyntax("receiver_next_tsn", 4, SequenceSpace.Receiver) { IsOptional = true }),
        Request("ADD_OUTGOING_STREAMS", ParameterType.AddOutgoingStreamsRequest, ReqSn, NewStreams, new ReservedSyntax(2)),
        Request("ADD_INCOMING_STREAMS", ParameterType.AddIncomingStreamsRequest, ReqSn, NewStreams, new ReservedSyntax(2)),
        new("RECONFIG_REQUEST_GENERIC", ElementKind.Parameter, null, new HeaderSyntax("type", ushort.MaxValue), Len, ReqSn, new BytesSyntax("val"))
        {
            Extension = ChunkSyntaxes.ReConfiguration,
        },
    ];

    private static FieldSyntax Len => new HeaderSyntax("len", ushort.MaxValue);

    private static FieldSyntax ReqSn => new NumberSyntax("req_sn", 4, SequenceSpace.Sender);

    private static FieldSyntax RespSn => new NumberSyntax("resp_sn", 4, SequenceSpace.Receiver);

    private static FieldSyntax NewStreams => new NumberSyntax("number_of_new_streams", 2);

    private static FieldSyntax Sids => new NumbersSyntax("sids", [2], "{0}") { IsOptional = true };

    private static ElementSyntax Parameter(string name, ParameterType type, params IReadOnlyList<FieldSyntax> fields) =>
        new(name, ElementKind.Parameter, (uint)type, fields);

    private static ElementSyntax Request(string name, ParameterType type, params IReadOnlyList<FieldSyntax> fields) =>
        Parameter(name, type, fields) with { Extension = ChunkSyntaxes.ReConfiguration };
}
