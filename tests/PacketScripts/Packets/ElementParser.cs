using Kestrel.Sctp.PacketScripts.Language;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>Parses chunks, parameters and causes: <c>NAME[field=value, ...]</c>.</summary>
internal static class ElementParser
{
    public static Element Parse(TokenReader reader, ElementKind kind)
    {
        var name = reader.Current;
        var what = kind switch { ElementKind.Chunk => "a chunk", ElementKind.Parameter => "a parameter", _ => "an error cause" };
        var syntax = name.Kind == TokenKind.Word ? Syntaxes.Find(kind, name.Text == "I-DATA" ? "I_DATA" : name.Text) : null;
        if (syntax is null)
        {
            throw reader.Expected(what);
        }

        reader.Take();
        reader.Expect('[');
        var values = new FieldValue[syntax.Fields.Count];
        Array.Fill(values, FieldValue.Any);
        var element = new Element(syntax, values);
        if (syntax.MayBeAny && reader.Current.Kind == TokenKind.Ellipsis)
        {
            reader.Take();
            reader.Expect(']');
            return element;
        }

        ParseFields(reader, syntax, values);
        reader.Expect(']');
        CheckLength(element, name);
        return element;
    }

    private static void ParseFields(TokenReader reader, ElementSyntax syntax, FieldValue[] values)
    {
        var isFirst = true;
        for (var i = 0; i < values.Length; i++)
        {
            var field = syntax.Fields[i];
            if (field.IsHidden)
            {
                values[i] = field is ReservedSyntax ? new NumberField(0) : FieldValue.Any;
                continue;
            }

            var isList = field is ElementsSyntax { Name: "", IsSingle: false };
            if ((isList || field.IsOptional) && reader.Current.Is(']'))
            {
                values[i] = isList ? new ElementsField([]) : new AbsentField();
                continue;
            }

            if (!isFirst)
            {
                reader.Expect(',');
            }

            isFirst = false;
            if (field.Name.Length > 0)
            {
                if (!(field is NumberSyntax { OtherName: { } other } && reader.TryTake(other)))
                {
                    reader.Expect(field.Name);
                }

                reader.Expect('=');
            }

            values[i] = reader.TryTake(TokenKind.Ellipsis, out _) ? FieldValue.Any : field.Parse(reader);
        }
    }

    private static void CheckLength(Element element, Token name)
    {
        if (element.Syntax.IndexOf("len") < 0)
        {
            return;
        }

        var least = Tlv.HeaderSize;
        var open = false;
        for (var i = 0; i < element.Values.Length; i++)
        {
            var size = element.Syntax.Fields[i].SizeOf(element.Values[i]);
            least += size ?? 0;
            open |= size is null;
        }

        if (element.Length is null)
        {
            if (!open)
            {
                throw TokenReader.Error($"{element.Syntax.Name} has its bytes, so it must have its len", name);
            }
        }
        else if (element.Length < least)
        {
            throw TokenReader.Error($"{element.Syntax.Name} with these fields is at least {least} bytes long, not {element.Length}", name);
        }
    }
}
