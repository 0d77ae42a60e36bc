using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Setup;

/// <summary>
/// All that an association is made from when its COOKIE ECHO comes back: nothing is kept before (RFC 9260, 5.1.3). It holds
/// no secret: tags and addresses were on the wire, the Tie-Tags are nonces.
/// </summary>
internal sealed class StateCookie
{
    /// <summary>Of an INIT no more addresses than these are taken, whatever the options say: a cookie of bounded size holds them.</summary>
    public const int MaxPeerAddresses = 64;

    private const ushort Version = 1;

    private static readonly byte[] _nothing = new byte[16];

    public long CreatedAt { get; set; }
    public long Lifespan { get; set; }
    public ushort LocalPort { get; set; }
    public ushort PeerPort { get; set; }
    public uint LocalTag { get; set; }
    public uint PeerTag { get; set; }
    public uint LocalTieTag { get; set; }
    public uint PeerTieTag { get; set; }
    public uint LocalInitialTsn { get; set; }
    public uint PeerInitialTsn { get; set; }
    public uint PeerWindow { get; set; }
    public ushort LocalOutboundStreams { get; set; }
    public ushort LocalInboundStreams { get; set; }
    public ushort PeerOutboundStreams { get; set; }
    public ushort PeerInboundStreams { get; set; }

    /// <summary>Where the INIT ACK went to: the only address confirmed by it (RFC 9260, 5.4, rule 2).</summary>
    public IPAddressValue PeerAddress { get; set; }

    /// <summary>Where the INIT ACK left from.</summary>
    public IPAddressValue LocalAddress { get; set; }

    /// <summary>The peer's address parameters.</summary>
    public List<IPAddressValue> PeerAddresses { get; } = [];

    public bool IsExpired(long now) => now - CreatedAt > Lifespan;

    public void Write(ref PacketWriter writer)
    {
        writer.WriteUInt16(Version);
        writer.WriteUInt64((ulong)CreatedAt);
        writer.WriteUInt64((ulong)Lifespan);
        writer.WriteUInt16(LocalPort);
        writer.WriteUInt16(PeerPort);
        writer.WriteUInt32(LocalTag);
        writer.WriteUInt32(PeerTag);
        writer.WriteUInt32(LocalTieTag);
        writer.WriteUInt32(PeerTieTag);
        writer.WriteUInt32(LocalInitialTsn);
        writer.WriteUInt32(PeerInitialTsn);
        writer.WriteUInt32(PeerWindow);
        writer.WriteUInt16(LocalOutboundStreams);
        writer.WriteUInt16(LocalInboundStreams);
        writer.WriteUInt16(PeerOutboundStreams);
        writer.WriteUInt16(PeerInboundStreams);
        WriteAddress(ref writer, PeerAddress);
        WriteAddress(ref writer, LocalAddress);
        writer.WriteUInt16((ushort)PeerAddresses.Count);
        foreach (var address in PeerAddresses)
        {
            WriteAddress(ref writer, address);
        }

        // Negotiated extensions, as typed values behind their total length; there are none yet.
        writer.WriteUInt16(0);
    }

    /// <summary>For bytes whose MAC has been checked: what is read back is what was written. False for what is too short all the same.</summary>
    public bool TryRead(ReadOnlySpan<byte> bytes)
    {
        var reader = new Reader(bytes);
        if (reader.UInt16() != Version)
        {
            return false;
        }

        CreatedAt = (long)reader.UInt64();
        Lifespan = (long)reader.UInt64();
        LocalPort = reader.UInt16();
        PeerPort = reader.UInt16();
        LocalTag = reader.UInt32();
        PeerTag = reader.UInt32();
        LocalTieTag = reader.UInt32();
        PeerTieTag = reader.UInt32();
        LocalInitialTsn = reader.UInt32();
        PeerInitialTsn = reader.UInt32();
        PeerWindow = reader.UInt32();
        LocalOutboundStreams = reader.UInt16();
        LocalInboundStreams = reader.UInt16();
        PeerOutboundStreams = reader.UInt16();
        PeerInboundStreams = reader.UInt16();
        PeerAddress = reader.Address();
        LocalAddress = reader.Address();
        PeerAddresses.Clear();
        for (var count = reader.UInt16(); count > 0 && !reader.IsShort; count--)
        {
            PeerAddresses.Add(reader.Address());
        }

        return !reader.IsShort;
    }

    private static void WriteAddress(ref PacketWriter writer, IPAddressValue address)
    {
        writer.WriteUInt16((ushort)address.AddressLength);
        writer.WriteUInt32(address.ScopeId);
        address.WriteBytes(writer.Reserve(address.AddressLength));
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        /// <summary>More was asked for than there is; what was read from then on is zero.</summary>
        public bool IsShort { get; private set; }

        public ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

        public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

        public ulong UInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

        public IPAddressValue Address()
        {
            var length = UInt16();
            var scope = UInt32();
            return length == 4 ? IPAddressValue.FromIPv4(Take(4)) : IPAddressValue.FromIPv6(Take(16), scope);
        }

        private ReadOnlySpan<byte> Take(int count)
        {
            if (count > _rest.Length)
            {
                IsShort = true;
                _rest = default;
                return _nothing.AsSpan(0, count);
            }

            var taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }
    }
}
