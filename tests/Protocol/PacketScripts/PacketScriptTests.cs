using System.IO;
using Kestrel.Sctp.PacketScripts;
using Kestrel.Sctp.PacketScripts.Calls;
using Kestrel.Sctp.PacketScripts.Running;

namespace Kestrel.Sctp.Protocol.Tests.PacketScripts;

/// <summary>Each script in tests/PacketScripts/scripts is a case.</summary>
public class PacketScriptTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "scripts");

    public static TheoryData<string> Files() =>
        [.. Directory.EnumerateFiles(Folder, "*.pkt", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void The_engine_does_what_the_script_says(string file)
    {
        var output = new StringWriter();
        var exitCode = new Command(output, () => new SystemCalls()).Run([Path.Combine(Folder, file)]);

        Assert.True(exitCode == 0 && output.ToString().EndsWith("1 passed, 0 failed, 0 skipped\n", StringComparison.Ordinal), $"{output}");
    }
}
