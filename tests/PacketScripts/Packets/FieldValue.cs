using System.Net;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>What a field of a packet holds. <see cref="object.ToString"/> is the script's way to write it; but for bytes, equal text is an equal value.</summary>
internal abstract record FieldValue
{
    public static readonly FieldValue Any = new AnyField();
}

/// <summary><c>...</c></summary>
internal sealed record AnyField : FieldValue
{
    public override string ToString() => "...";
}

/// <summary>Nothing: a field that may be left out, and is.</summary>
internal sealed record AbsentField : FieldValue
{
    public override string ToString() => "nothing";
}

internal sealed record NumberField(uint Value) : FieldValue
{
    public override string ToString() => $"{Value}";
}

/// <summary>Bytes. Many are printed in part, so they are compared as bytes.</summary>
internal sealed record BytesField(ReadOnlyMemory<byte> Value) : FieldValue
{
    private const int Printed = 24;

    public override string ToString()
    {
        var bytes = Value.Span[..Math.Min(Value.Length, Printed)].ToArray().Select(value => $"0x{value:x2}");
        return $"[{string.Join(", ", bytes)}{(Value.Length > Printed ? $", … {Value.Length} bytes" : "")}]";
    }
}

internal sealed record TextField(string Value) : FieldValue
{
    public override string ToString() => $"\"{Value}\"";
}

internal sealed record AddressField(IPAddress Value) : FieldValue
{
    public override string ToString() => $"{Value}";
}

/// <summary>A list of numbers or of groups of numbers: gaps, duplicates, stream identifiers.</summary>
/// <param name="Form">How one item is written: <c>{0}:{1}</c>.</param>
internal sealed record NumbersField(IReadOnlyList<uint[]> Items, string Form) : FieldValue
{
    public override string ToString() =>
        $"[{string.Join(", ", Items.Select(item => string.Format(null, Form, [.. item.Cast<object>()])))}]";
}

/// <summary>Parameters, causes or a chunk, as the script has them.</summary>
internal sealed record ElementsField(IReadOnlyList<Element> Items) : FieldValue
{
    public override string ToString() => string.Join(", ", Items);
}

/// <summary>Parameters, causes or a chunk, as they were sent.</summary>
/// <param name="Rest">Bytes behind them that are none.</param>
internal sealed record SentElementsField(IReadOnlyList<SentElement> Items, ReadOnlyMemory<byte> Rest) : FieldValue
{
    public override string ToString() =>
        string.Join(", ", [.. Items.Select(item => $"{item}"), .. Rest.IsEmpty ? Array.Empty<string>() : [$"malformed {new BytesField(Rest)}"]]);
}
