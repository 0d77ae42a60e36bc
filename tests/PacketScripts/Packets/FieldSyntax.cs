using System.Buffers.Binary;
using System.Net;
using System.Text;
using Kestrel.Sctp.PacketScripts.Language;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>One field of a chunk, parameter or cause: how it is written in a script and how on the wire.</summary>
/// <param name="name">What stands before the equals sign; empty for what stands there by itself.</param>
internal abstract class FieldSyntax(string name)
{
    public string Name { get; } = name;

    /// <summary>In a packet to inject, <c>...</c> is an error unless this is set.</summary>
    public bool MayBeOpen { get; init; }

    /// <summary>It may be left out, with all behind it.</summary>
    public bool IsOptional { get; init; }

    /// <summary>On the wire only: the script doesn't show it.</summary>
    public virtual bool IsHidden => false;

    /// <summary>Part of the element's header, not of its body.</summary>
    public virtual bool IsHeader => false;

    /// <summary>What stands behind the equals sign, or the whole of a field without a name. <c>...</c> is taken by the caller.</summary>
    public abstract FieldValue Parse(TokenReader reader);

    /// <summary>Bytes of the body, or null when the value leaves that open.</summary>
    public abstract int? SizeOf(FieldValue value);

    public abstract void Write(FieldValue value, SequenceMap map, List<byte> body);

    /// <summary>Takes the field off the body; false when that doesn't hold one.</summary>
    public abstract bool TryRead(ref ReadOnlyMemory<byte> body, SequenceMap map, ReadState state, out FieldValue value);

    protected static bool TryTake(ref ReadOnlyMemory<byte> body, int length, out ReadOnlySpan<byte> taken)
    {
        if (body.Length < length)
        {
            taken = default;
            return false;
        }

        taken = body.Span[..length];
        body = body[length..];
        return true;
    }
}

/// <summary>What a field read tells those behind it.</summary>
internal sealed class ReadState
{
    public Dictionary<string, int> Counts { get; } = [];
}

/// <summary>Type, flags or length in the header.</summary>
internal sealed class HeaderSyntax(string name, uint max, string letters = "") : FieldSyntax(name)
{
    /// <summary>Names that may stand for a number.</summary>
    public IReadOnlyDictionary<string, uint> Names { get; init; } = new Dictionary<string, uint>();

    public override bool IsHeader => true;

    public override FieldValue Parse(TokenReader reader)
    {
        var token = reader.Current;
        if (token.Kind != TokenKind.Word)
        {
            return new NumberField(reader.ExpectNumber(Name, max));
        }

        if (Names.TryGetValue(token.Text, out var named))
        {
            reader.Take();
            return new NumberField(named);
        }

        if (letters.Length == 0)
        {
            throw reader.Expected("a number");
        }

        var flags = 0u;
        foreach (var letter in reader.Take().Text)
        {
            // The last letter is the lowest bit.
            var bit = letters.IndexOf(letter, StringComparison.Ordinal);
            var flag = 1u << (letters.Length - 1 - bit);
            flags = bit >= 0 && (flags & flag) == 0
                ? flags | flag
                : throw TokenReader.Error($"the flags are letters of {letters}, each once, or a number: {token.Text}", token);
        }

        return new NumberField(flags);
    }

    public string Format(FieldValue value) =>
        value is not NumberField { Value: var number } ? $"{value}"
        : number != 0 && number < 1u << letters.Length
            ? string.Concat(letters.Where((_, index) => (number & (1u << (letters.Length - 1 - index))) != 0))
        : Name == "len" || number == 0 ? $"{number}" : $"0x{number:x2}";

    public override int? SizeOf(FieldValue value) => 0;

    public override void Write(FieldValue value, SequenceMap map, List<byte> body)
    {
    }

    public override bool TryRead(ref ReadOnlyMemory<byte> body, SequenceMap map, ReadState state, out FieldValue value)
    {
        value = FieldValue.Any;
        return true;
    }
}

/// <summary>A number of 1 to 4 bytes.</summary>
internal sealed class NumberSyntax(string name, int size, SequenceSpace space = SequenceSpace.None, string? otherName = null) : FieldSyntax(name)
{
    public string? OtherName { get; } = otherName;

    public override FieldValue Parse(TokenReader reader) =>
        new NumberField(reader.ExpectNumber(Name, size == 4 ? uint.MaxValue : (1u << (8 * size)) - 1));

    public override int? SizeOf(FieldValue value) => value is AbsentField ? 0 : size;

    public override void Write(FieldValue value, SequenceMap map, List<byte> body)
    {
        if (value is AbsentField)
        {
            return;
        }

        var number = value is NumberField given ? Shift(given.Value, map, space) : 0;
        for (var i = size - 1; i >= 0; i--)
        {
            body.Add((byte)(number >> (8 * i)));
        }
    }

    public override bool TryRead(ref ReadOnlyMemory<byte> body, SequenceMap map, ReadState state, out FieldValue value)
    {
        value = FieldValue.Any;
        if (!TryTake(ref body, size, out var bytes))
        {
            return false;
        }

        var number = 0u;
        foreach (var part in bytes)
        {
            number = (number << 8) | part;
        }

        value = new NumberField(Shift(number, map, space));
        return true;
    }

    public static uint Shift(uint number, SequenceMap map, SequenceSpace space) => space switch
    {
        SequenceSpace.Sender => number + map.Sender,
        SequenceSpace.Receiver => number + map.Receiver,
        SequenceSpace.Tag when map.Tag is { } tag && tag.Live == number => tag.Script,
        _ => number,
    };
}

/// <summary>Zero bytes that the script doesn't show.</summary>
internal sealed class ReservedSyntax(int size) : FieldSyntax("reserved")
{
    public override bool IsHidden => true;

    public override FieldValue Parse(TokenReader reader) => new NumberField(0);

    public override int? SizeOf(FieldValue value) => size;

    public override void Write(FieldValue value, SequenceMap map, List<byte> body) => body.AddRange(new byte[size]);

    public override bool TryRead(ref ReadOnlyMemory<byte> body, SequenceMap map, ReadState state, out FieldValue value)
    {
        var found = TryTake(ref body, size, out var bytes);
        value = new NumberField(bytes.ContainsAnyExcept((byte)0) ? uint.MaxValue : 0);
        return found;
    }
}

/// <summary>How many items a list further behind has; the script doesn't show it.</summary>
internal sealed class CountSyntax(string list, int size = 2) : FieldSyntax("number of " + list)
{
    public string List { get; } = list;

    public override bool IsHidden => true;

    public override FieldValue Parse(TokenReader reader) => FieldValue.Any;

    public override int? SizeOf(FieldValue value) => size;

    public override void Write(FieldValue value, SequenceMap map, List<byte> body)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value is NumberField number ? number.Value : 0);
        body.AddRange(bytes[(4 - size)..]);
    }

    public override bool TryRead(ref ReadOnlyMemory<byte> body, SequenceMap map, ReadState state, out FieldValue value)
    {
        value = FieldValue.Any;
        if (!TryTake(ref body, size, out var bytes))
        {
            return false;
        }

        // The list is compared, so this need not be.
        state.Counts[List] = size == 2 ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : (int)Math.Min(int.MaxValue, BinaryPrimitives.ReadUInt32BigEndian(bytes));
        return true;
    }
}

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

/// <summary>All bytes to the end. Where the script gives fewer than the length says, the rest is <paramref name="fill"/>.</summary>
internal sealed class BytesSyntax(string name, byte fill = 0) : FieldSyntax(name)
{
    public byte Fill { get; } = fill;

    /// <summary>The script doesn't show it: user data.</summary>
    public bool IsPayload { get; init; }

    public override bool IsHidden => IsPayload;

    public override FieldValue Parse(TokenReader reader) => ParseBytes(reader) is { } bytes ? new BytesField(bytes) : FieldValue.Any;

    /// <summary><c>[0x01, 2]</c>; null for <c>[...]</c>.</summary>
    public static byte[]? ParseBytes(TokenReader reader)
    {
        reader.Expect('[');
        var bytes = new List<byte>();
        if (reader.TryTake(TokenKind.Ellipsis, out _))
        {
            reader.Expect(']');
            return null;
        }

        if (!reader.TryTake(']'))
        {
            do
            {
                bytes.Add((byte)reader.ExpectNumber("a byte", byte.MaxValue));
            }
            while (reader.TryTake(','));
            reader.Expect(']');
        }

        return [.. bytes];
    }

    public override int? SizeOf(FieldValue value) => value is BytesField bytes ? bytes.Value.Length : null;

    public override void Write(FieldValue value, SequenceMap map, List<byte> body)
    {
        if (value is BytesField bytes)
        {
            body.AddRange(bytes.Value.Span);
        }
    }

    public override bool TryRead(ref ReadOnlyMemory<byte> body, SequenceMap map, ReadState state, out FieldValue value)
    {
        value = new BytesField(body);
        body = default;
        return true;
    }
}

/// <summary>Text to the end.</summary>
internal sealed class TextSyntax(string name, bool endsWithZero = false) : FieldSyntax(name)
{
    public override FieldValue Parse(TokenReader reader) => new TextField(reader.Expect(TokenKind.Text, "a text in quotes").Text);

    public override int? SizeOf(FieldValue value) =>
        value is TextField text ? Encoding.UTF8.GetByteCount(text.Value) + (endsWithZero ? 1 : 0) : null;

    public override void Write(FieldValue value, SequenceMap map, List<byte> body)
    {
        if (value is TextField text)
        {
            body.AddRange(Encoding.UTF8.GetBytes(text.Value));
            if (endsWithZero)
            {
                body.Add(0);
            }
        }
    }

    public override bool TryRead(ref ReadOnlyMemory<byte> body, SequenceMap map, ReadState state, out FieldValue value)
    {
        var bytes = body.Span;
        if (endsWithZero && bytes is [.., 0])
        {
            bytes = bytes[..^1];
        }

        value = new TextField(Encoding.UTF8.GetString(bytes));
        body = default;
        return true;
    }
}

internal sealed class AddressSyntax(string name, int size) : FieldSyntax(name)
{
    public override FieldValue Parse(TokenReader reader)
    {
        var token = reader.Expect(size == 4 ? TokenKind.IPv4Address : TokenKind.IPv6Address, size == 4 ? "an IPv4 address" : "an IPv6 address");
        return IPAddress.TryParse(token.Text, out var address) ? new AddressField(address) : throw TokenReader.Error($"{token} is no address", token);
    }

    public override int? SizeOf(FieldValue value) => size;

    public override void Write(FieldValue value, SequenceMap map, List<byte> body) =>
        body.AddRange(value is AddressField address ? address.Value.GetAddressBytes() : new byte[size]);

    public override bool TryRead(ref ReadOnlyMemory<byte> body, SequenceMap map, ReadState state, out FieldValue value)
    {
        var found = TryTake(ref body, size, out var bytes);
        value = found ? new AddressField(new IPAddress(bytes)) : FieldValue.Any;
        return found;
    }
}

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
