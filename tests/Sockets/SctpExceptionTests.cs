using System.Net.Sockets;

namespace Kestrel.Sctp.Sockets.Tests;

public class SctpExceptionTests
{
    [Fact]
    public void Carries_errno_socket_error_message_and_cause()
    {
        var cause = new InvalidOperationException("cause");
        var e = new SctpException(SctpErrno.ECONNREFUSED, "10.0.0.1:7 refused in COOKIE-WAIT", cause);

        Assert.Equal(SocketError.ConnectionRefused, e.SocketErrorCode);
        Assert.Equal(SctpErrno.ECONNREFUSED, e.Errno);
        Assert.Equal("10.0.0.1:7 refused in COOKIE-WAIT", e.Message);
        Assert.Same(cause, ((Exception)e).InnerException);
        Assert.Contains("cause", e.ToString(), StringComparison.Ordinal);
        Assert.Null(new SctpException(SctpErrno.EINVAL, "no cause").InnerException);
    }

    [Fact]
    public void E2BIG_has_no_SocketError_of_its_own()
    {
        var e = new SctpException(SctpErrno.E2BIG, "129 addresses");
        Assert.Equal((SocketError.InvalidArgument, SctpErrno.E2BIG), (e.SocketErrorCode, e.Errno));
    }

    [Fact]
    public void A_SocketError_brings_its_errno()
    {
        Assert.Equal(SctpErrno.ETIMEDOUT, new SctpException(SocketError.TimedOut, "no answer").Errno);
        Assert.Equal(SctpErrno.None, new SctpException(SocketError.HostNotFound, "no such host").Errno);
    }

    [Theory]
    [InlineData(SctpErrno.E2BIG, SocketError.InvalidArgument, 7, 7, 7)]
    [InlineData(SctpErrno.EBADF, SocketError.OperationAborted, 9, 9, 9)]
    [InlineData(SctpErrno.EINVAL, SocketError.InvalidArgument, 22, 22, 22)]
    [InlineData(SctpErrno.ENOTSOCK, SocketError.NotSocket, 88, 38, 128)]
    [InlineData(SctpErrno.EISCONN, SocketError.IsConnected, 106, 56, 113)]
    [InlineData(SctpErrno.EALREADY, SocketError.AlreadyInProgress, 114, 37, 103)]
    [InlineData(SctpErrno.EINPROGRESS, SocketError.InProgress, 115, 36, 112)]
    [InlineData(SctpErrno.EADDRNOTAVAIL, SocketError.AddressNotAvailable, 99, 49, 101)]
    [InlineData(SctpErrno.EACCES, SocketError.AccessDenied, 13, 13, 13)]
    [InlineData(SctpErrno.EOPNOTSUPP, SocketError.OperationNotSupported, 95, 45, 130)]
    [InlineData(SctpErrno.ECONNREFUSED, SocketError.ConnectionRefused, 111, 61, 107)]
    [InlineData(SctpErrno.ETIMEDOUT, SocketError.TimedOut, 110, 60, 138)]
    [InlineData(SctpErrno.ENETUNREACH, SocketError.NetworkUnreachable, 101, 51, 118)]
    [InlineData(SctpErrno.EHOSTUNREACH, SocketError.HostUnreachable, 113, 65, 110)]
    [InlineData(SctpErrno.ENOMEM, SocketError.NoBufferSpaceAvailable, 12, 12, 12)]
    [InlineData(SctpErrno.ENOBUFS, SocketError.NoBufferSpaceAvailable, 105, 55, 119)]
    [InlineData(SctpErrno.EPROTONOSUPPORT, SocketError.ProtocolNotSupported, 93, 43, 135)]
    [InlineData(SctpErrno.ESOCKTNOSUPPORT, SocketError.SocketNotSupported, 94, 44, 10044)]
    public void Errno_numbers_are_those_of_each_system(SctpErrno errno, SocketError error, int linux, int freeBsd, int windows)
    {
        Assert.Equal(error, errno.ToSocketError());
        Assert.Equal(linux, (int)errno);
        Assert.Equal(freeBsd, SctpErrnoExtensions.ToBsdNumber(errno, isMacOS: false));
        Assert.Equal(windows, SctpErrnoExtensions.ToWindowsNumber(errno));
    }

    [Fact]
    public void Each_system_gives_each_errno_a_number_of_its_own()
    {
        var all = Enum.GetValues<SctpErrno>();
        Assert.Equal(all.Length, all.Select(e => SctpErrnoExtensions.ToBsdNumber(e, isMacOS: true)).Distinct().Count());
        Assert.Equal(all.Length, all.Select(e => SctpErrnoExtensions.ToBsdNumber(e, isMacOS: false)).Distinct().Count());
        Assert.Equal(all.Length, all.Select(SctpErrnoExtensions.ToWindowsNumber).Distinct().Count());
        Assert.All(all.Where(e => e is not SctpErrno.None and not SctpErrno.EIO), e => Assert.NotEqual(SocketError.SocketError, e.ToSocketError()));
    }

    [Fact]
    public void The_platform_number_is_that_of_this_system()
    {
        var expected = OperatingSystem.IsWindows() ? 138 : OperatingSystem.IsLinux() ? 110 : 60;
        Assert.Equal(expected, SctpErrno.ETIMEDOUT.ToPlatformNumber());
    }
}
