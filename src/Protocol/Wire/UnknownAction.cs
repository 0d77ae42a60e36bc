namespace Kestrel.Sctp.Protocol.Wire;

/// <summary>
/// What the two highest bits of a chunk or parameter type ask of an endpoint that doesn't know it (RFC 9260, 3.2 and
/// 3.2.1). "Stop" for a chunk discards it and the rest of the packet; for a parameter, the rest of the chunk's parameters.
/// </summary>
internal enum UnknownAction
{
    Stop = 0b00,
    StopAndReport = 0b01,
    Skip = 0b10,
    SkipAndReport = 0b11,
}

internal static class UnknownActionExtensions
{
    public static UnknownAction UnknownAction(this ChunkType type) => (UnknownAction)((byte)type >> 6);

    public static UnknownAction UnknownAction(this ParameterType type) => (UnknownAction)((ushort)type >> 14);
}
