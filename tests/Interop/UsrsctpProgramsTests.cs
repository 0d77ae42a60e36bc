using System.Globalization;
using System.Text.RegularExpressions;

namespace Kestrel.Sctp.Interop.Tests;

/// <summary>
/// The programs that usrsctp brings, as they are, against our server and our client. Their threads print debug output without ends of
/// lines in between: what they say about data may stand anywhere in a line.
/// </summary>
public sealed class UsrsctpProgramsTests
{
    [Fact]
    public async Task Lines_of_usrsctps_client_come_back_from_kestrel()
    {
        await using var server = await KestrelServer.EchoAsync();
        await using var client = ChildProgram.StartForeign(
            Usrsctp.Program("client"), "127.0.0.1", $"{server.Port}", "0", $"{UdpPorts.Take()}", $"{server.UdpPort}");

        foreach (var line in (string[])["hello", "a second line", new string('x', 200)])
        {
            await client.WriteLineAsync(line);
            await client.LineAsync($"{line}$");
        }

        client.CloseInput();
        Assert.Equal(0, await client.ExitAsync());
    }

    [Theory]
    [InlineData(1, 2_000, false)]
    [InlineData(1_000, 2_000, false)]
    [InlineData(1_000, 2_000, true)]
    [InlineData(60_000, 200, false)]
    public async Task Every_byte_that_tsctp_sends_arrives_in_kestrel(int length, int count, bool unordered)
    {
        await using var server = await KestrelServer.StartAsync();
        await using var tsctp = ChildProgram.StartForeign(
            Usrsctp.Program("tsctp"),
            [
                "-E", $"{UdpPorts.Take()}", "-U", $"{server.UdpPort}", "-p", $"{server.Port}", "-l", $"{length}", "-n", $"{count}",
                .. unordered ? ["-u"] : Array.Empty<string>(), "127.0.0.1",
            ]);
        await using var connection = await server.AcceptAsync();

        var (bytes, end) = await connection.Context.ReadToEndAsync();

        Assert.Null(end);
        Assert.Equal((long)length * count, bytes.Length);
        connection.Finish();
        Assert.Equal(0, await tsctp.ExitAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(8_192)]
    [InlineData(10_240)]
    public async Task Messages_come_back_from_usrsctps_echo_server_with_stream_and_ppid(int size)
    {
        await using var server = await UsrsctpServer.StartAsync("echo_server", 7);
        await using var socket = new SctpSocket();
        await socket.ConnectXAsync(server.EndPoint).AsTask().WaitAsync(ChildProgram.Patience);

        await socket.ExchangeAsync(20, size, streams: 5, ppid: 46);
        await socket.ExchangeAsync(20, size, streams: 5, ppid: 0x01020304, unordered: true);

        // In host byte order over there as well. What it prints comes later than its echo, but in order.
        await server.LineAsync($"Msg of length {size} received .* on stream 4 with .*, PPID {0x01020304},");
        Assert.Equal(20, server.Lines.Count(line => Received(line) == size && line.Contains(", PPID 46,", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(8_192)]
    [InlineData(10_240)]
    [InlineData(200_000)]
    public async Task Bytes_of_a_connection_come_back_from_usrsctps_echo_server(int size)
    {
        await using var server = await UsrsctpServer.StartAsync("echo_server", 7);
        await using var factory = new SctpConnectionFactory();
        await using var connection = await factory.ConnectAsync(server.EndPoint).AsTask().WaitAsync(ChildProgram.Patience);

        await connection.EchoAsync(MessagePattern.Create(size, 1));
        await connection.EchoAsync(MessagePattern.Create(size, 2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10_000)]
    [InlineData(300_000)]
    public async Task Every_byte_arrives_in_usrsctps_discard_server(int size)
    {
        await using var server = await UsrsctpServer.StartAsync("discard_server", 9);
        await using var factory = new SctpConnectionFactory();
        await using (var connection = await factory.ConnectAsync(server.EndPoint).AsTask().WaitAsync(ChildProgram.Patience))
        {
            await connection.WriteAsync(MessagePattern.Create(size, 1));
        } // ends the association when all is acknowledged

        var (from, sum) = (0, 0L);
        while (sum < size)
        {
            await server.LineAsync("Msg of length ", from);
            var lines = server.Lines;
            sum += lines.Skip(from).Sum(Received);
            from = lines.Count;
        }

        Assert.Equal(size, sum);
    }

    private static long Received(string line)
        => Regex.Match(line, "Msg of length ([0-9]+) ") is { Success: true } match ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
}
