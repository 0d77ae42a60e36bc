using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kestrel.Sctp.Sockets.Tests;

public class SctpInteropTests
{
    /// <summary>Sockaddrs one behind the other, as the running platform lays them out.</summary>
    private static byte[] Pack(params (string Address, int Port)[] list) =>
        [.. list.SelectMany(entry =>
        {
            var bytes = new IPEndPoint(IPAddress.Parse(entry.Address), entry.Port).Serialize().Buffer.ToArray();
            return bytes[..(entry.Address.Contains(':') ? 28 : 16)];
        })];

    private static void Fails(SctpErrno errno, SctpSocket? socket, byte[] sockaddrs, int count)
    {
        Assert.Equal(-1, SctpInterop.ConnectX(socket, sockaddrs, count, out var id));
        Assert.Equal(errno.ToPlatformNumber(), Marshal.GetLastPInvokeError());
        Assert.Equal(0, id);
    }

    [Fact, Trait("Requirement", "CX-26")]
    public async Task CX_26_success_is_0_and_the_id()
    {
        await using var loopback = Loopback.Listen();
        await using var socket = new SctpSocket();
        var list = Pack(("127.0.0.1", loopback.Address.Port), ("::1", loopback.Address.Port));

        Assert.Equal(0, SctpInterop.ConnectX(socket, list, 2, out var id, loopback.Address.UdpPort!.Value));

        Assert.Equal(socket.AssociationId, id);
        await socket.WaitForConnectAsync(SocketExtensions.Timeout);
    }

    [Fact, Trait("Requirement", "CX-27")]
    public void CX_27_a_count_that_needs_more_bytes_than_there_are_is_too_big()
    {
        using var socket = new SctpSocket();
        Fails(SctpErrno.E2BIG, socket, Pack(("127.0.0.1", 7), ("127.0.0.2", 7)), 3);
    }

    [Theory, Trait("Requirement", "CX-28")]
    [InlineData("127.0.0.2")]
    [InlineData("::1")]
    public void CX_28_a_last_sockaddr_that_is_cut_off_is_too_big(string last)
    {
        using var socket = new SctpSocket();
        Fails(SctpErrno.E2BIG, socket, Pack(("127.0.0.1", 7), (last, 7))[..^1], 2);
    }

    [Fact, Trait("Requirement", "CX-29")]
    public void CX_29_one_address_more_than_the_limit_is_too_big()
    {
        using var socket = new SctpSocket(new SctpOptions { MaxConnectAddresses = 2 });
        Fails(SctpErrno.E2BIG, socket, Pack(("127.0.0.1", 7), ("127.0.0.2", 7), ("127.0.0.3", 7)), 3);
    }

    [Fact, Trait("Requirement", "CX-30")]
    public void CX_30_a_disposed_socket_and_none_are_bad_descriptors()
    {
        var socket = new SctpSocket();
        socket.Dispose();
        Fails(SctpErrno.EBADF, socket, Pack(("127.0.0.1", 7)), 1);
        Fails(SctpErrno.EBADF, null, Pack(("127.0.0.1", 7)), 1);
    }

    [Fact, Trait("Requirement", "CX-31")]
    public void CX_31_no_address_is_invalid()
    {
        using var socket = new SctpSocket();
        Fails(SctpErrno.EINVAL, socket, Pack(("127.0.0.1", 7)), 0);
        Fails(SctpErrno.EINVAL, socket, Pack(("127.0.0.1", 7)), -1);
        Fails(SctpErrno.EINVAL, socket, [], 1);
    }

    [Theory, Trait("Requirement", "CX-32")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(99)]
    public void CX_32_a_family_that_is_neither_is_invalid_at_any_place(byte family)
    {
        using var socket = new SctpSocket();
        for (var place = 0; place < 3; place++)
        {
            var list = Pack(("127.0.0.1", 7), ("127.0.0.2", 7), ("127.0.0.3", 7));
            list[(place * 16) + (SctpInterop.HasLengthByte ? 1 : 0)] = family;
            Fails(SctpErrno.EINVAL, socket, list, 3);
        }
    }

    [Fact, Trait("Requirement", "CX-35")]
    public void CX_35_ports_that_differ_are_invalid_and_so_is_port_0()
    {
        using var socket = new SctpSocket();
        Fails(SctpErrno.EINVAL, socket, Pack(("127.0.0.1", 7), ("127.0.0.2", 8)), 2);
        Fails(SctpErrno.EINVAL, socket, Pack(("127.0.0.1", 0)), 1);
        Fails(SctpErrno.EINVAL, socket, Pack(("127.0.0.1", 7), ("224.0.0.1", 7)), 2);
    }

    [Fact]
    public void The_family_of_IPv6_is_the_platforms()
    {
        var bytes = new IPEndPoint(IPAddress.IPv6Loopback, 7).Serialize().Buffer.Span;
        Assert.Equal(SctpInterop.HasLengthByte ? bytes[1] : BinaryPrimitives.ReadUInt16LittleEndian(bytes), SctpInterop.AddressFamilyInet6);
    }

    [Fact]
    public async Task V15_a_connected_socket_is_connected()
    {
        var (loopback, client, _) = await Loopback.ConnectAsync();
        await using var __ = loopback;
        Fails(SctpErrno.EISCONN, client, Pack(("127.0.0.1", 7)), 1);
    }
}
