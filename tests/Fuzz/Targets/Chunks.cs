using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;
using Kestrel.Sctp.Simulation;

namespace Kestrel.Sctp.Fuzz.Targets;

/// <summary>Chunks as they stand in a script: TSNs count from each end's first one (see <see cref="Symbols"/>).</summary>
internal static class Chunks
{
    private const byte Whole = ChunkFlags.DataBegin | ChunkFlags.DataEnd;

    /// <summary>Acknowledges nothing.</summary>
    public const uint NoTsn = uint.MaxValue;

    public static byte[] CookieEcho => Empty(ChunkType.CookieEcho);

    public static byte[] HeartbeatAck => Empty(ChunkType.HeartbeatAck);

    public static byte[] Of(WriteChunks write)
    {
        var bytes = new byte[8_192];
        var writer = new PacketWriter(bytes);
        write(ref writer);
        return bytes[..writer.Length];
    }

    public static byte[] Empty(ChunkType type, byte flags = 0) => Raw(type, flags);

    public static byte[] Raw(ChunkType type, byte flags, params byte[] value) => Of((ref PacketWriter w) =>
    {
        w.BeginChunk(type, flags);
        w.WriteBytes(value);
        w.EndChunk();
    });

    public static byte[] Data(uint tsn, int length = 20, byte flags = Whole, ushort stream = 0, ushort ssn = 0) =>
        Of((ref PacketWriter w) => DataChunk.Write(ref w, flags, tsn, stream, ssn, 0, length).Clear());

    public static byte[] Sack(uint cumulativeTsn, uint window = 20_000, GapBlock[]? gaps = null, uint[]? duplicates = null) =>
        Of((ref PacketWriter w) => SackChunk.Write(ref w, cumulativeTsn, window, gaps, duplicates));

    public static byte[] Shutdown(uint cumulativeTsn) => Of((ref PacketWriter w) => ShutdownChunk.Write(ref w, cumulativeTsn));

    public static byte[] Heartbeat(int length) => Of((ref PacketWriter w) => HeartbeatChunk.Write(ref w, ChunkType.Heartbeat, new byte[length]));

    public static byte[] Init(ChunkType type, uint tag = Peer.Tag, uint window = 20_000, ushort streams = 4, params IPAddressValue[] addresses) =>
        Of((ref PacketWriter w) =>
        {
            w.BeginChunk(type, 0);
            InitChunk.WriteFixed(ref w, tag, window, streams, streams, Peer.InitialTsn);
            foreach (var address in addresses)
            {
                AddressParameters.Write(ref w, address);
            }

            if (type == ChunkType.InitAck)
            {
                CookieParameters.WriteStateCookie(ref w, "cookie"u8);
            }

            w.EndChunk();
        });

    /// <summary>An INIT with a parameter of each kind.</summary>
    public static byte[] RichInit(ChunkType type) => Of((ref PacketWriter w) =>
    {
        w.BeginChunk(type, 0);
        InitChunk.WriteFixed(ref w, Peer.Tag, 20_000, 4, 4, Peer.InitialTsn);
        AddressParameters.WriteSupportedTypes(ref w, ipv4: true, ipv6: true);
        CookieParameters.WritePreservative(ref w, 1_000);
        AddressParameters.Write(ref w, Peer.Addresses[0]);
        AddressParameters.Write(ref w, Peer.Addresses[1]);
        AddressParameters.Write(ref w, IPAddressValue.FromIPAddress(System.Net.IPAddress.IPv6Loopback));
        CookieParameters.WriteStateCookie(ref w, "a cookie"u8);
        foreach (var unknown in (ReadOnlySpan<ushort>)[0x8000, 0xC000, 0x8008])
        {
            w.BeginParameter((ParameterType)unknown);
            w.WriteUInt32(0);
            w.EndParameter();
        }

        w.EndChunk();
    });

    /// <summary>An ERROR or ABORT with a cause of each kind.</summary>
    public static byte[] AllCauses(ChunkType type) => Of((ref PacketWriter w) =>
    {
        w.BeginChunk(type, 0);
        Causes.WriteInvalidStreamIdentifier(ref w, 9);
        Causes.WriteMissingMandatoryParameter(ref w, ParameterType.StateCookie, ParameterType.IPv4Address);
        Causes.WriteOutOfResource(ref w);
        Causes.WriteUnrecognizedChunkType(ref w, Raw((ChunkType)0xFE, 0));
        Causes.WriteInvalidMandatoryParameter(ref w);
        Causes.WriteUnrecognizedParameters(ref w, [0xC0, 0, 0, 4]);
        Causes.WriteNoUserData(ref w, 1);
        Causes.WriteCookieReceivedWhileShuttingDown(ref w);
        Causes.WriteRestartWithNewAddresses(ref w, [Peer.Addresses[2]]);
        Causes.WriteUserInitiatedAbort(ref w, "reason"u8);
        Causes.WriteProtocolViolation(ref w, "why"u8);
        Causes.WriteStaleCookie(ref w, 1);
        w.EndChunk();
    });

    public static byte[] Error(WriteChunks cause) => Of((ref PacketWriter w) =>
    {
        ErrorChunk.Begin(ref w);
        cause(ref w);
        w.EndChunk();
    });
}
