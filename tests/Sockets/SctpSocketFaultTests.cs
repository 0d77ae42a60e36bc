using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Kestrel.Sctp.UserSpace;
using Microsoft.Extensions.Logging;

namespace Kestrel.Sctp.Sockets.Tests;

// What the network and the system may do to a socket that works.
public class SctpSocketFaultTests
{
    private static readonly IPAddress _second = IPAddress.Parse("127.0.0.2");

    private sealed class Log : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<(LogLevel Level, string Text, string? Thread)> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue((logLevel, formatter(state, exception), Thread.CurrentThread.Name));

        public async Task<string> WaitForAsync(string text)
        {
            var end = DateTime.UtcNow + Loopback.Patience;
            while (true)
            {
                if (Lines.FirstOrDefault(l => l.Text.Contains(text, StringComparison.Ordinal)).Text is { } line)
                {
                    return line;
                }
                Assert.True(DateTime.UtcNow < end, $"'{text}' was not logged.");
                await Task.Delay(5);
            }
        }
    }

    [Fact, Trait("Requirement", "R-128")]
    public async Task R_128_an_association_outlives_the_loss_of_its_local_address()
    {
        await using var loopback = Loopback.Listen();
        await using var stack = SctpStack.Open(0);
        await using var client = new SctpSocket(stack, new SctpOptions { RtoInitial = TimeSpan.FromMilliseconds(100), RtoMin = TimeSpan.FromMilliseconds(100), PathMaxRetransmits = 100, AssociationMaxRetransmits = 100 });
        client.Bind(new SctpEndPoint(_second, 0).OverUdp(0));
        await client.ConnectXAsync(loopback.Address, SocketExtensions.Timeout);
        await using var server = await loopback.Listener.AcceptAsync(SocketExtensions.Timeout);

        // As if the address had gone from the machine, and come back.
        stack.Carrier.Release([_second]);
        await client.SendAsync("through");
        Assert.Equal(SctpAssociationState.Established, client.State);
        stack.Carrier.Lease([_second]);

        Assert.Equal("through", await server.ReceiveTextAsync());
        await server.SendAsync("back");
        Assert.Equal("back", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task Random_datagrams_and_torn_packets_disturb_nobody()
    {
        var log = new Log();
        await using var stack = SctpStack.Open(0, loggerFactory: log);
        await using var listener = new SctpSocket(stack);
        listener.Bind(new SctpEndPoint(IPAddress.Loopback, 0).OverUdp(0));
        listener.Listen();
        await using var client = new SctpSocket();
        await client.ConnectXAsync(listener.LocalEndPoint!, SocketExtensions.Timeout);
        await using var server = await listener.AcceptAsync(SocketExtensions.Timeout);

        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var target = new IPEndPoint(IPAddress.Loopback, stack.UdpPort);
        var random = new Random(1);
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = new byte[random.Next(0, 200)];
            random.NextBytes(bytes);
            if (i % 2 == 0 && bytes.Length >= 16)
            {
                // Beyond the checksum: the header's tag and ports, then any chunk.
                System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)listener.LocalEndPoint!.Port);
                if (i % 4 == 0)
                {
                    bytes.AsSpan(4, 4).Clear();
                    bytes[12] = 1;
                }
                Protocol.Wire.Crc32c.WritePacketChecksum(bytes);
            }
            udp.SendTo(bytes, target);
        }

        await client.SendAsync("still here");
        Assert.Equal("still here", await server.ReceiveTextAsync());
        Assert.Equal(1, stack.LiveAssociations);
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task Its_life_is_logged_and_not_on_the_receive_thread()
    {
        var log = new Log();
        await using var loopback = Loopback.Listen();
        await using var client = new SctpSocket(loggerFactory: log);
        await client.ConnectXAsync(loopback.Address, SocketExtensions.Timeout);
        await using var server = await loopback.Listener.AcceptAsync(SocketExtensions.Timeout);
        server.Abort("the reason");

        Assert.Contains("127.0.0.1", await log.WaitForAsync("is up"));
        await log.WaitForAsync("the reason");
        Assert.All(log.Lines, line => Assert.DoesNotContain("SCTP", line.Thread ?? ""));
    }

    [Fact]
    public async Task Carrier_errors_do_not_flood_the_log()
    {
        var log = new Log();
        var stackLog = new StackLog(log);
        for (var i = 0; i < 10_000; i++)
        {
            stackLog.CarrierReceiveFailed(default, new InvalidOperationException());
            stackLog.SendFailed(default, default, SocketError.NetworkUnreachable);
        }
        await log.WaitForAsync("Receiving on");
        Assert.Single(log.Lines);
    }

    [Fact]
    public async Task A_reader_that_stops_stops_the_sender_and_memory_stays_bounded()
    {
        var (loopback, client, server) = await Loopback.ConnectAsync();
        await using var _ = loopback;
        const int total = 16 << 20;
        const int size = 8_192;
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            var message = new byte[size];
            for (; Volatile.Read(ref sent) < total; Interlocked.Add(ref sent, size))
            {
                await client.SendAsync(message, default, SocketExtensions.Timeout);
            }
        });

        // It stands still at some point: nothing is acknowledged any more, and what is buffered doesn't grow.
        int before;
        do
        {
            before = Volatile.Read(ref sent);
            await Task.Delay(300);
        }
        while (before != Volatile.Read(ref sent));
        Assert.InRange(before, 1 << 20, 3 << 20);

        var received = 0;
        while (received < total)
        {
            received += (await server.ReceiveMessageAsync())!.Length;
        }
        await sending;
    }
}
