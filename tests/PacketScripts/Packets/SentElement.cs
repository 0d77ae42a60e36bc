using System.Buffers.Binary;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>A chunk, parameter or cause of a packet that was sent.</summary>
/// <param name="Whole">With its header, without padding.</param>
/// <param name="Padding">As much of it as there was.</param>
/// <param name="Map">Makes its numbers the script's.</param>
internal sealed record SentElement(ElementKind Kind, ReadOnlyMemory<byte> Whole, ReadOnlyMemory<byte> Padding, SequenceMap Map)
{
    public uint Type => Kind == ElementKind.Chunk ? Whole.Span[0] : BinaryPrimitives.ReadUInt16BigEndian(Whole.Span);

    public uint Flags => Whole.Span[1];

    public int Length => Whole.Length;

    /// <summary>Takes one off what is left; false at the end and where what is left is none.</summary>
    public static bool TryTake(ref ReadOnlyMemory<byte> rest, ElementKind kind, SequenceMap map, out SentElement element)
    {
        element = null!;
        if (rest.Length < Tlv.HeaderSize)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(rest.Span[2..]);
        if (length < Tlv.HeaderSize || length > rest.Length)
        {
            return false;
        }

        var padded = Math.Min(Tlv.Pad(length), rest.Length);
        element = new SentElement(kind, rest[..length], rest[length..padded], map);
        rest = rest[padded..];
        return true;
    }

    /// <summary>In the words of its type; as one by number, when it doesn't have that form.</summary>
    public Element Read()
    {
        if (Syntaxes.Find(Kind, Type) is { } named && TryRead(named, out var element))
        {
            return element;
        }

        TryRead(Syntaxes.Generic(Kind), out element);
        return element;
    }

    /// <summary>As the given syntax has it; false when the body doesn't hold its fields.</summary>
    public bool TryRead(ElementSyntax syntax, out Element element)
    {
        var found = syntax.TryReadBody(Whole[Tlv.HeaderSize..], Map, out var values);
        element = new Element(syntax, values);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = syntax.Fields[i].IsHeader ? new NumberField(HeaderField(syntax.Fields[i].Name)) : values[i];
        }

        return found;
    }

    public override string ToString() => Read().ToString();

    private uint HeaderField(string name) => name switch
    {
        "flgs" => Flags,
        "len" => (uint)Length,
        _ => Type,
    };
}
