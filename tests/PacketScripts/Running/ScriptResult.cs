namespace Kestrel.Sctp.PacketScripts.Running;

internal enum ScriptOutcome
{
    Passed,
    Failed,
    Skipped,
}

/// <summary>What became of a script.</summary>
/// <param name="Line">Where it failed or what it asks for stands; 0 when it passed.</param>
/// <param name="Message">In one line; empty when it passed.</param>
/// <param name="Details">Lines for people: the packets, what differs.</param>
internal sealed record ScriptResult(ScriptOutcome Outcome, int Line, string Message, IReadOnlyList<string> Details)
{
    public static readonly ScriptResult Passed = new(ScriptOutcome.Passed, 0, "", []);

    public static ScriptResult Skipped(int line, string reason) => new(ScriptOutcome.Skipped, line, reason, []);

    public static ScriptResult Failed(int line, string message, params IReadOnlyList<string> details) =>
        new(ScriptOutcome.Failed, line, message, details);
}

/// <summary>The system did not do what the script says.</summary>
internal sealed class ScriptFailedException(int line, string message, params IReadOnlyList<string> details) : Exception(message)
{
    public ScriptResult Result { get; } = ScriptResult.Failed(line, message, details);
}
