using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Kestrel.Sctp.UserSpace;

/// <summary>The machine's own addresses, as a wildcard means them.</summary>
internal static class LocalAddresses
{
    /// <summary>
    /// Unicast addresses of interfaces that are up, the loopback ones last. Link-local IPv6 is left out: it is of use only
    /// together with an interface, which a wildcard doesn't name; those of the given interfaces are in.
    /// </summary>
    public static IReadOnlyList<IPAddress> Get(bool v4, bool v6, IReadOnlyCollection<long>? linkLocalScopes = null)
    {
        var addresses = new List<IPAddress>();
        foreach (var network in NetworkInterface.GetAllNetworkInterfaces())
        {
            // Linux has no operational status for loopback and many tunnels.
            if (network.OperationalStatus is not (OperationalStatus.Up or OperationalStatus.Unknown))
            {
                continue;
            }
            foreach (var unicast in network.GetIPProperties().UnicastAddresses)
            {
                var address = unicast.Address;
                var wanted = address.AddressFamily switch
                {
                    AddressFamily.InterNetwork => v4 && Socket.OSSupportsIPv4,
                    AddressFamily.InterNetworkV6 => v6 && Socket.OSSupportsIPv6
                        && (!address.IsIPv6LinkLocal || (linkLocalScopes?.Contains(address.ScopeId) ?? false)),
                    _ => false,
                };
                if (wanted && !addresses.Contains(address))
                {
                    addresses.Add(address);
                }
            }
        }
        return [.. addresses.Where(a => !IPAddress.IsLoopback(a)), .. addresses.Where(IPAddress.IsLoopback)];
    }
}
