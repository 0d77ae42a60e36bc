namespace Kestrel.Sctp.Protocol.Wire;

/// <summary>
/// Serial number arithmetic (RFC 9260, 1.6; RFC 1982) for TSNs, and in 16 bits for SSNs. Of two numbers exactly half the
/// space apart neither is less: RFC 1982 leaves them undefined.
/// </summary>
internal static class SerialNumber
{
    public static bool LessThan(uint a, uint b) => (int)(b - a) > 0;

    public static bool LessOrEqual(uint a, uint b) => a == b || LessThan(a, b);

    public static bool GreaterThan(uint a, uint b) => LessThan(b, a);

    public static bool GreaterOrEqual(uint a, uint b) => LessOrEqual(b, a);

    public static bool LessThan(ushort a, ushort b) => (short)(b - a) > 0;

    public static bool LessOrEqual(ushort a, ushort b) => a == b || LessThan(a, b);

    public static bool GreaterThan(ushort a, ushort b) => LessThan(b, a);

    public static bool GreaterOrEqual(ushort a, ushort b) => LessOrEqual(b, a);

    /// <summary>How far <paramref name="to"/> lies ahead; negative when it lies behind.</summary>
    public static int Distance(uint from, uint to) => (int)(to - from);

    /// <inheritdoc cref="Distance(uint, uint)"/>
    public static int Distance(ushort from, ushort to) => (short)(to - from);
}
