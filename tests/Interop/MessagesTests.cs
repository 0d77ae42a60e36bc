using System.Net;

namespace Kestrel.Sctp.Interop.Tests;

/// <summary>Messages and bytes of all sizes between usrsctp and our stack, in both directions at once: each is echoed.</summary>
public sealed class MessagesTests
{
    private const int Port = 5001;
    private const int KiB = 1024;
    private const int MiB = 1024 * KiB;

    [Theory]
    [InlineData(1, 200)]
    [InlineData(1_400, 200)]
    [InlineData(8_192, 100)]
    [InlineData(65_536, 20)]
    [InlineData(MiB, 4)]
    public async Task Bytes_of_usrsctp_come_back_through_kestrels_pipes(int size, int count)
    {
        await using var server = await KestrelServer.EchoAsync();
        await using var client = await UsrsctpPeer.ConnectAsync(server.Peer() with { Quiet = true });
        await client.UpAsync();

        await client.ExchangeBytesAsync(count, size);
        await client.ExchangeBytesAsync(1, size);
    }

    [Theory]
    [InlineData(1, 200)]
    [InlineData(1_400, 200)]
    [InlineData(8_192, 100)]
    [InlineData(65_536, 20)]
    [InlineData(MiB, 4)]
    public async Task Messages_of_usrsctp_come_back_whole_with_stream_ppid_and_order(int size, int count)
    {
        await using var server = SctpEchoServer.Start();
        await using var client = await UsrsctpPeer.ConnectAsync(server.Peer() with { Quiet = true });
        await client.UpAsync();

        await client.ExchangeAsync(count, size, streams: 7, ppid: 46);
        await client.ExchangeAsync(count, size, streams: 3, ppid: 0xFEDCBA98, unordered: true);
        await client.ExchangeAsync(1, size, ppid: 1);
    }

    [Theory]
    [InlineData(1, 200)]
    [InlineData(1_400, 200)]
    [InlineData(8_192, 100)]
    [InlineData(65_536, 20)]
    [InlineData(MiB, 4)]
    public async Task Our_messages_come_back_whole_with_stream_ppid_and_order(int size, int count)
    {
        await using var server = await UsrsctpPeer.ListenAsync(new() { Bind = "127.0.0.1", Port = Port, Echo = true });
        await using var socket = new SctpSocket();
        await socket.ConnectXAsync(EndPointOf(server)).AsTask().WaitAsync(ChildProgram.Patience);

        await socket.ExchangeAsync(count, size, streams: 7, ppid: 46);
        await socket.ExchangeAsync(count, size, streams: 3, ppid: 0xFEDCBA98, unordered: true);

        // What usrsctp saw of the first message, not only what it sent back.
        await server.EventAsync($"^MESSAGE #1 stream 0 ppid 46 ordered bytes {size} sum {MessagePattern.Sum(MessagePattern.Create(size, 0))}$");
        await server.EventAsync($"^MESSAGE #1 stream 2 ppid {0xFEDCBA98} unordered bytes {size} ");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8_192)]
    [InlineData(MiB)]
    [InlineData(4 * MiB)]
    public async Task Bytes_of_our_client_come_back(int size)
    {
        await using var server = await UsrsctpPeer.ListenAsync(new() { Bind = "127.0.0.1", Port = Port, Echo = true, Quiet = true });
        await using var factory = new SctpConnectionFactory();
        await using var connection = await factory.ConnectAsync(EndPointOf(server)).AsTask().WaitAsync(ChildProgram.Patience);

        await connection.EchoAsync(MessagePattern.Create(size, 1));
        await connection.EchoAsync(MessagePattern.Create(size, 2));
    }

    [Fact]
    public async Task Messages_larger_than_our_receive_buffer_are_given_out_in_parts()
    {
        await using var server = SctpEchoServer.Start(new() { ReceiveBufferSize = 16 * KiB });
        await using var client = await UsrsctpPeer.ConnectAsync(server.Peer() with { Quiet = true });
        await client.UpAsync();

        await client.ExchangeAsync(4, 200_000, streams: 2, ppid: 5);
        await client.ExchangeAsync(4, 200_000, ppid: 6, unordered: true);
        await client.ExchangeAsync(50, 3_000, streams: 10, ppid: 7);

        Assert.True(server.MostParts > 1, "no message came in parts");
    }

    [Fact]
    public async Task A_small_receive_buffer_stops_usrsctp_and_lets_it_go_on()
    {
        await using var server = await KestrelServer.StartAsync(sctp => sctp.ReceiveBufferSize = 16 * KiB);
        await using var client = await UsrsctpPeer.ConnectAsync(server.Peer() with { Quiet = true });
        await client.UpAsync();
        await using var connection = await server.AcceptAsync();

        await client.SendAsync(MiB, seed: 9);
        var message = await connection.Context.ReadExactlyAsync(MiB);

        Assert.Equal(MessagePattern.Create(MiB, 9), message);
    }

    [Fact]
    public async Task Our_messages_larger_than_usrsctps_receive_buffer_come_back()
    {
        await using var server = await UsrsctpPeer.ListenAsync(
            new() { Bind = "127.0.0.1", Port = Port, Echo = true, Quiet = true, ReceiveBuffer = 16 * KiB });
        await using var socket = new SctpSocket();
        await socket.ConnectXAsync(EndPointOf(server)).AsTask().WaitAsync(ChildProgram.Patience);

        await socket.ExchangeAsync(4, 200_000, streams: 2, ppid: 5);
        await socket.ExchangeAsync(50, 3_000, streams: 10, ppid: 7);
    }

    [Fact]
    public async Task Windows_that_closed_both_ways_open_again()
    {
        const int Count = 100;
        const int Size = 100_000;
        await using var server = await UsrsctpPeer.ListenAsync(
            new() { Bind = "127.0.0.1", Port = Port, Echo = true, Quiet = true, ReceiveBuffer = 16 * KiB });
        await using var socket = new SctpSocket(new SctpOptions { ReceiveBufferSize = 16 * KiB });
        await socket.ConnectXAsync(EndPointOf(server)).AsTask().WaitAsync(ChildProgram.Patience);

        // Nothing is read: the echoes fill our receive buffer and usrsctp's send buffer, then it stops reading, and we sending.
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            for (uint seed = 0; seed < Count; seed++)
            {
                await socket.SendAsync(MessagePattern.Create(Size, seed)).AsTask().WaitAsync(2 * ChildProgram.Patience);
                Interlocked.Increment(ref sent);
            }
        });
        await StandstillAsync(() => Volatile.Read(ref sent));
        Assert.InRange(sent, 1, Count - 1);

        for (uint seed = 0; seed < Count; seed++)
        {
            var message = await socket.ReceiveMessageAsync();
            Assert.True(MessagePattern.Create(Size, seed).AsSpan().SequenceEqual(message!.Bytes), $"message {seed} has other bytes");
        }

        await sending;
    }

    /// <summary>
    /// Waits until a count stands still long enough for both ends to probe the closed windows (RTO.Min is 1 s). On a machine too busy
    /// for that the windows open earlier: the test then tests less, it doesn't fail.
    /// </summary>
    private static async Task StandstillAsync(Func<int> count)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var (last, still) = (-1, 0); still < 25; last = count())
        {
            await timer.WaitForNextTickAsync();
            still = count() == last ? still + 1 : 0;
        }
    }

    private static SctpEndPoint EndPointOf(UsrsctpPeer server)
        => new SctpEndPoint([IPAddress.Loopback], Port).OverUdp(server.Options.UdpPort);
}
