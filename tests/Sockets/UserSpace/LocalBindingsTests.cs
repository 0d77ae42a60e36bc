using System.Net;
using System.Net.Sockets;
using Kestrel.Sctp.UserSpace;

namespace Kestrel.Sctp.Sockets.Tests.UserSpace;

public class LocalBindingsTests
{
    [Fact]
    public void A_wildcard_is_the_machines_addresses_of_its_family_and_v6_any_is_both()
    {
        var v4 = LocalBinding.Expand([IPAddress.Any]);
        Assert.Contains(IPAddress.Loopback, v4);
        Assert.All(v4, a => Assert.Equal(AddressFamily.InterNetwork, a.AddressFamily));

        var both = LocalBinding.Expand([IPAddress.IPv6Any]);
        Assert.Contains(IPAddress.Loopback, both);
        Assert.Contains(IPAddress.IPv6Loopback, both);
        Assert.DoesNotContain(both, a => a.IsIPv6LinkLocal);
        Assert.DoesNotContain(both, LocalBinding.IsWildcard);
    }

    [Fact]
    public void Named_addresses_are_exactly_those()
    {
        IPAddress[] named = [IPAddress.Parse("127.0.0.3"), IPAddress.Loopback];
        Assert.Equal(named, LocalBinding.Expand(named));
    }
}
