using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Calls;

/// <summary>
/// The system under test as a script sees it: its calls, its engine, its clock. The runner owns the script's packets and times.
/// Time is in microseconds from the first line of the script and moves by <see cref="AdvanceTo"/> alone.
/// </summary>
internal interface ISystemCalls
{
    long Now { get; }

    /// <summary>When the engine or a pending call has something to do next; <see cref="EngineTime.Never"/> when nothing is.</summary>
    long NextDeadline { get; }

    /// <summary>
    /// The socket that the packets of the script belong to: the one that <c>socket()</c> made last, the same object for all its life.
    /// Null before the first.
    /// </summary>
    SocketUnderTest? UnderTest { get; }

    /// <summary>Moves the clock and runs what falls due at that time. Never behind <see cref="NextDeadline"/>, never backwards.</summary>
    void AdvanceTo(long time);

    /// <summary>Begins a call now; it ends at once or in a later step (<see cref="CallInProgress.IsCompleted"/>).</summary>
    /// <exception cref="ScriptSkippedException">The call or an option of it is not supported.</exception>
    CallInProgress Begin(ScriptCall call);

    /// <summary>Why a call can't be made here, whatever becomes of the script before it; null when it can.</summary>
    string? FindUnsupported(ScriptCall call) => null;

    /// <summary>A backquoted line: what it sets becomes the engine's option, or is ignored.</summary>
    /// <exception cref="ScriptSkippedException">It asks for something that can't be had.</exception>
    void RunShell(string command, int line);

    /// <summary>
    /// Extensions that a shell line switched on and this stack doesn't have, in words; null when there is none. A script that
    /// fails with them asked for something that can't be had.
    /// </summary>
    string? MissingExtensions => null;

    /// <summary>A packet of the script arrives now, with its SCTP header and checksum.</summary>
    void Receive(in PacketInfo info, ReadOnlySpan<byte> packet);

    /// <summary>Takes the oldest packet sent and not yet taken.</summary>
    bool TryTakeSent(out SentPacket packet);
}

/// <summary>A call under way or ended. Whether it ended as its line says is judged by the calls' side, which knows what it filled in.</summary>
internal sealed class CallInProgress(ScriptCall call)
{
    public ScriptCall Call { get; } = call;

    public bool IsCompleted { get; private set; }

    /// <summary>When it ended.</summary>
    public long CompletedAt { get; private set; }

    /// <summary>What of its result differs from the script, or null when all is as expected.</summary>
    public string? Failure { get; private set; }

    public void Complete(long now, string? failure)
    {
        IsCompleted = true;
        CompletedAt = now;
        Failure = failure;
    }
}

/// <summary>One packet the engine sent: from the SCTP header on.</summary>
internal readonly record struct SentPacket(long Time, IPAddressValue Source, IPAddressValue Destination, ReadOnlyMemory<byte> Bytes);

/// <summary>Ports and addresses of the socket whose packets the script shows. A listener's peer is made up by the runner.</summary>
internal sealed class SocketUnderTest
{
    public bool IsListening { get; set; }

    public IPAddressValue Local { get; set; } = ScriptNetwork.Local;

    /// <summary>0 until it is bound.</summary>
    public ushort LocalPort { get; set; }

    /// <summary>Where it connects to, also by sending.</summary>
    public IPAddressValue Peer { get; set; } = ScriptNetwork.Peer;

    /// <summary>0 until it connects.</summary>
    public ushort PeerPort { get; set; }
}

/// <summary>The script asks for what this stack or the interpreter doesn't have: neither passed nor failed.</summary>
internal sealed class ScriptSkippedException(string reason) : Exception(reason);

/// <summary>What <c>...</c> stands for in addresses and ports of calls.</summary>
internal static class ScriptNetwork
{
    public static readonly IPAddressValue Local = IPAddressValue.FromIPAddress(System.Net.IPAddress.Parse("192.168.0.1"));
    public static readonly IPAddressValue Peer = IPAddressValue.FromIPAddress(System.Net.IPAddress.Parse("192.0.2.1"));

    /// <summary>The port that <c>bind(3, ..., ...)</c> takes and <c>connect(3, ..., ...)</c> goes to.</summary>
    public const ushort Port = 8080;
}
