using System.Net;
using System.Net.Sockets;

namespace Kestrel.Sctp.Sockets.Tests;

public class SctpEndPointTests
{
    private static readonly IPAddress _a = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress _b = IPAddress.Parse("10.0.1.1");

    [Fact]
    public void Holds_its_addresses_in_order_with_one_port()
    {
        var endPoint = new SctpEndPoint([_b, IPAddress.IPv6Loopback, _a], 7);

        Assert.Equal([_b, IPAddress.IPv6Loopback, _a], endPoint.Addresses);
        Assert.Equal(7, endPoint.Port);
        Assert.True(endPoint.IsResolved);
        Assert.Empty(endPoint.HostNames);
        Assert.False(endPoint.IsOverUdp);
        Assert.Null(endPoint.UdpPort);
    }

    [Fact]
    public void An_address_listed_again_is_left_out_its_first_place_kept()
    {
        Assert.Equal([_a, _b], new SctpEndPoint([_a, _b, _a, _a.MapToIPv6()], 7).Addresses);
    }

    [Fact]
    public void An_IPv4_mapped_address_becomes_IPv4()
    {
        var endPoint = new SctpEndPoint(_a.MapToIPv6(), 7);

        Assert.Equal([_a], endPoint.Addresses);
        Assert.Equal(new SctpEndPoint(_a, 7), endPoint);
        Assert.Equal(AddressFamily.InterNetwork, endPoint.AddressFamily);
    }

    [Fact]
    public void Later_changes_of_the_callers_list_do_not_reach_it()
    {
        var list = new[] { _a, _b };
        var endPoint = new SctpEndPoint(list, 7);

        list[0] = IPAddress.Loopback;

        Assert.Equal([_a, _b], endPoint.Addresses);
        Assert.Throws<NotSupportedException>(() => ((IList<IPAddress>)endPoint.Addresses)[0] = IPAddress.Loopback);
    }

    [Fact]
    public void AddressFamily_is_that_of_IPv6_as_soon_as_one_address_is()
    {
        Assert.Equal(AddressFamily.InterNetwork, new SctpEndPoint([_a, _b], 7).AddressFamily);
        Assert.Equal(AddressFamily.InterNetworkV6, new SctpEndPoint([_a, IPAddress.IPv6Loopback], 7).AddressFamily);
        Assert.Equal(AddressFamily.Unspecified, SctpEndPoint.FromHosts(["a.example"], 7).AddressFamily);
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => new SctpEndPoint((IPAddress)null!, 7));
        Assert.Throws<ArgumentNullException>(() => new SctpEndPoint((IEnumerable<IPAddress>)null!, 7));
        Assert.Throws<ArgumentException>(() => new SctpEndPoint([], 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SctpEndPoint(_a, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SctpEndPoint(_a, 65536));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SctpEndPoint(_a, 7).OverUdp(65536));
        Assert.Throws<ArgumentException>(() => SctpEndPoint.FromHosts([], 7));
        Assert.Throws<ArgumentException>(() => SctpEndPoint.FromHosts(["a b"], 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => SctpEndPoint.FromHosts(["a"], 65536));
    }

    [Fact]
    public void OverUdp_gives_all_addresses_one_UDP_port_and_leaves_the_original()
    {
        var plain = new SctpEndPoint([_a, _b], 7);
        var udp = plain.OverUdp(40000);

        Assert.False(plain.IsOverUdp);
        Assert.True(udp.IsOverUdp);
        Assert.Equal(40000, udp.UdpPort);
        Assert.Equal(40000, udp.GetUdpPort(1));
        Assert.Equal(9899, plain.OverUdp().UdpPort);
        Assert.Throws<InvalidOperationException>(() => plain.GetUdpPort(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => udp.GetUdpPort(2));
    }

    [Fact]
    public void WithUdpPort_changes_the_UDP_port_of_one_address()
    {
        var udp = new SctpEndPoint([_a, _b], 7).OverUdp();
        var changed = udp.WithUdpPort(_b.MapToIPv6(), 40000);

        Assert.Equal((9899, 40000), (changed.GetUdpPort(0), changed.GetUdpPort(1)));
        Assert.Equal(9899, udp.GetUdpPort(1));
        Assert.Throws<ArgumentException>(() => udp.WithUdpPort(IPAddress.Loopback, 1));
        Assert.Throws<InvalidOperationException>(() => new SctpEndPoint(_a, 7).WithUdpPort(_a, 1));
    }

    [Fact]
    public void Equality_is_by_value()
    {
        var endPoint = new SctpEndPoint([_a, _b], 7).OverUdp();
        var equal = SctpEndPoint.Parse("sctp+udp://10.0.0.1,10.0.1.1:7");

        Assert.Equal(endPoint, equal);
        Assert.Equal(endPoint.GetHashCode(), equal.GetHashCode());
        Assert.True(endPoint.Equals((object)equal));
        Assert.False(endPoint.Equals((object)"sctp"));
        Assert.Equal(SctpEndPoint.FromHosts(["A.example"], 7), SctpEndPoint.FromHosts(["a.EXAMPLE"], 7));
        Assert.Equal(SctpEndPoint.FromHosts(["A.example"], 7).GetHashCode(), SctpEndPoint.FromHosts(["a.EXAMPLE"], 7).GetHashCode());
    }

    [Theory]
    [InlineData("sctp+udp://10.0.1.1,10.0.0.1:7")]
    [InlineData("sctp+udp://10.0.0.1:7")]
    [InlineData("sctp+udp://10.0.0.1,10.0.1.1:8")]
    [InlineData("sctp://10.0.0.1,10.0.1.1:7")]
    [InlineData("sctp+udp://10.0.0.1,10.0.1.1:7?udp=9900")]
    [InlineData("sctp+udp://10.0.0.1,10.0.1.1:7?udp=9899,9900")]
    [InlineData("sctp+udp://a.example,b.example:7")]
    public void Endpoints_that_differ_in_anything_are_not_equal(string other)
    {
        Assert.NotEqual(SctpEndPoint.Parse("sctp+udp://10.0.0.1,10.0.1.1:7?udp=9899"), SctpEndPoint.Parse(other));
    }

    [Fact]
    public void Literal_addresses_alone_make_a_resolved_endpoint()
    {
        Assert.Equal(new SctpEndPoint([_a, IPAddress.IPv6Loopback], 7), SctpEndPoint.FromHosts(["10.0.0.1", "::1"], 7));
    }

    [Fact]
    public async Task A_resolved_endpoint_resolves_to_itself()
    {
        var endPoint = new SctpEndPoint(_a, 7);
        Assert.Same(endPoint, await endPoint.ResolveAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Host_names_are_resolved_in_their_order_and_keep_their_UDP_port()
    {
        var endPoint = SctpEndPoint.Parse("sctp+udp://10.9.9.9,localhost:7?udp=40000,40001");
        Assert.False(endPoint.IsResolved);
        Assert.Equal(["10.9.9.9", "localhost"], endPoint.HostNames);
        Assert.Empty(endPoint.Addresses);

        var resolved = await endPoint.ResolveAsync(TestContext.Current.CancellationToken);

        Assert.True(resolved.IsResolved);
        Assert.True(resolved.AddressesMayBeDifferentHosts);
        Assert.True(resolved.OverUdp().AddressesMayBeDifferentHosts);
        Assert.Equal(IPAddress.Parse("10.9.9.9"), resolved.Addresses[0]);
        Assert.Equal(40000, resolved.GetUdpPort(0));
        Assert.Contains(resolved.Addresses.Skip(1), IPAddress.IsLoopback);
        Assert.Equal(40001, resolved.GetUdpPort(1));
        Assert.Equal(7, resolved.Port);
    }

    [Fact]
    public async Task A_name_without_an_address_is_left_out_while_another_has_one()
    {
        var endPoint = SctpEndPoint.FromHosts(["nowhere.invalid", "127.0.0.1"], 7);
        Assert.Equal([IPAddress.Loopback], (await endPoint.ResolveAsync(TestContext.Current.CancellationToken)).Addresses);
    }

    [Fact]
    public async Task No_address_at_all_is_an_error_that_names_the_hosts()
    {
        var endPoint = SctpEndPoint.FromHosts(["nowhere.invalid"], 7);
        var e = await Assert.ThrowsAsync<SctpException>(async () => await endPoint.ResolveAsync(TestContext.Current.CancellationToken));
        Assert.Equal(SocketError.HostNotFound, e.SocketErrorCode);
        Assert.Contains("nowhere.invalid", e.Message, StringComparison.Ordinal);
        Assert.IsAssignableFrom<SocketException>(e.InnerException);
    }
}
