using Kestrel.Sctp.PacketScripts.Calls;
using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Running;

/// <summary>Runs the text of a script, whatever is in it.</summary>
/// <param name="defines">The names that <c>#ifdef</c> knows.</param>
/// <param name="tolerance">Microseconds by which a time may be off; null for the script's own, or 4,000.</param>
/// <param name="createSystem">A fresh system for each script.</param>
internal sealed class ScriptFile(IReadOnlySet<string> defines, long? tolerance, Func<ISystemCalls> createSystem)
{
    private const long DefaultTolerance = 4_000;

    /// <summary>What scripts expect differs by system; a FreeBSD's answers are nearest to this stack's.</summary>
    public static readonly IReadOnlySet<string> DefaultDefines = new HashSet<string> { "FreeBSD" };

    public ScriptResult Run(string text)
    {
        try
        {
            var script = ScriptParser.Parse(text, defines);
            var ownTolerance = ScriptSupport.Tolerance(script);
            var system = createSystem();
            return ScriptSupport.FindUnsupported(script, system) is { } unsupported
                ? ScriptResult.Skipped(unsupported.Line, unsupported.Reason)
                : new ScriptRunner(system, tolerance ?? ownTolerance ?? DefaultTolerance).Run(script);
        }
        catch (ScriptSyntaxException syntax)
        {
            return ScriptResult.Failed(syntax.Line, $"column {syntax.Column}: {syntax.Message}");
        }
    }
}
