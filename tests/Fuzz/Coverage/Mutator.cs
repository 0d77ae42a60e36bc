using System.Buffers.Binary;

namespace Kestrel.Sctp.Fuzz.Coverage;

/// <summary>Makes a new input of one or two known ones: a few changes of bits, numbers and blocks, one upon the other.</summary>
internal sealed class Mutator(Random random)
{
    public const int MaxLength = 12 * 1024;

    private const int MaxChanges = 16;
    private const int MaxBlock = 64;

    private static readonly uint[] _numbers = [0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 63, 64, 127, 128, 255, 256, 1_023, 1_500, 32_767, 32_768, 65_534, 65_535,
        65_536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF];

    private readonly byte[] _bytes = new byte[MaxLength];
    private int _length;

    public ReadOnlySpan<byte> Mutate(ReadOnlySpan<byte> input, ReadOnlySpan<byte> other)
    {
        _length = Math.Min(input.Length, MaxLength);
        input[.._length].CopyTo(_bytes);

        // Few changes are best where much is right already, many now and then.
        for (var changes = 1 + (int)Math.Pow(MaxChanges, random.NextDouble()); changes > 0; changes--)
        {
            Change(other);
        }

        return _bytes.AsSpan(0, _length);
    }

    private void Change(ReadOnlySpan<byte> other)
    {
        var place = random.Next(_length + 1);
        switch (random.Next(12))
        {
            case 0 when place < _length:
                _bytes[place] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when place < _length:
                _bytes[place] = (byte)random.Next(256);
                break;
            case 2 when place < _length:
                _bytes[place] += (byte)(random.Next(2) == 0 ? random.Next(1, 17) : -random.Next(1, 17));
                break;
            case 3:
                WriteNumber(place, sizeof(ushort), Near(place, sizeof(ushort)));
                break;
            case 4:
                WriteNumber(place & ~3, sizeof(uint), Near(place & ~3, sizeof(uint)));
                break;
            case 5:
                WriteNumber(place, random.Next(2) == 0 ? sizeof(ushort) : sizeof(uint), _numbers[random.Next(_numbers.Length)]);
                break;
            case 6:
                Remove(place, Block(_length - place));
                break;
            case 7:
                // A block of its own again, elsewhere.
                var from = random.Next(_length + 1);
                Insert(place, _bytes.AsSpan(from, Block(_length - from)).ToArray());
                break;
            case 8:
                var fill = new byte[Block(MaxBlock)];
                fill.AsSpan().Fill((byte)(random.Next(2) == 0 ? 0 : random.Next(256)));
                Insert(place, fill);
                break;
            case 9 when !other.IsEmpty:
                var start = random.Next(other.Length);
                Insert(place, other.Slice(start, Block(other.Length - start)));
                break;
            case 10 when !other.IsEmpty:
                // The beginning of one, the end of the other.
                _length = place;
                Insert(place, other[random.Next(other.Length)..]);
                break;
            case 11 when !other.IsEmpty:
                var overwriting = random.Next(other.Length);
                var count = Math.Min(Block(other.Length - overwriting), _length - place);
                other.Slice(overwriting, count).CopyTo(_bytes.AsSpan(place));
                break;
        }
    }

    private int Block(int max) => max <= 0 ? 0 : random.Next(8) == 0 ? random.Next(max + 1) : random.Next(Math.Min(max, MaxBlock) + 1);

    private uint Near(int place, int size)
    {
        if (place + size > _length)
        {
            return 0;
        }

        var value = size == sizeof(ushort) ? BinaryPrimitives.ReadUInt16BigEndian(_bytes.AsSpan(place)) : BinaryPrimitives.ReadUInt32BigEndian(_bytes.AsSpan(place));
        return value + (uint)random.Next(-20, 21);
    }

    private void WriteNumber(int place, int size, uint value)
    {
        if (place + size > _length)
        {
            return;
        }

        if (size == sizeof(ushort))
        {
            BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(place), (ushort)value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(place), value);
        }
    }

    private void Remove(int place, int count)
    {
        _bytes.AsSpan((place + count).._length).CopyTo(_bytes.AsSpan(place));
        _length -= count;
    }

    private void Insert(int place, ReadOnlySpan<byte> block)
    {
        var count = Math.Min(block.Length, MaxLength - _length);
        _bytes.AsSpan(place.._length).CopyTo(_bytes.AsSpan(place + count));
        block[..count].CopyTo(_bytes.AsSpan(place));
        _length += count;
    }
}
