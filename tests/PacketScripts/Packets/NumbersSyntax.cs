using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>A list of numbers, or of groups of numbers, up to the body's end or as many as a <see cref="CountSyntax"/> said.</summary>
/// <param name="name">Its name.</param>
/// <param name="sizes">The bytes of each number in one item.</param>
/// <param name="form">How one item is written: <c>{0}:{1}</c>.</param>
internal sealed class NumbersSyntax(string name, int[] sizes, string form, SequenceSpace space = SequenceSpace.None) : FieldSyntax(name)
{
    public IReadOnlyDictionary<string, uint> Names { get; init; } = new Dictionary<string, uint>();

    public override FieldValue Parse(TokenReader reader)
    {
        reader.Expect('[');
        var items = new List<uint[]>();
        if (reader.TryTake(TokenKind.Ellipsis, out _))
        {
            reader.Expect(']');
            return FieldValue.Any;
        }

        if (!reader.TryTake(']'))
        {
            do
            {
                items.Add(ParseItem(reader));
            }
            while (reader.TryTake(','));
            reader.Expect(']');
        }

        return new NumbersField(items, form);
    }

    public override int? SizeOf(FieldValue value) => value switch
    {
        NumbersField numbers => numbers.Items.Count * sizes.Sum(),
        AbsentField => 0,
        _ => null,
    };

    public override void Write(FieldValue value, SequenceMap map, List<byte> body)
    {
        foreach (var item in value is NumbersField numbers ? numbers.Items : [])
        {
            for (var i = 0; i < sizes.Length; i++)
            {
                new NumberSyntax(Name, sizes[i], space).Write(new NumberField(item[i]), map, body);
            }
        }
    }

    public override bool TryRead(ref ReadOnlyMemory<byte> body, SequenceMap map, ReadState state, out FieldValue value)
    {
        var items = new List<uint[]>();
        value = new NumbersField(items, form);
        var counted = state.Counts.TryGetValue(Name, out var count);
        while (counted ? items.Count < count : !body.IsEmpty)
        {
            var item = new uint[sizes.Length];
            for (var i = 0; i < sizes.Length; i++)
            {
                if (!new NumberSyntax(Name, sizes[i], space).TryRead(ref body, map, state, out var number))
                {
                    return false;
                }

                item[i] = ((NumberField)number).Value;
            }

            items.Add(item);
        }

        return true;
    }

    private uint[] ParseItem(TokenReader reader)
    {
        if (reader.Current.Kind == TokenKind.Word && Names.TryGetValue(reader.Current.Text, out var named))
        {
            reader.Take();
            return [named];
        }

        var item = new uint[sizes.Length];
        var braced = form.StartsWith("{{", StringComparison.Ordinal);
        if (braced)
        {
            reader.Expect('{');
        }

        for (var i = 0; i < sizes.Length; i++)
        {
            if (i > 0)
            {
                reader.Expect(braced ? ',' : ':');
            }

            item[i] = reader.ExpectNumber(Name, sizes[i] == 4 ? uint.MaxValue : (1u << (8 * sizes[i])) - 1);
        }

        if (braced)
        {
            reader.Expect('}');
        }

        return item;
    }
}
