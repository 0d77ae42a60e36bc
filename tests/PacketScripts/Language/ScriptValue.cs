using System.Globalization;

namespace Kestrel.Sctp.PacketScripts.Language;

/// <summary>An argument or result of a call, as it stands in the script. <see cref="object.ToString"/> gives it back in the script's words.</summary>
internal abstract record ScriptValue;

/// <summary><c>...</c>: anything.</summary>
internal sealed record AnyValue : ScriptValue
{
    public override string ToString() => "...";
}

/// <summary><c>10</c>, <c>-1</c>, <c>0x8003</c>.</summary>
internal sealed record IntegerValue(long Value, bool IsHex = false) : ScriptValue
{
    public override string ToString() => IsHex ? $"0x{Value:x}" : Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary><c>O_NONBLOCK</c>, <c>NULL</c>: a name of the system's.</summary>
internal sealed record SymbolValue(string Name) : ScriptValue
{
    public override string ToString() => Name;
}

/// <summary><c>O_RDWR | O_NONBLOCK</c>: integers and symbols, at least two, joined by "or".</summary>
internal sealed record CombinedValue(IReadOnlyList<ScriptValue> Parts) : ScriptValue
{
    public override string ToString() => string.Join(" | ", Parts);
}

/// <summary><c>"text"</c>.</summary>
/// <param name="Text">What stands between the quotes, unescaped.</param>
/// <param name="IsPrefix">Written <c>"text"...</c>: more may follow.</param>
internal sealed record TextValue(string Text, bool IsPrefix = false) : ScriptValue
{
    public override string ToString() => $"\"{Text}\"{(IsPrefix ? "..." : "")}";
}

/// <summary><c>[1, 2]</c>, <c>[{...}]</c>: an array, or what a pointer points to.</summary>
internal sealed record ListValue(IReadOnlyList<ScriptValue> Items) : ScriptValue
{
    public override string ToString() => $"[{string.Join(", ", Items)}]";
}

/// <summary><c>{srto_initial=100, srto_max=800, srto_min=100}</c>, <c>{..., 1000}</c>, <c>{msg_name(...)=..., msg_iov(1)=[{..., 1000}]}</c>.</summary>
internal sealed record StructValue(IReadOnlyList<StructMember> Members) : ScriptValue
{
    /// <summary>The value of the named member, or null when the script doesn't name it.</summary>
    public ScriptValue? this[string name] => Members.FirstOrDefault(member => member.Name == name)?.Value;

    public override string ToString() => $"{{{string.Join(", ", Members)}}}";
}

/// <param name="Name">Null for a member known by its place.</param>
/// <param name="Count">What stands in parentheses behind the name, such as the number of items: <c>msg_iov(1)=[...]</c>.</param>
internal sealed record StructMember(string? Name, ScriptValue? Count, ScriptValue Value)
{
    public override string ToString() => Name is null ? $"{Value}" : Count is null ? $"{Name}={Value}" : $"{Name}({Count})={Value}";
}

/// <summary><c>htons(8080)</c>, <c>inet_addr("192.168.0.1")</c>.</summary>
internal sealed record FunctionValue(string Name, IReadOnlyList<ScriptValue> Arguments) : ScriptValue
{
    public override string ToString() => $"{Name}({string.Join(", ", Arguments)})";
}
