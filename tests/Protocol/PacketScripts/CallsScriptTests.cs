using Kestrel.Sctp.PacketScripts.Calls;
using Kestrel.Sctp.PacketScripts.Running;
using Kestrel.Sctp.Tests;

namespace Kestrel.Sctp.Protocol.Tests.PacketScripts;

/// <summary>The scripts about the calls themselves pass, whole, against the engine.</summary>
public class CallsScriptTests
{
    private static string Folder { get; } = System.IO.Path.Combine(Repository.Root, "tests", "PacketScripts", "scripts", "calls");

    public static TheoryData<string> Names { get; } =
        [.. System.IO.Directory.EnumerateFiles(Folder, "*.pkt").Select(file => System.IO.Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_script_about_calls_passes(string name)
    {
        var text = System.IO.File.ReadAllText(System.IO.Path.Combine(Folder, name));
        var result = new ScriptFile(ScriptFile.DefaultDefines, null, () => new SystemCalls()).Run(text);
        Assert.True(
            result.Outcome == ScriptOutcome.Passed,
            $"{name}:{result.Line}: {result.Outcome}: {result.Message}\n{string.Join('\n', result.Details)}");
    }
}
