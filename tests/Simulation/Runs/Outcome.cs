using System.Diagnostics;

namespace Kestrel.Sctp.Simulation.Runs;

/// <summary>What went wrong. Two runs fail alike when the kind is the same.</summary>
/// <param name="Kind">The broken rule, or the exception and the method it came out of.</param>
/// <param name="Message">For people.</param>
internal sealed record Failure(string Kind, string Message)
{
    public static Failure From(Exception e, string state)
    {
        var method = new StackTrace(e).GetFrame(0)?.GetMethod();
        var kind = e is BrokenRuleException broken ? broken.Rule : $"{e.GetType().Name} in {method?.DeclaringType?.Name}.{method?.Name}";
        return new Failure(kind, $"{(e is BrokenRuleException ? e.Message : e.ToString())}\n  {state.Trim()}");
    }
}

/// <summary>What became of a run.</summary>
/// <param name="Digest">The same for the same plan, always.</param>
/// <param name="Messages">Delivered whole.</param>
/// <param name="VirtualTime">In microseconds.</param>
/// <param name="Seen">Situations it got into.</param>
/// <param name="Failure">Null when everything held.</param>
internal sealed record Outcome(byte[] Digest, long Messages, long VirtualTime, Situations Seen, Failure? Failure);
