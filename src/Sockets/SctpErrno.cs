using System.Net.Sockets;

namespace Kestrel.Sctp;

/// <summary>
/// The errors of the SCTP socket calls by their names in C (sctp_connectx(3), RFC 6458). A member's value is the number Linux gives
/// to it on x64 and arm64; <see cref="SctpErrnoExtensions.ToPlatformNumber"/> is the number on the running system.
/// </summary>
public enum SctpErrno
{
    /// <summary>No errno: the error comes from elsewhere than a socket call, such as the lookup of a name.</summary>
    None = 0,

    /// <summary>Input or output error: the peer, or this end, broke a rule of the protocol.</summary>
    EIO = 5,

    /// <summary>The address list is longer than its buffer, or than the limit.</summary>
    E2BIG = 7,

    /// <summary>The socket is closed or was never one of ours.</summary>
    EBADF = 9,

    /// <summary>The call would have to wait.</summary>
    EAGAIN = 11,

    /// <summary>No memory, or a limit of associations is reached.</summary>
    ENOMEM = 12,

    /// <summary>A right is missing, such as that to a low port or a raw socket.</summary>
    EACCES = 13,

    /// <summary>An argument is wrong: an address, its family or port, a stream, a flag.</summary>
    EINVAL = 22,

    /// <summary>The association can send no more.</summary>
    EPIPE = 32,

    /// <summary>The descriptor is not a socket.</summary>
    ENOTSOCK = 88,

    /// <summary>The message is longer than can be sent.</summary>
    EMSGSIZE = 90,

    /// <summary>The system's kernel has no SCTP.</summary>
    EPROTONOSUPPORT = 93,

    /// <summary>The system has no such type of socket for SCTP.</summary>
    ESOCKTNOSUPPORT = 94,

    /// <summary>The operation is not for this kind of socket.</summary>
    EOPNOTSUPP = 95,

    /// <summary>The address family is not supported.</summary>
    EAFNOSUPPORT = 97,

    /// <summary>The address and port are in use.</summary>
    EADDRINUSE = 98,

    /// <summary>The address is not one of this machine, or not one that can be used here.</summary>
    EADDRNOTAVAIL = 99,

    /// <summary>The network is down.</summary>
    ENETDOWN = 100,

    /// <summary>No route leads to any of the addresses.</summary>
    ENETUNREACH = 101,

    /// <summary>This end aborted the association.</summary>
    ECONNABORTED = 103,

    /// <summary>The peer aborted the association, or restarted.</summary>
    ECONNRESET = 104,

    /// <summary>A buffer limit is reached.</summary>
    ENOBUFS = 105,

    /// <summary>The socket is connected or listening, or an address belongs to an association that is up.</summary>
    EISCONN = 106,

    /// <summary>The socket has no association.</summary>
    ENOTCONN = 107,

    /// <summary>The socket has been shut down.</summary>
    ESHUTDOWN = 108,

    /// <summary>The peer did not answer.</summary>
    ETIMEDOUT = 110,

    /// <summary>The peer refused the association.</summary>
    ECONNREFUSED = 111,

    /// <summary>No host answers at any of the addresses.</summary>
    EHOSTUNREACH = 113,

    /// <summary>An association with one of the addresses is being set up.</summary>
    EALREADY = 114,

    /// <summary>The association is being set up; the call did not wait for it.</summary>
    EINPROGRESS = 115,

    /// <summary>The operation was cancelled.</summary>
    ECANCELED = 125,
}

/// <summary>An <see cref="SctpErrno"/> as .NET's and as the running system's number.</summary>
public static class SctpErrnoExtensions
{
    /// <summary>The errno's number on the running system: Linux's, the BSDs' (macOS among them), or that of Windows' C library.</summary>
    public static int ToPlatformNumber(this SctpErrno errno)
    {
        if (OperatingSystem.IsWindows())
        {
            return ToWindowsNumber(errno);
        }

        return OperatingSystem.IsMacOS() || OperatingSystem.IsFreeBSD() ? ToBsdNumber(errno, OperatingSystem.IsMacOS()) : (int)errno;
    }

    /// <summary>
    /// The <see cref="SocketError"/> that stands for the errno. There is none for <see cref="SctpErrno.E2BIG"/>: it is an
    /// <see cref="SocketError.InvalidArgument"/>, told apart by <see cref="SctpException.Errno"/>.
    /// </summary>
    public static SocketError ToSocketError(this SctpErrno errno) => errno switch
    {
        SctpErrno.E2BIG or SctpErrno.EINVAL => SocketError.InvalidArgument,
        SctpErrno.EBADF or SctpErrno.ECANCELED => SocketError.OperationAborted,
        SctpErrno.EAGAIN => SocketError.WouldBlock,
        SctpErrno.ENOMEM or SctpErrno.ENOBUFS => SocketError.NoBufferSpaceAvailable,
        SctpErrno.EACCES => SocketError.AccessDenied,
        SctpErrno.EPIPE or SctpErrno.ESHUTDOWN => SocketError.Shutdown,
        SctpErrno.ENOTSOCK => SocketError.NotSocket,
        SctpErrno.EMSGSIZE => SocketError.MessageSize,
        SctpErrno.EPROTONOSUPPORT => SocketError.ProtocolNotSupported,
        SctpErrno.ESOCKTNOSUPPORT => SocketError.SocketNotSupported,
        SctpErrno.EOPNOTSUPP => SocketError.OperationNotSupported,
        SctpErrno.EAFNOSUPPORT => SocketError.AddressFamilyNotSupported,
        SctpErrno.EADDRINUSE => SocketError.AddressAlreadyInUse,
        SctpErrno.EADDRNOTAVAIL => SocketError.AddressNotAvailable,
        SctpErrno.ENETDOWN => SocketError.NetworkDown,
        SctpErrno.ENETUNREACH => SocketError.NetworkUnreachable,
        SctpErrno.ECONNABORTED => SocketError.ConnectionAborted,
        SctpErrno.ECONNRESET => SocketError.ConnectionReset,
        SctpErrno.EISCONN => SocketError.IsConnected,
        SctpErrno.ENOTCONN => SocketError.NotConnected,
        SctpErrno.ETIMEDOUT => SocketError.TimedOut,
        SctpErrno.ECONNREFUSED => SocketError.ConnectionRefused,
        SctpErrno.EHOSTUNREACH => SocketError.HostUnreachable,
        SctpErrno.EALREADY => SocketError.AlreadyInProgress,
        SctpErrno.EINPROGRESS => SocketError.InProgress,
        _ => SocketError.SocketError,
    };

    /// <summary>
    /// The errno that stands for a <see cref="SocketError"/>, <see cref="SctpErrno.None"/> where there is none (a name that does not
    /// resolve). <see cref="SocketError.InvalidArgument"/> is <see cref="SctpErrno.EINVAL"/>.
    /// </summary>
    public static SctpErrno ToErrno(this SocketError error) => error switch
    {
        SocketError.SocketError => SctpErrno.EIO,
        SocketError.InvalidArgument => SctpErrno.EINVAL,
        SocketError.OperationAborted or SocketError.Interrupted => SctpErrno.ECANCELED,
        SocketError.WouldBlock => SctpErrno.EAGAIN,
        SocketError.NoBufferSpaceAvailable => SctpErrno.ENOBUFS,
        SocketError.AccessDenied => SctpErrno.EACCES,
        SocketError.Shutdown => SctpErrno.EPIPE,
        SocketError.NotSocket => SctpErrno.ENOTSOCK,
        SocketError.MessageSize => SctpErrno.EMSGSIZE,
        SocketError.ProtocolNotSupported => SctpErrno.EPROTONOSUPPORT,
        SocketError.SocketNotSupported => SctpErrno.ESOCKTNOSUPPORT,
        SocketError.OperationNotSupported => SctpErrno.EOPNOTSUPP,
        SocketError.AddressFamilyNotSupported => SctpErrno.EAFNOSUPPORT,
        SocketError.AddressAlreadyInUse => SctpErrno.EADDRINUSE,
        SocketError.AddressNotAvailable => SctpErrno.EADDRNOTAVAIL,
        SocketError.NetworkDown => SctpErrno.ENETDOWN,
        SocketError.NetworkUnreachable => SctpErrno.ENETUNREACH,
        SocketError.ConnectionAborted => SctpErrno.ECONNABORTED,
        SocketError.ConnectionReset => SctpErrno.ECONNRESET,
        SocketError.IsConnected => SctpErrno.EISCONN,
        SocketError.NotConnected => SctpErrno.ENOTCONN,
        SocketError.TimedOut => SctpErrno.ETIMEDOUT,
        SocketError.ConnectionRefused => SctpErrno.ECONNREFUSED,
        SocketError.HostUnreachable => SctpErrno.EHOSTUNREACH,
        SocketError.AlreadyInProgress => SctpErrno.EALREADY,
        SocketError.InProgress => SctpErrno.EINPROGRESS,
        _ => SctpErrno.None,
    };

    // <sys/errno.h> of FreeBSD 14 and macOS 14; EIO to EPIPE are the same everywhere, EAGAIN aside.
    internal static int ToBsdNumber(SctpErrno errno, bool isMacOS) => errno switch
    {
        SctpErrno.EAGAIN => 35,
        SctpErrno.EINPROGRESS => 36,
        SctpErrno.EALREADY => 37,
        SctpErrno.ENOTSOCK => 38,
        SctpErrno.EMSGSIZE => 40,
        SctpErrno.EPROTONOSUPPORT => 43,
        SctpErrno.ESOCKTNOSUPPORT => 44,
        SctpErrno.EOPNOTSUPP => isMacOS ? 102 : 45,
        SctpErrno.EAFNOSUPPORT => 47,
        SctpErrno.EADDRINUSE => 48,
        SctpErrno.EADDRNOTAVAIL => 49,
        SctpErrno.ENETDOWN => 50,
        SctpErrno.ENETUNREACH => 51,
        SctpErrno.ECONNABORTED => 53,
        SctpErrno.ECONNRESET => 54,
        SctpErrno.ENOBUFS => 55,
        SctpErrno.EISCONN => 56,
        SctpErrno.ENOTCONN => 57,
        SctpErrno.ESHUTDOWN => 58,
        SctpErrno.ETIMEDOUT => 60,
        SctpErrno.ECONNREFUSED => 61,
        SctpErrno.EHOSTUNREACH => 65,
        SctpErrno.ECANCELED => isMacOS ? 89 : 85,
        _ => (int)errno,
    };

    // <errno.h> of Windows' C library; what it lacks has the number of <winsock2.h>.
    internal static int ToWindowsNumber(SctpErrno errno) => errno switch
    {
        SctpErrno.EADDRINUSE => 100,
        SctpErrno.EADDRNOTAVAIL => 101,
        SctpErrno.EAFNOSUPPORT => 102,
        SctpErrno.EALREADY => 103,
        SctpErrno.ECANCELED => 105,
        SctpErrno.ECONNABORTED => 106,
        SctpErrno.ECONNREFUSED => 107,
        SctpErrno.ECONNRESET => 108,
        SctpErrno.EHOSTUNREACH => 110,
        SctpErrno.EINPROGRESS => 112,
        SctpErrno.EISCONN => 113,
        SctpErrno.EMSGSIZE => 115,
        SctpErrno.ENETDOWN => 116,
        SctpErrno.ENETUNREACH => 118,
        SctpErrno.ENOBUFS => 119,
        SctpErrno.ENOTCONN => 126,
        SctpErrno.ENOTSOCK => 128,
        SctpErrno.EOPNOTSUPP => 130,
        SctpErrno.EPROTONOSUPPORT => 135,
        SctpErrno.ETIMEDOUT => 138,
        SctpErrno.ESOCKTNOSUPPORT => 10044,
        SctpErrno.ESHUTDOWN => 10058,
        _ => (int)errno,
    };
}
