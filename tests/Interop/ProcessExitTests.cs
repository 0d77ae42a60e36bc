namespace Kestrel.Sctp.Interop.Tests;

/// <summary>A console client that sends, disposes and leaves Main.</summary>
public sealed class ProcessExitTests
{
    private const int Port = 5001;
    private const int MiB = 1 << 20;

    [Theory]
    [InlineData("using")]
    [InlineData("await using")]
    public async Task Usrsctp_has_every_byte_of_a_client_that_sends_disposes_and_exits(string how)
    {
        await using var server = await UsrsctpPeer.ListenAsync(new() { Bind = "127.0.0.1", Port = Port });

        await using var client = OwnProgram.Start(OwnProgram.SendAndExit, $"sctp+udp://127.0.0.1:{Port}?udp={server.Options.UdpPort}", how);
        Assert.Equal(0, await client.ExitAsync());

        var message = new byte[MiB];
        new Random(1).NextBytes(message);
        await server.EventAsync($"^MESSAGE #1 stream 0 ppid 0 ordered bytes {MiB} sum {MessagePattern.Sum(message)}$");
        await server.EventAsync("^SHUTDOWN_COMP #1 ");
    }

    [Fact]
    public async Task The_echo_sample_talks_to_usrsctp_and_exits()
    {
        await using var server = await UsrsctpPeer.ListenAsync(new() { Bind = "127.0.0.1", Port = Port, Echo = true, Quiet = true });

        await using var client = OwnProgram.Start(
            OwnProgram.EchoClient, $"sctp+udp://127.0.0.1:{Port}?udp={server.Options.UdpPort}", "--size", $"{MiB}", "--count", "3");

        await client.LineAsync("^association id [0-9]+ ");
        await client.LineAsync($"^echoed {3 * MiB} bytes$");
        Assert.Equal(0, await client.ExitAsync());
        await server.EventAsync("^SHUTDOWN_COMP #1 ");
    }
}
