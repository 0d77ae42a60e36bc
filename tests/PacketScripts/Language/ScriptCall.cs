namespace Kestrel.Sctp.PacketScripts.Language;

/// <summary>A system call with the result that the script expects: <c>connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)</c>.</summary>
/// <param name="Name">The call's name.</param>
/// <param name="Arguments">As they stand in the script; arguments that the call fills in hold what is expected of them.</param>
/// <param name="Result">What it returns.</param>
/// <param name="Errno">The error's name, when one is expected.</param>
/// <param name="Note">What stands in parentheses behind it: for readers alone.</param>
/// <param name="Line">Its line in the script, from 1.</param>
internal sealed record ScriptCall(
    string Name, IReadOnlyList<ScriptValue> Arguments, ScriptValue Result, string? Errno, string? Note, int Line)
{
    public override string ToString() =>
        $"{Name}({string.Join(", ", Arguments)}) = {Result}{(Errno is null ? "" : " " + Errno)}{(Note is null ? "" : $" ({Note})")}";
}
