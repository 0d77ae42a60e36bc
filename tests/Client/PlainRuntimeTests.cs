using System.Text.Json;
using Microsoft.AspNetCore.Connections;

namespace Kestrel.Sctp.Client.Tests;

/// <summary>The client works in a console program on the plain runtime, without the shared framework of ASP.NET Core.</summary>
public class PlainRuntimeTests
{
    [Fact]
    public void These_tests_run_on_the_plain_runtime()
    {
        AssertPlain(Path.Combine(AppContext.BaseDirectory, "Kestrel.Sctp.Client.Tests.runtimeconfig.json"));
        Assert.StartsWith(AppContext.BaseDirectory, typeof(ConnectionContext).Assembly.Location, StringComparison.Ordinal);
    }

    [Fact]
    public void So_does_the_sample_client()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory); // tests/Client/bin/CONFIGURATION/net10.0/
        AssertPlain(Path.Combine(
            output.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, "samples", "EchoClient", "bin", output.Parent.Name, output.Name,
            "EchoClient.runtimeconfig.json"));
    }

    private static void AssertPlain(string runtimeConfig)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(runtimeConfig));
        var options = json.RootElement.GetProperty("runtimeOptions");
        Assert.Equal("Microsoft.NETCore.App", options.GetProperty("framework").GetProperty("name").GetString());
        Assert.False(options.TryGetProperty("frameworks", out _));
    }
}
