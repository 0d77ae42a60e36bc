using System.Buffers.Binary;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>A chunk, parameter or cause as a script has it.</summary>
internal sealed class Element(ElementSyntax syntax, FieldValue[] values)
{
    public ElementSyntax Syntax { get; } = syntax;

    /// <summary>One for each field of the syntax.</summary>
    public FieldValue[] Values { get; } = values;

    public FieldValue this[string name] => Syntax.IndexOf(name) is >= 0 and var index ? Values[index] : FieldValue.Any;

    /// <summary>Its number, or null when the script leaves that open.</summary>
    public uint? Type => Syntax.Type ?? Number(Syntax.Kind == ElementKind.Cause ? "code" : "type");

    /// <summary>A chunk's flags. The few chunks that are written without have 0.</summary>
    public uint? Flags => Syntax.IndexOf("flgs") >= 0 ? Number("flgs") : 0;

    /// <summary>The length field, the padding not counted, or null when the script leaves it open.</summary>
    public int? Length
    {
        get
        {
            if (Syntax.IndexOf("len") >= 0)
            {
                return (int?)Number("len");
            }

            int? size = Tlv.HeaderSize;
            for (var i = 0; i < Values.Length; i++)
            {
                size += Syntax.Fields[i].SizeOf(Values[i]);
            }

            return size;
        }
    }

    /// <summary>The element without padding. What the script leaves open is 0, or as long as the length says.</summary>
    public byte[] ToBytes(SequenceMap map)
    {
        var bytes = new List<byte>(new byte[Tlv.HeaderSize]);
        var fill = (byte)0;
        for (var i = 0; i < Values.Length; i++)
        {
            var field = Syntax.Fields[i];
            field.Write(field is CountSyntax count ? CountOf(count) : Values[i], map, bytes);
            fill = field is BytesSyntax rest ? rest.Fill : fill;
        }

        var length = Length ?? bytes.Count;
        while (bytes.Count < length)
        {
            bytes.Add(fill);
        }

        var result = bytes.ToArray();
        if (Syntax.Kind == ElementKind.Chunk)
        {
            result[0] = (byte)(Type ?? 0);
            result[1] = (byte)(Flags ?? 0);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(result, (ushort)(Type ?? 0));
        }

        BinaryPrimitives.WriteUInt16BigEndian(result.AsSpan(2), (ushort)length);
        return result;
    }

    public override string ToString()
    {
        var fields = new List<string>();
        for (var i = 0; i < Values.Length; i++)
        {
            var field = Syntax.Fields[i];
            if (field.IsHidden || Values[i] is AbsentField or ElementsField { Items.Count: 0 } or SentElementsField { Items.Count: 0, Rest.IsEmpty: true })
            {
                continue;
            }

            var value = field is HeaderSyntax header ? header.Format(Values[i]) : $"{Values[i]}";
            var bracketed = field is ElementsSyntax { IsSingle: false } && field.Name.Length > 0 && Values[i] is not AnyField;
            fields.Add(field.Name.Length == 0 ? value : bracketed ? $"{field.Name}=[{value}]" : $"{field.Name}={value}");
        }

        return $"{Syntax.Name}[{string.Join(", ", fields)}]";
    }

    private uint? Number(string field) => this[field] is NumberField number ? number.Value : null;

    private NumberField CountOf(CountSyntax count) => new(this[count.List] is NumbersField numbers ? (uint)numbers.Items.Count : 0);
}
