using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>The error causes (RFC 9260, 3.3.10).</summary>
internal static class CauseSyntaxes
{
    public static readonly ElementSyntax Generic = new("CAUSE", ElementKind.Cause, null,
        new HeaderSyntax("code", ushort.MaxValue), new HeaderSyntax("len", ushort.MaxValue), new BytesSyntax("info"));

    public static readonly IReadOnlyList<ElementSyntax> All =
    [
        Generic,
        Cause("INVALID_STREAM_IDENTIFIER", CauseCode.InvalidStreamIdentifier, new NumberSyntax("sid", 2), new ReservedSyntax(2)),
        Cause("MISSING_MANDATORY_PARAMETER", CauseCode.MissingMandatoryParameter, new CountSyntax("types", size: 4), new NumbersSyntax("types", [2], "{0}")),
        Cause("STALE_COOKIE_ERROR", CauseCode.StaleCookie, new NumberSyntax("staleness", 4)),
        Cause("OUT_OF_RESOURCE", CauseCode.OutOfResource),
        Cause("UNRESOLVABLE_ADDRESS", CauseCode.UnresolvableAddress, new ElementsSyntax("param", ElementKind.Parameter, isSingle: true)),
        Cause("UNRECOGNIZED_CHUNK_TYPE", CauseCode.UnrecognizedChunkType, new ElementsSyntax("chk", ElementKind.Chunk, isSingle: true)),
        Cause("INVALID_MANDATORY_PARAMETER", CauseCode.InvalidMandatoryParameter),
        Cause("UNRECOGNIZED_PARAMETERS", CauseCode.UnrecognizedParameters, new ElementsSyntax("params", ElementKind.Parameter)),
        Cause("NO_USER_DATA", CauseCode.NoUserData, new NumberSyntax("tsn", 4, SequenceSpace.Receiver)),
        Cause("COOKIE_RECEIVED_WHILE_SHUTDOWN", CauseCode.CookieReceivedWhileShuttingDown),
        Cause("RESTART_WITH_NEW_ADDRESSES", CauseCode.RestartWithNewAddresses, new ElementsSyntax("params", ElementKind.Parameter)),
        Cause("USER_INITIATED_ABORT", CauseCode.UserInitiatedAbort, new TextSyntax("info")),
        Cause("PROTOCOL_VIOLATION", CauseCode.ProtocolViolation, new TextSyntax("info")),
    ];

    private static ElementSyntax Cause(string name, CauseCode code, params IReadOnlyList<FieldSyntax> fields) =>
        new(name, ElementKind.Cause, (uint)code, fields);
}
