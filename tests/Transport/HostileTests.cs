using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Kestrel.Sctp.Transport.Tests;

/// <summary>Bad input by a raw UDP socket to a live server: existing echoes go on, no exception escapes, and the log is not flooded.</summary>
[Trait("Requirement", "R-125")]
public sealed class HostileTests : IAsyncLifetime
{
    private readonly LogList _log = new();
    private readonly SctpConnectionFactory _factory = new();
    private readonly UdpClient _udp = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly List<Exception> _unobserved = [];
    private WebApplication _app = null!;
    private ConnectionContext _existing = null!;
    private IPEndPoint _server = null!;
    private ushort _serverPort;

    public async ValueTask InitializeAsync()
    {
        TaskScheduler.UnobservedTaskException += OnUnobserved;
        _app = await Host.StartEchoAsync(configure: b =>
        {
            b.Logging.AddProvider(_log);
            b.Logging.SetMinimumLevel(LogLevel.Information);
        });
        var endPoint = _app.GetSctp();
        _server = new IPEndPoint(IPAddress.Loopback, endPoint.UdpPort!.Value);
        _serverPort = (ushort)endPoint.Port;
        _existing = await _factory.ConnectAsync(endPoint);
        Assert.Equal([1], await _existing.EchoAsync([1]));
        _log.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _existing.DisposeAsync();
        await _factory.DisposeAsync();
        await _app.DisposeAsync();
        _udp.Dispose();
        TaskScheduler.UnobservedTaskException -= OnUnobserved;
    }

    [Fact]
    public async Task Random_bytes()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var packet = new byte[random.Next(0, 600)];
            random.NextBytes(packet);
            if (i % 2 == 0 && packet.Length >= 12)
            {
                // Further in than the checksum.
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), _serverPort);
                WriteChecksum(packet);
            }

            Send(packet);
            await PaceAsync(i);
        }

        await AssertUnharmedAsync();
    }

    [Fact]
    public async Task Recorded_packets_cut_at_each_byte_and_with_each_length_lying()
    {
        var packets = await RecordAsync();
        Assert.True(packets.Count >= 8, $"only {packets.Count} packets recorded");
        var sent = 0;
        foreach (var packet in packets.Where(p => p.Length < 1000).Concat(packets.Where(p => p.Length >= 1000).Take(1)))
        {
            for (var length = 0; length < packet.Length; length++)
            {
                await SendAsync(packet[..length]);
            }

            // Each 16-bit word may be a length: of a chunk, a parameter, a cause.
            for (var at = 12; at + 2 <= Math.Min(packet.Length, 200); at += 2)
            {
                foreach (ushort lie in (ushort[])[0, 1, 3, 4, 5, 7, 0x7FFF, 0xFFFF])
                {
                    var lying = (byte[])packet.Clone();
                    BinaryPrimitives.WriteUInt16BigEndian(lying.AsSpan(at), lie);
                    await SendAsync(lying);
                }
            }
        }

        await AssertUnharmedAsync();

        async Task SendAsync(byte[] packet)
        {
            if (packet.Length >= 12)
            {
                WriteChecksum(packet);
            }

            Send(packet);
            await PaceAsync(sent++);
        }
    }

    [Fact]
    public async Task A_flood_of_INITs()
    {
        for (var i = 0; i < 20_000; i++)
        {
            Send(Init((ushort)(1 + (i % 60_000)), (uint)i + 1));
            await PaceAsync(i);
        }

        await AssertUnharmedAsync();
    }

    [Fact]
    public async Task Wrong_tags()
    {
        var packets = await RecordAsync();
        var random = new Random(2);
        for (var i = 0; i < 20_000; i++)
        {
            var packet = (byte[])packets[i % packets.Count].Clone();
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), (uint)random.NextInt64());
            WriteChecksum(packet);
            Send(packet);
            await PaceAsync(i);
        }

        await AssertUnharmedAsync();
    }

    [Fact]
    public async Task Forged_aborts_and_data_in_the_name_of_a_live_client()
    {
        // The right ports and address, every chunk type, any tag but the right one.
        var remotePort = (ushort)((IPEndPoint)_existing.RemoteEndPoint!).Port;
        var localPort = (ushort)((SctpEndPoint)_existing.LocalEndPoint!).Port;
        Assert.Equal(_serverPort, remotePort);
        for (var type = 0; type < 256; type++)
        {
            foreach (var flags in (byte[])[0, 1])
            {
                var packet = new byte[12 + 20];
                WriteHeader(packet, localPort, (uint)(type * 7919) + 1);
                packet[12] = (byte)type;
                packet[13] = flags;
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(14), 20);
                WriteChecksum(packet);
                Send(packet);
            }
        }

        await AssertUnharmedAsync();
    }

    private void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs e)
    {
        lock (_unobserved)
        {
            _unobserved.Add(e.Exception);
        }
    }

    private void Send(byte[] packet) => _udp.Send(packet, _server);

    /// <summary>Lets the server keep up: what the system's buffer drops tests nothing.</summary>
    private async Task PaceAsync(int i)
    {
        if (i % 200 == 199)
        {
            Assert.Equal([(byte)i], await _existing.EchoAsync([(byte)i]));
        }
    }

    private async Task AssertUnharmedAsync()
    {
        var payload = RandomNumberGenerator.GetBytes(100_000);
        Assert.Equal(payload, await _existing.EchoAsync(payload));
        await _app.AssertEchoesAsync();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        lock (_unobserved)
        {
            Assert.Empty(_unobserved);
        }

        Assert.DoesNotContain(_log.Entries, e => e.Level >= LogLevel.Error || e.Error is not null);
        Assert.InRange(_log.Entries.Count(e => e.Level >= LogLevel.Information && e.Category.StartsWith("Kestrel.Sctp", StringComparison.Ordinal)), 0, 20);
    }

    /// <summary>The packets of a client through its whole life: set-up, data, acknowledgements, shutdown.</summary>
    private async Task<List<byte[]>> RecordAsync()
    {
        var packets = new List<byte[]>();
        using var here = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var there = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        IPEndPoint? client = null;
        var forth = Task.Run(async () =>
        {
            while (true)
            {
                var datagram = await here.ReceiveAsync();
                client = datagram.RemoteEndPoint;
                lock (packets)
                {
                    packets.Add(datagram.Buffer);
                }

                await there.SendAsync(datagram.Buffer, _server);
            }
        });
        var back = Task.Run(async () =>
        {
            while (true)
            {
                var datagram = await there.ReceiveAsync();
                await here.SendAsync(datagram.Buffer, client!);
            }
        });

        var relay = new SctpEndPoint(IPAddress.Loopback, _serverPort).OverUdp(((IPEndPoint)here.Client.LocalEndPoint!).Port);
        await using (var factory = new SctpConnectionFactory())
        {
            await using var connection = await factory.ConnectAsync(relay);
            foreach (var length in (int[])[1, 30, 500, 5000])
            {
                var payload = RandomNumberGenerator.GetBytes(length);
                Assert.Equal(payload, await connection.EchoAsync(payload));
            }
        }

        here.Dispose();
        there.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => forth);
        await Assert.ThrowsAnyAsync<Exception>(() => back);
        return packets;
    }

    private byte[] Init(ushort sourcePort, uint tag)
    {
        var packet = new byte[12 + 20];
        WriteHeader(packet, sourcePort, 0);
        packet[12] = 1; // INIT
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(14), 20);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(16), tag);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(20), 100_000); // a_rwnd
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(24), 10);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(26), 10);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(28), tag);
        WriteChecksum(packet);
        return packet;
    }

    private void WriteHeader(byte[] packet, ushort sourcePort, uint verificationTag)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), _serverPort);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), verificationTag);
    }

    /// <summary>CRC32c, least significant byte first (RFC 9260, appendix A).</summary>
    private static void WriteChecksum(byte[] packet)
    {
        packet.AsSpan(8, 4).Clear();
        var crc = uint.MaxValue;
        foreach (var b in packet)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(8), ~crc);
    }
}
