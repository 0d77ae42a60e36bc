using Kestrel.Sctp.PacketScripts.Calls.Sockets;
using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Calls;

/// <summary>Tries a call: null when it would block, and is to be tried again after the next step.</summary>
internal delegate Outcome? Attempt();

/// <summary>How a call ended: what it returned, and what it wrote into its arguments.</summary>
internal sealed record Outcome(long Value, string? Errno = null)
{
    public static Outcome Success { get; } = new(0);

    /// <summary>Compared with the script when the call succeeded.</summary>
    public IReadOnlyList<Filled> Filled { get; init; } = [];

    /// <summary>A descriptor was made: the script's number for it is the one it expects.</summary>
    public VirtualSocket? Opened { get; init; }

    public static Outcome Error(string errno) => new(-1, errno);
}

/// <summary>An argument that a call wrote to.</summary>
internal readonly record struct Filled(string What, ScriptValue Expected, ScriptValue Actual);
