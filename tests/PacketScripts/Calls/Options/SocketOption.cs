using Kestrel.Sctp.PacketScripts.Calls.Sockets;
using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Calls.Options;

/// <summary>One option of getsockopt and setsockopt.</summary>
/// <param name="Name">As scripts write it.</param>
/// <param name="Size">Bytes of its value.</param>
internal sealed record SocketOption(string Name, int Size)
{
    public string Level { get; init; } = "IPPROTO_SCTP";

    /// <summary>Bytes of the value where it may be shorter, without the members that came last.</summary>
    public int SmallestSize { get; init; } = Size;

    /// <summary>The value as it is, given the script's for what is asked in it; null for one that can't be read.</summary>
    public Func<VirtualSocket, OptionValue, OptionAnswer>? Get { get; init; }

    /// <summary>Returns the errno, or null; null for one that can't be set.</summary>
    public Func<VirtualSocket, OptionValue, string?>? Set { get; init; }

    /// <summary>An option that is one int.</summary>
    public static SocketOption Int(string name, Func<VirtualSocket, long> get, Func<VirtualSocket, long, string?> set, string level = "IPPROTO_SCTP") =>
        new(name, sizeof(int))
        {
            Level = level,
            Get = (socket, _) => Values.InBrackets(get(socket)),
            Set = (socket, value) => set(socket, value.Pointed),
        };
}

/// <summary>A value, or the errno that stands in its place.</summary>
internal readonly record struct OptionAnswer(ScriptValue? Value, string? Errno)
{
    public static implicit operator OptionAnswer(ScriptValue value) => new(value, null);

    public static OptionAnswer Error(string errno) => new(null, errno);
}

/// <summary>The value of an option as the script writes it: members that it leaves out, or leaves open, are 0.</summary>
internal readonly struct OptionValue(ScriptValue value)
{
    public ScriptValue Script => value;

    /// <summary>Of <c>[1]</c>.</summary>
    public long Pointed => Values.Pointed(value);

    public long this[string member] => Member(member) is { } found && !Values.IsAny(found) ? Values.Number(found) : 0;

    public bool Has(string member) => !Values.IsAny(Member(member));

    public ScriptValue? Member(string member) =>
        value is StructValue structure ? structure[member] : throw new CallException($"{value} is no structure");

    /// <summary>The address of a member; null when the script leaves it open.</summary>
    public SocketAddress? Address(string member) =>
        Member(member) is { } found && !Values.IsAny(found) ? Values.Address(found) : null;
}
