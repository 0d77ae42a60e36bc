using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Wire;

/// <summary>
/// The error causes of RFC 9260, 3.3.10.1 to 3.3.10.13: written into an ERROR or ABORT chunk that is open, and read where
/// there is something to read. The value of Unresolvable Address, Unrecognized Parameters and Restart with New Addresses is
/// a list for <see cref="ParameterReader"/>; that of the rest is bytes.
/// </summary>
internal static class Causes
{
    public static void WriteInvalidStreamIdentifier(ref PacketWriter w, ushort streamId)
    {
        w.BeginCause(CauseCode.InvalidStreamIdentifier);
        w.WriteUInt16(streamId);
        w.WriteUInt16(0);
        w.EndCause();
    }

    public static bool TryReadInvalidStreamIdentifier(scoped in ErrorCause cause, out ushort streamId)
    {
        var valid = cause.Code == CauseCode.InvalidStreamIdentifier && cause.Value.Length == 4;
        streamId = valid ? BinaryPrimitives.ReadUInt16BigEndian(cause.Value) : (ushort)0;
        return valid;
    }

    public static void WriteMissingMandatoryParameter(ref PacketWriter w, params scoped ReadOnlySpan<ParameterType> missing)
    {
        w.BeginCause(CauseCode.MissingMandatoryParameter);
        w.WriteUInt32((uint)missing.Length);
        foreach (var type in missing)
        {
            w.WriteUInt16((ushort)type);
        }

        w.EndCause();
    }

    /// <summary>The number of missing parameters, when it agrees with the cause's length.</summary>
    public static bool TryReadMissingMandatoryParameter(scoped in ErrorCause cause, out int count)
    {
        count = 0;
        if (cause.Code != CauseCode.MissingMandatoryParameter || cause.Value.Length < sizeof(uint))
        {
            return false;
        }

        var stated = BinaryPrimitives.ReadUInt32BigEndian(cause.Value);
        if (stated > (uint)(cause.Value.Length - sizeof(uint)) / sizeof(ushort))
        {
            return false;
        }

        count = (int)stated;
        return true;
    }

    /// <param name="cause">A cause that <see cref="TryReadMissingMandatoryParameter"/> accepted.</param>
    /// <param name="i">From 0 to below the count.</param>
    public static ParameterType MissingParameter(scoped in ErrorCause cause, int i) =>
        (ParameterType)BinaryPrimitives.ReadUInt16BigEndian(cause.Value[(sizeof(uint) + i * sizeof(ushort))..]);

    /// <param name="w">The writer.</param>
    /// <param name="staleness">Microseconds since the cookie expired, rounded up; 0 tells nothing.</param>
    public static void WriteStaleCookie(ref PacketWriter w, uint staleness) => WriteUInt32(ref w, CauseCode.StaleCookie, staleness);

    /// <param name="cause">The cause.</param>
    /// <param name="staleness">Microseconds since the cookie expired; 0 when the peer doesn't tell.</param>
    public static bool TryReadStaleCookie(scoped in ErrorCause cause, out uint staleness) =>
        TryReadUInt32(cause, CauseCode.StaleCookie, out staleness);

    public static void WriteOutOfResource(ref PacketWriter w) => WriteBytes(ref w, CauseCode.OutOfResource, default);

    public static void WriteUnresolvableAddress(ref PacketWriter w, scoped ReadOnlySpan<byte> wholeParameter) =>
        WriteBytes(ref w, CauseCode.UnresolvableAddress, wholeParameter);

    /// <summary>
    /// As much of the chunk as the packet has room for: a report can't be larger than the path takes. Needs
    /// <see cref="PacketWriter.Remaining"/> of 8 at least, to show which chunk.
    /// </summary>
    /// <summary>A chunk too long for the room there is is reported by its beginning.</summary>
    public static void WriteUnrecognizedChunkType(ref PacketWriter w, scoped ReadOnlySpan<byte> wholeChunk)
    {
        var room = Math.Max(Chunk.HeaderSize, w.Remaining - Tlv.HeaderSize);
        var reported = wholeChunk[..Math.Min(wholeChunk.Length, room)];
        w.BeginCause(CauseCode.UnrecognizedChunkType);
        w.WriteBytes(reported);

        // RFC 9260, 3.3.10.6, leaves it open, but other stacks return the chunk with its padding, and count that.
        w.Reserve(Tlv.Pad(reported.Length) - reported.Length).Clear();
        w.EndCause();
    }

    public static void WriteInvalidMandatoryParameter(ref PacketWriter w) =>
        WriteBytes(ref w, CauseCode.InvalidMandatoryParameter, default);

    /// <summary>
    /// For several parameters the caller begins the cause itself and calls <see cref="PacketWriter.WriteElement"/> for each.
    /// </summary>
    public static void WriteUnrecognizedParameters(ref PacketWriter w, scoped ReadOnlySpan<byte> wholeParameters) =>
        WriteBytes(ref w, CauseCode.UnrecognizedParameters, wholeParameters);

    public static void WriteNoUserData(ref PacketWriter w, uint tsn) => WriteUInt32(ref w, CauseCode.NoUserData, tsn);

    public static bool TryReadNoUserData(scoped in ErrorCause cause, out uint tsn) => TryReadUInt32(cause, CauseCode.NoUserData, out tsn);

    public static void WriteCookieReceivedWhileShuttingDown(ref PacketWriter w) =>
        WriteBytes(ref w, CauseCode.CookieReceivedWhileShuttingDown, default);

    public static void WriteRestartWithNewAddresses(ref PacketWriter w, scoped ReadOnlySpan<IPAddressValue> addresses)
    {
        w.BeginCause(CauseCode.RestartWithNewAddresses);
        foreach (var address in addresses)
        {
            w.WriteUInt16((ushort)(address.IsIPv6 ? ParameterType.IPv6Address : ParameterType.IPv4Address));
            w.WriteUInt16((ushort)AddressParameters.SizeOf(address));
            address.WriteBytes(w.Reserve(address.AddressLength));
        }

        w.EndCause();
    }

    public static void WriteUserInitiatedAbort(ref PacketWriter w, scoped ReadOnlySpan<byte> reason) =>
        WriteBytes(ref w, CauseCode.UserInitiatedAbort, reason);

    public static void WriteProtocolViolation(ref PacketWriter w, scoped ReadOnlySpan<byte> information = default) =>
        WriteBytes(ref w, CauseCode.ProtocolViolation, information);

    private static void WriteBytes(ref PacketWriter w, CauseCode code, scoped ReadOnlySpan<byte> value)
    {
        w.BeginCause(code);
        w.WriteBytes(value);
        w.EndCause();
    }

    private static void WriteUInt32(ref PacketWriter w, CauseCode code, uint value)
    {
        w.BeginCause(code);
        w.WriteUInt32(value);
        w.EndCause();
    }

    private static bool TryReadUInt32(scoped in ErrorCause cause, CauseCode code, out uint value)
    {
        var valid = cause.Code == code && cause.Value.Length == sizeof(uint);
        value = valid ? BinaryPrimitives.ReadUInt32BigEndian(cause.Value) : 0;
        return valid;
    }
}
