using System.Net;
using System.Net.Sockets;

namespace Kestrel.Sctp.Interop.Tests.Harness;

/// <summary>
/// UDP ports for the peers, each handed out once. They lie below the ephemeral range: a port that is free here can't be taken by
/// somebody's ephemeral socket before the peer has bound it, nor while a peer that was killed is started again.
/// </summary>
internal static class UdpPorts
{
    private const int First = 20_000;
    private const int Count = 12_000;

    private static int _next = Random.Shared.Next(Count);

    public static int Take()
    {
        for (var attempts = 0; attempts < Count; attempts++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Any, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken by somebody else: the next one.
            }
        }

        throw new InvalidOperationException($"No free UDP port in {First}..{First + Count - 1}.");
    }
}
