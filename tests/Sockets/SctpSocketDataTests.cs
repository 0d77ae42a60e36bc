using System.Security.Cryptography;

namespace Kestrel.Sctp.Sockets.Tests;

public class SctpSocketDataTests
{
    [Fact]
    public async Task Messages_go_both_ways()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;

        await client.SendAsync("hello");
        Assert.Equal("hello", await server.ReceiveTextAsync());
        await server.SendAsync("and to you");
        Assert.Equal("and to you", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task Stream_identifier_and_order_arrive_with_the_message()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;

        await client.SendAsync("m", new SctpSendInfo { StreamId = 7, PayloadProtocolId = 0x01020304, Unordered = true });

        var result = await server.ReceiveAsync(new byte[10], SocketExtensions.Timeout);
        Assert.Equal(
            new SctpReceiveResult { BytesReceived = 1, StreamId = 7, PayloadProtocolId = 0x01020304, IsUnordered = true, EndOfMessage = true }, result);
    }

    [Fact]
    public async Task A_megabyte_comes_back_whole()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        var payload = RandomNumberGenerator.GetBytes(1 << 20);

        var echo = Task.Run(async () => await server.SendAsync(await server.ReceiveMessageAsync(), default, SocketExtensions.Timeout));
        await client.SendAsync(payload, default, SocketExtensions.Timeout);

        Assert.Equal(payload, await client.ReceiveMessageAsync());
        await echo;
    }
}
