using System.Diagnostics;
using Microsoft.AspNetCore.Connections;

namespace Kestrel.Sctp.Transport.Tests;

/// <summary>The samples as a user runs them.</summary>
public class SampleTests
{
    [Fact]
    public async Task The_demo_gets_past_the_dead_address_and_shows_it()
    {
        var (exitCode, output) = await RunAsync("EchoServer", null, "--demo");

        Assert.Equal(0, exitCode);
        Assert.Contains(output, line => line.StartsWith("listening on sctp+udp://127.0.0.1,", StringComparison.Ordinal));
        Assert.Contains(output, line => line.StartsWith("association id ", StringComparison.Ordinal) && int.Parse(line.AsSpan(15)) > 0);
        Assert.Contains("listed 127.0.0.9", output);
        Assert.Contains("discarded 127.0.0.9", output);
        Assert.Contains(output, line => line.StartsWith("live 127.0.0.1 active, primary", StringComparison.Ordinal));
        Assert.Contains("echoed 1048576 bytes", output);
    }

    [Fact]
    public async Task The_client_echoes_a_message_payloads_or_standard_input()
    {
        await using var app = await Host.StartEchoAsync();
        var server = app.GetSctp().ToString();

        var (exitCode, output) = await RunAsync("EchoClient", null, server, "--message", "good morning");
        Assert.Equal(0, exitCode);
        Assert.Contains("good morning", output);
        Assert.Contains("echoed 12 bytes", output);

        (exitCode, output) = await RunAsync("EchoClient", null, server, "--size", "300000", "--count", "5");
        Assert.Equal(0, exitCode);
        Assert.Contains("echoed 1500000 bytes", output);

        (exitCode, output) = await RunAsync("EchoClient", "one\ntwo\n", server);
        Assert.Equal(0, exitCode);
        Assert.Contains("two", output);
        Assert.Contains("echoed 8 bytes", output);
    }

    [Fact]
    public async Task The_client_fails_when_not_every_byte_comes_back()
    {
        await using var app = await Host.StartEchoAsync(listen: l => l.Run(async connection =>
        {
            var read = await connection.Transport.Input.ReadAsync();
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            await connection.Transport.Output.WriteAsync(new byte[] { 1 });
        }));

        var (exitCode, _) = await RunAsync("EchoClient", null, app.GetSctp().ToString(), "--message", "xyz");
        Assert.Equal(1, exitCode);
        (exitCode, _) = await RunAsync("EchoClient", null);
        Assert.Equal(2, exitCode);
    }

    private static async Task<(int ExitCode, string[] Output)> RunAsync(string sample, string? input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", Find(sample), .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Host.Patience);
        await process.WaitForExitAsync().WaitAsync(Host.Patience);
        TestContext.Current.SendDiagnosticMessage(await errors);
        return (process.ExitCode, output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    /// <summary>The sample's assembly, built by this project.</summary>
    internal static string Find(string sample)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory); // tests/Transport/bin/CONFIGURATION/net10.0/
        return Path.Combine(
            output.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, "samples", sample, "bin", output.Parent.Name, output.Name, sample + ".dll");
    }
}
