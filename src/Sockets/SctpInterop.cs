using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kestrel.Sctp;

/// <summary>The C form of the socket calls, for those who port C.</summary>
public static class SctpInterop
{
    private const int SockaddrInSize = 16;
    private const int SockaddrIn6Size = 28;

    /// <summary>
    /// sctp_connectx(3): starts an association with a peer of several addresses and gives its id at once; it does not wait
    /// until the association is up (<see cref="SctpSocket.WaitForConnectAsync"/> does).
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <param name="sockaddrs">
    /// sockaddr_in and sockaddr_in6 structures one behind the other without padding, in the layout of the running platform.
    /// </param>
    /// <param name="count">How many.</param>
    /// <param name="associationId">The association's id; 0 on failure.</param>
    /// <param name="remoteUdpPort">
    /// The peer's UDP port (SCTP_REMOTE_UDP_ENCAPS_PORT, RFC 6951, 6.1), which a sockaddr has no place for.
    /// </param>
    /// <returns>
    /// 0, or -1 with the errno, in the running platform's number, in <see cref="Marshal.GetLastPInvokeError"/>: E2BIG when the
    /// count needs more bytes than there are, or there are more addresses than allowed; EINVAL for no or an unusable address;
    /// EBADF for a disposed socket, or none; and as <see cref="SctpSocket.ConnectX"/> says. ENOTSOCK can't occur: the type of
    /// <paramref name="socket"/> rules out descriptors that are no sockets.
    /// </returns>
    public static int ConnectX(
        SctpSocket? socket, ReadOnlySpan<byte> sockaddrs, int count, out int associationId, int remoteUdpPort = SctpEndPoint.DefaultUdpPort)
    {
        associationId = 0;
        try
        {
            if (socket is null || socket.IsDisposed)
            {
                return Fail(SctpErrno.EBADF);
            }
            if (sockaddrs.IsEmpty || count <= 0 || remoteUdpPort is < 0 or > ushort.MaxValue)
            {
                return Fail(SctpErrno.EINVAL);
            }
            var error = TryRead(sockaddrs, count, socket.Options.MaxConnectAddresses, out var addresses, out var port);
            if (error != SctpErrno.None)
            {
                return Fail(error);
            }
            associationId = socket.ConnectX(new SctpEndPoint(addresses, port).OverUdp(remoteUdpPort));
            Marshal.SetLastPInvokeError(0);
            return 0;
        }
        catch (ObjectDisposedException)
        {
            return Fail(SctpErrno.EBADF);
        }
        catch (SctpException e)
        {
            return Fail(e.Errno);
        }
    }

    /// <summary>The platform's AF_INET6.</summary>
    internal static int AddressFamilyInet6 =>
        OperatingSystem.IsWindows() ? 23 : OperatingSystem.IsMacOS() ? 30 : OperatingSystem.IsFreeBSD() ? 28 : 10;

    /// <summary>The BSDs' sockaddr begins with its length; the family is the second byte.</summary>
    internal static bool HasLengthByte => OperatingSystem.IsMacOS() || OperatingSystem.IsFreeBSD();

    private static SctpErrno TryRead(ReadOnlySpan<byte> sockaddrs, int count, int limit, out List<IPAddress> addresses, out int port)
    {
        addresses = [];
        port = 0;
        if (count > limit || (long)count * SockaddrInSize > sockaddrs.Length)
        {
            return SctpErrno.E2BIG;
        }
        for (var i = 0; i < count; i++)
        {
            if (sockaddrs.Length < 2)
            {
                return SctpErrno.E2BIG;
            }
            var family = HasLengthByte ? sockaddrs[1] : MemoryMarshal.Read<ushort>(sockaddrs);
            var size = family == (int)AddressFamily.InterNetwork ? SockaddrInSize : family == AddressFamilyInet6 ? SockaddrIn6Size : 0;
            if (size == 0)
            {
                return SctpErrno.EINVAL;
            }
            if (sockaddrs.Length < size)
            {
                return SctpErrno.E2BIG;
            }
            var itsPort = BinaryPrimitives.ReadUInt16BigEndian(sockaddrs[2..]);
            if (i > 0 && itsPort != port)
            {
                return SctpErrno.EINVAL;
            }
            port = itsPort;
            addresses.Add(size == SockaddrInSize
                ? new IPAddress(sockaddrs.Slice(4, 4))
                : new IPAddress(sockaddrs.Slice(8, 16), MemoryMarshal.Read<uint>(sockaddrs[24..])));
            sockaddrs = sockaddrs[size..];
        }
        return SctpErrno.None;
    }

    private static int Fail(SctpErrno errno)
    {
        Marshal.SetLastPInvokeError(errno.ToPlatformNumber());
        return -1;
    }
}
