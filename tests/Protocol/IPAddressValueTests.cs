using System.Net;
using CsCheck;

namespace Kestrel.Sctp.Protocol.Tests;

public class IPAddressValueTests
{
    private static IPAddressValue Parse(string text) => IPAddressValue.FromIPAddress(IPAddress.Parse(text));

    [Theory]
    [InlineData("192.0.2.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("2001:db8::1", true)]
    [InlineData("::", true)]
    [InlineData("fe80::1%7", true)]
    public void An_address_comes_back_as_it_went(string text, bool isIPv6)
    {
        var value = Parse(text);
        Assert.Equal(isIPv6, value.IsIPv6);
        Assert.Equal(isIPv6 ? 16 : 4, value.AddressLength);
        Assert.Equal(IPAddress.Parse(text), value.ToIPAddress());
        Assert.Equal(value.ToIPAddress().AddressFamily, value.AddressFamily);
        Assert.Equal(text, value.ToString());

        var bytes = new byte[value.AddressLength];
        value.WriteBytes(bytes);
        Assert.Equal(IPAddress.Parse(text).GetAddressBytes(), bytes);
        Assert.Equal(value, isIPv6 ? IPAddressValue.FromIPv6(bytes, value.ScopeId) : IPAddressValue.FromIPv4(bytes));
    }

    [Fact]
    public void An_IPv4_mapped_IPAddress_is_its_IPv4_address()
    {
        Assert.Equal(Parse("192.0.2.1"), Parse("::ffff:192.0.2.1"));
        var raw = IPAddressValue.FromIPv6(IPAddress.Parse("::ffff:192.0.2.1").GetAddressBytes());
        Assert.True(raw.IsIPv4Mapped);
        Assert.NotEqual(Parse("192.0.2.1"), raw);
        Assert.False(Parse("192.0.2.1").IsIPv4Mapped);
        Assert.False(Parse("::fffe:192.0.2.1").IsIPv4Mapped);
    }

    [Fact]
    public void Family_and_scope_are_part_of_the_value()
    {
        Assert.NotEqual(Parse("0.0.0.0"), Parse("::"));
        Assert.NotEqual(Parse("1.2.3.4"), Parse("::1.2.3.4"));
        Assert.NotEqual(Parse("fe80::1%1"), Parse("fe80::1%2"));
        Assert.NotEqual(Parse("fe80::1%1"), Parse("fe80::1"));
        Assert.Equal(default, Parse("0.0.0.0"));
    }

    [Theory]
    [InlineData("0.0.0.0", "unspecified")]
    [InlineData("::", "unspecified")]
    [InlineData("0.0.0.1", "")]
    [InlineData("1::", "")]
    [InlineData("223.255.255.255", "")]
    [InlineData("224.0.0.1", "multicast")]
    [InlineData("239.255.255.255", "multicast")]
    [InlineData("240.0.0.1", "")]
    [InlineData("ff02::1", "multicast")]
    [InlineData("feff::1", "")]
    [InlineData("255.255.255.255", "broadcast")]
    [InlineData("::255.255.255.255", "")]
    [InlineData("127.0.0.1", "loopback")]
    [InlineData("127.0.0.2", "loopback")]
    [InlineData("126.255.255.255", "")]
    [InlineData("::1", "loopback")]
    [InlineData("::2", "")]
    [InlineData("169.254.1.1", "linklocal")]
    [InlineData("169.255.1.1", "")]
    [InlineData("fe80::1", "linklocal")]
    [InlineData("febf::1", "linklocal")]
    [InlineData("fec0::1", "")]
    [InlineData("10.1.2.3", "private")]
    [InlineData("11.0.0.0", "")]
    [InlineData("172.15.255.255", "")]
    [InlineData("172.16.0.0", "private")]
    [InlineData("172.31.255.255", "private")]
    [InlineData("172.32.0.0", "")]
    [InlineData("192.168.255.255", "private")]
    [InlineData("192.169.0.0", "")]
    [InlineData("fbff::1", "")]
    [InlineData("fc00::1", "private")]
    [InlineData("fdff::1", "private")]
    [InlineData("2001:db8::1", "")]
    public void Kinds_of_addresses(string text, string kind)
    {
        var value = Parse(text);
        Assert.Equal(kind == "unspecified", value.IsUnspecified);
        Assert.Equal(kind == "multicast", value.IsMulticast);
        Assert.Equal(kind == "broadcast", value.IsBroadcast);
        Assert.Equal(kind == "loopback", value.IsLoopback);
        Assert.Equal(kind == "linklocal", value.IsLinkLocal);
        Assert.Equal(kind == "private", value.IsPrivate);
    }

    [Fact]
    public void Equality_is_that_of_IPAddress()
    {
        // Few bits, so that equal ones turn up.
        var bytes = Gen.OneOf(Gen.Byte[0, 1].Array[4], Gen.Byte[0, 1].Array[16]);
        Gen.Select(bytes, bytes).Sample((a, b) =>
        {
            IPAddress first = new(a), second = new(b);
            IPAddressValue x = IPAddressValue.FromIPAddress(first), y = IPAddressValue.FromIPAddress(second);
            return x.Equals(y) == first.Equals(second)
                && (x == y) == first.Equals(second)
                && (x != y) == !first.Equals(second)
                && (!x.Equals(y) || x.GetHashCode() == y.GetHashCode());
        }, iter: 10_000);
    }
}
