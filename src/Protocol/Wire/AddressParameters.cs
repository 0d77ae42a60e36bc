using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Wire;

/// <summary>IPv4 Address, IPv6 Address and Supported Address Types parameters (RFC 9260, 3.3.2.1).</summary>
internal static class AddressParameters
{
    private const int IPv4Size = Tlv.HeaderSize + 4;
    private const int IPv6Size = Tlv.HeaderSize + 16;

    /// <summary>The size of an address's parameter.</summary>
    public static int SizeOf(IPAddressValue address) => address.IsIPv6 ? IPv6Size : IPv4Size;

    /// <summary>
    /// False for any other parameter and for a wrong length. The address is as it came: an IPv4-mapped one stays IPv6.
    /// </summary>
    public static bool TryRead(scoped in Parameter p, out IPAddressValue a)
    {
        switch (p.Type)
        {
            case ParameterType.IPv4Address when p.Length == IPv4Size:
                a = IPAddressValue.FromIPv4(p.Value);
                return true;

            case ParameterType.IPv6Address when p.Length == IPv6Size:
                a = IPAddressValue.FromIPv6(p.Value);
                return true;

            default:
                a = default;
                return false;
        }
    }

    public static void Write(ref PacketWriter w, IPAddressValue a)
    {
        w.BeginParameter(a.IsIPv6 ? ParameterType.IPv6Address : ParameterType.IPv4Address);
        a.WriteBytes(w.Reserve(a.AddressLength));
        w.EndParameter();
    }

    /// <summary>False for any other parameter. Address types beyond the two are passed over.</summary>
    public static bool TryReadSupportedTypes(scoped in Parameter p, out bool ipv4, out bool ipv6)
    {
        ipv4 = ipv6 = false;
        if (p.Type != ParameterType.SupportedAddressTypes)
        {
            return false;
        }

        for (var types = p.Value; types.Length >= sizeof(ushort); types = types[sizeof(ushort)..])
        {
            var type = (ParameterType)BinaryPrimitives.ReadUInt16BigEndian(types);
            ipv4 |= type == ParameterType.IPv4Address;
            ipv6 |= type == ParameterType.IPv6Address;
        }

        return true;
    }

    public static void WriteSupportedTypes(ref PacketWriter w, bool ipv4, bool ipv6)
    {
        w.BeginParameter(ParameterType.SupportedAddressTypes);
        if (ipv4)
        {
            w.WriteUInt16((ushort)ParameterType.IPv4Address);
        }

        if (ipv6)
        {
            w.WriteUInt16((ushort)ParameterType.IPv6Address);
        }

        w.EndParameter();
    }
}
