using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Kestrel.Sctp.Protocol;

/// <summary>
/// An IPv4 or IPv6 address as a value: compared, hashed and kept without heap objects. The default value is 0.0.0.0.
/// </summary>
internal readonly struct IPAddressValue : IEquatable<IPAddressValue>
{
    // The address as one big-endian number: an IPv6 address fills both words, an IPv4 address the low half of _low.
    private readonly ulong _high;
    private readonly ulong _low;
    private readonly uint _scopeId;
    private readonly bool _isIPv6;

    private IPAddressValue(ulong high, ulong low, uint scopeId, bool isIPv6)
    {
        _high = high;
        _low = low;
        _scopeId = scopeId;
        _isIPv6 = isIPv6;
    }

    public bool IsIPv6 => _isIPv6;

    /// <summary>The zone of a link-local IPv6 address (RFC 4007); 0 when there is none.</summary>
    public uint ScopeId => _scopeId;

    /// <summary>4 or 16.</summary>
    public int AddressLength => _isIPv6 ? 16 : 4;

    public AddressFamily AddressFamily => _isIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;

    public bool IsUnspecified => (_high | _low) == 0;

    public bool IsMulticast => _isIPv6 ? _high >> 56 == 0xFF : _low >> 28 == 0xE;

    /// <summary>255.255.255.255; a subnet's own broadcast address is not known here.</summary>
    public bool IsBroadcast => !_isIPv6 && _low == 0xFFFFFFFF;

    public bool IsLoopback => _isIPv6 ? _high == 0 && _low == 1 : _low >> 24 == 127;

    /// <summary>169.254.0.0/16 (RFC 3927) or fe80::/10.</summary>
    public bool IsLinkLocal => _isIPv6 ? _high >> 54 == 0x3FA : _low >> 16 == 0xA9FE;

    /// <summary>RFC 1918's three blocks, or fc00::/7 (RFC 4193).</summary>
    public bool IsPrivate => _isIPv6
        ? _high >> 57 == 0x7E
        : _low >> 24 == 10 || _low >> 20 == 0xAC1 || _low >> 16 == 0xC0A8;

    /// <summary>
    /// ::ffff:0:0/96 in an IPv6 address. Only bytes off the wire give one: <see cref="FromIPAddress"/> makes it IPv4.
    /// </summary>
    public bool IsIPv4Mapped => _isIPv6 && _high == 0 && _low >> 32 == 0xFFFF;

    /// <summary>What one host can't change at will: the IPv4 address, of an IPv6 address its /64 network.</summary>
    public IPAddressValue HostNetwork => _isIPv6 ? new IPAddressValue(_high, 0, _scopeId, isIPv6: true) : this;

    public static IPAddressValue FromIPv4(ReadOnlySpan<byte> bytes) =>
        new(0, BinaryPrimitives.ReadUInt32BigEndian(bytes), 0, isIPv6: false);

    public static IPAddressValue FromIPv6(ReadOnlySpan<byte> bytes, uint scope = 0) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]), scope, isIPv6: true);

    /// <summary>An IPv4-mapped IPv6 address becomes the IPv4 address it stands for.</summary>
    public static IPAddressValue FromIPAddress(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        if (length == 4)
        {
            return FromIPv4(bytes);
        }

        var value = FromIPv6(bytes, (uint)address.ScopeId);
        return value.IsIPv4Mapped ? FromIPv4(bytes[12..]) : value;
    }

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        WriteBytes(bytes);
        return _isIPv6 ? new IPAddress(bytes, _scopeId) : new IPAddress(bytes[..4]);
    }

    /// <summary>Writes the 4 or 16 bytes of the address in network order; the scope is not part of them.</summary>
    public void WriteBytes(Span<byte> destination)
    {
        if (_isIPv6)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
            BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)_low);
        }
    }

    public bool Equals(IPAddressValue other) =>
        _low == other._low && _high == other._high && _scopeId == other._scopeId && _isIPv6 == other._isIPv6;

    public override bool Equals(object? obj) => obj is IPAddressValue other && Equals(other);

    // HashCode is seeded per process: a peer that chooses its addresses can't choose their buckets.
    public override int GetHashCode() => HashCode.Combine(_high, _low, _scopeId);

    public override string ToString() => ToIPAddress().ToString();

    public static bool operator ==(IPAddressValue left, IPAddressValue right) => left.Equals(right);

    public static bool operator !=(IPAddressValue left, IPAddressValue right) => !left.Equals(right);
}
