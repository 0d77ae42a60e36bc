using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Wire;

/// <summary>State Cookie, Cookie Preservative and Unrecognized Parameter (RFC 9260, 3.3.2.1.3 and 3.3.3.1).</summary>
internal static class CookieParameters
{
    public static void WriteStateCookie(ref PacketWriter w, scoped ReadOnlySpan<byte> cookie)
    {
        w.BeginParameter(ParameterType.StateCookie);
        w.WriteBytes(cookie);
        w.EndParameter();
    }

    /// <param name="p">The parameter.</param>
    /// <param name="increment">The longer life asked for, in milliseconds.</param>
    public static bool TryReadPreservative(scoped in Parameter p, out uint increment)
    {
        var valid = p.Type == ParameterType.CookiePreservative && p.Value.Length == sizeof(uint);
        increment = valid ? BinaryPrimitives.ReadUInt32BigEndian(p.Value) : 0;
        return valid;
    }

    /// <param name="w">The writer, in an INIT chunk.</param>
    /// <param name="increment">The longer life asked for, in milliseconds.</param>
    public static void WritePreservative(ref PacketWriter w, uint increment)
    {
        w.BeginParameter(ParameterType.CookiePreservative);
        w.WriteUInt32(increment);
        w.EndParameter();
    }

    /// <summary>Reports a parameter of an INIT in the INIT ACK, whole.</summary>
    public static void WriteUnrecognized(ref PacketWriter w, scoped ReadOnlySpan<byte> wholeParameter)
    {
        w.BeginParameter(ParameterType.UnrecognizedParameter);
        w.WriteBytes(wholeParameter);
        w.EndParameter();
    }
}
