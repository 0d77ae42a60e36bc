using System.Buffers.Binary;
using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Packets;

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
