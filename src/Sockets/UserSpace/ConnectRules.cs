using System.Net;
using System.Net.Sockets;
using Kestrel.Sctp.Protocol;
using Kestrel.Sctp.Protocol.Endpoints;

namespace Kestrel.Sctp.UserSpace;

/// <summary>
/// What a list of addresses to connect to must obey (sctp_connectx(3)). The whole list is checked before anything is made or
/// sent.
/// </summary>
internal static class ConnectRules
{
    /// <param name="remote">The list.</param>
    /// <param name="limit">The most addresses in a list.</param>
    /// <param name="v4">The socket has, or may get, IPv4 addresses.</param>
    /// <param name="v6">The socket has, or may get, IPv6 addresses.</param>
    /// <exception cref="SctpException">A rule is broken.</exception>
    public static void Check(SctpEndPoint remote, int limit, bool v4, bool v6)
    {
        if (remote.Addresses.Count == 0)
        {
            throw Invalid($"{remote} has host names and no addresses: resolve it first ({nameof(SctpEndPoint.ResolveAsync)}).");
        }
        if (remote.Addresses.Count > limit)
        {
            throw new SctpException(
                SctpErrno.E2BIG, $"{remote.Addresses.Count} addresses are listed and at most {limit} are allowed ({nameof(SctpOptions.MaxConnectAddresses)}).");
        }
        foreach (var address in remote.Addresses)
        {
            if (address.AddressFamily == AddressFamily.InterNetwork ? !v4 : !v6)
            {
                throw Invalid($"{address} of {remote} is {(v4 ? "IPv6" : "IPv4")} and the socket is bound to {(v4 ? "IPv4" : "IPv6")} addresses only.");
            }
        }
        if (remote.Port == 0)
        {
            throw Invalid($"{remote} has port 0, which nobody can listen on.");
        }
        if (remote.IsOverUdp)
        {
            for (var i = 0; i < remote.Addresses.Count; i++)
            {
                if (remote.GetUdpPort(i) == 0)
                {
                    throw Invalid($"{remote} has UDP port 0, which nobody can listen on.");
                }
            }
        }
        foreach (var address in remote.Addresses)
        {
            if (IsGroup(address) || LocalBinding.IsWildcard(address))
            {
                throw Invalid($"{address} of {remote} is no unicast address: it is multicast, broadcast or a wildcard.");
            }
            if (address.IsIPv6LinkLocal && address.ScopeId == 0)
            {
                throw Invalid($"{address} of {remote} is link-local and names no interface: write {address}%interface.");
            }
        }
    }

    public static List<PeerAddress> ToPeers(SctpEndPoint remote) =>
        [.. remote.Addresses.Select((address, i) => new PeerAddress(IPAddressValue.FromIPAddress(address), (ushort)remote.GetUdpPort(i)))];

    public static bool IsGroup(IPAddress address)
    {
        var value = IPAddressValue.FromIPAddress(address);
        return value.IsMulticast || value.IsBroadcast;
    }

    private static SctpException Invalid(string message) => new(SctpErrno.EINVAL, message);
}
