using Kestrel.Sctp.PacketScripts.Language;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>Parameters, causes or a chunk to the end.</summary>
/// <param name="name">Empty for a list that stands by itself, <c>params</c> for one in brackets, <c>param</c> and <c>chk</c> for a single one.</param>
internal sealed class ElementsSyntax(string name, ElementKind kind, bool isSingle = false) : FieldSyntax(name)
{
    public bool IsSingle { get; } = isSingle;

    public override FieldValue Parse(TokenReader reader)
    {
        var items = new List<Element>();
        var bracketed = Name.Length > 0 && !IsSingle;
        if (bracketed)
        {
            reader.Expect('[');
        }

        if (!(bracketed && reader.Current.Is(']')))
        {
            do
            {
                items.Add(ElementParser.Parse(reader, kind));
            }
            while (!IsSingle && reader.TryTake(','));
        }

        if (bracketed)
        {
            reader.Expect(']');
        }

        return new ElementsField(items);
    }

    public override int? SizeOf(FieldValue value)
    {
        if (value is not ElementsField elements)
        {
            return null;
        }

        // The last one's padding is not in the length (RFC 9260, 3.2), but an unrecognized chunk comes with its own.
        int? size = 0;
        foreach (var item in elements.Items)
        {
            size = size is null || item.Length is null ? null : Tlv.Pad(size.Value) + item.Length;
        }

        return kind == ElementKind.Chunk && size is not null ? Tlv.Pad(size.Value) : size;
    }

    public override void Write(FieldValue value, SequenceMap map, List<byte> body)
    {
        foreach (var item in value is ElementsField elements ? elements.Items : [])
        {
            while (body.Count % 4 != 0)
            {
                body.Add(0);
            }

            body.AddRange(item.ToBytes(map));
        }

        while (kind == ElementKind.Chunk && body.Count % 4 != 0)
        {
            body.Add(0);
        }
    }

    public override bool TryRead(ref ReadOnlyMemory<byte> body, SequenceMap map, ReadState state, out FieldValue value)
    {
        var items = new List<SentElement>();
        while (SentElement.TryTake(ref body, kind, map, out var item))
        {
            items.Add(item);
        }

        value = new SentElementsField(items, body);
        body = default;
        return true;
    }
}
