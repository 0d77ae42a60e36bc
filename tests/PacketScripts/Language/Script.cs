using Kestrel.Sctp.PacketScripts.Packets;

namespace Kestrel.Sctp.PacketScripts.Language;

/// <summary>A script, parsed.</summary>
/// <param name="Options">The lines that begin with two dashes; a value of null for an option without one.</param>
/// <param name="Events">In the order of their lines.</param>
internal sealed record Script(IReadOnlyList<ScriptOption> Options, IReadOnlyList<ScriptEvent> Events);

internal readonly record struct ScriptOption(string Name, string? Value, int Line);

internal enum TimeKind
{
    /// <summary><c>1.5</c>: since the script's begin.</summary>
    Absolute,

    /// <summary><c>+0.1</c>: since the event before.</summary>
    Relative,

    /// <summary><c>*</c>: whenever.</summary>
    Any,
}

/// <summary>When an event happens or must have happened.</summary>
/// <param name="Microseconds">The time, or the first one of a range.</param>
/// <param name="RangeEnd">The last time at which it may happen (<c>1.0~1.5</c>), or null when it has one time.</param>
internal readonly record struct ScriptTime(TimeKind Kind, long Microseconds, long? RangeEnd = null);

/// <param name="Line">Where its time stands, from 1.</param>
internal abstract record ScriptEvent(ScriptTime Time, int Line);

/// <param name="Call">What is called, and what it should return.</param>
/// <param name="End">For a call that blocks (<c>0.0...0.1 connect(…)</c>), when it should return; on the clock of its time.</param>
internal sealed record CallEvent(ScriptTime Time, int Line, ScriptCall Call, long? End) : ScriptEvent(Time, Line);

/// <summary><c>&lt;</c>: a packet that arrives.</summary>
internal sealed record InjectEvent(ScriptTime Time, int Line, PacketPattern Packet) : ScriptEvent(Time, Line);

/// <summary><c>&gt;</c>: a packet that must be sent.</summary>
internal sealed record ExpectEvent(ScriptTime Time, int Line, PacketPattern Packet) : ScriptEvent(Time, Line);

internal sealed record ShellEvent(ScriptTime Time, int Line, string Command) : ScriptEvent(Time, Line);

/// <summary>What the language has but this interpreter doesn't.</summary>
internal sealed record UnsupportedEvent(ScriptTime Time, int Line, string Reason) : ScriptEvent(Time, Line);
