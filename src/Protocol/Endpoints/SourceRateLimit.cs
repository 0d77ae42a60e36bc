using System.Buffers.Binary;
using System.Numerics;

namespace Kestrel.Sctp.Protocol.Endpoints;

/// <summary>
/// So many a second from one address, in a table of fixed size: spoofed addresses make it no larger. An address counts in one
/// cell of each of two rows and is over the limit when both cells are, so that a stranger must hit both to be refused in its
/// stead. A keyed hash chooses the cells: nobody outside can aim at them.
/// </summary>
/// <param name="perSecond">The limit; 0 for none.</param>
/// <param name="random">For the key, once the first address is counted.</param>
internal sealed class SourceRateLimit(int perSecond, RandomSource random)
{
    private const int CellsPerRow = 4_096;

    private int[]? _cells;
    private ulong _key0;
    private ulong _key1;
    private long _second = -1;

    public bool TryTake(IPAddressValue source, long now)
    {
        if (perSecond == 0)
        {
            return true;
        }

        var cells = _cells ?? Begin();
        var second = now / EngineTime.Second;
        if (second != _second)
        {
            _second = second;
            Array.Clear(cells);
        }

        var hash = Hash(source.HostNetwork);
        ref var first = ref cells[(int)(hash % CellsPerRow)];
        ref var other = ref cells[CellsPerRow + (int)((hash >> 32) % CellsPerRow)];
        if (first >= perSecond && other >= perSecond)
        {
            return false;
        }

        first = Math.Min(first + 1, perSecond);
        other = Math.Min(other + 1, perSecond);
        return true;
    }

    private int[] Begin()
    {
        _key0 = random.NextUInt64();
        _key1 = random.NextUInt64();
        return _cells = new int[2 * CellsPerRow];
    }

    // SipHash-2-4 (Aumasson, Bernstein), of 16 bytes.
    private ulong Hash(IPAddressValue address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.WriteBytes(bytes);
        var v0 = _key0 ^ 0x736f6d6570736575;
        var v1 = _key1 ^ 0x646f72616e646f6d;
        var v2 = _key0 ^ 0x6c7967656e657261;
        var v3 = _key1 ^ 0x7465646279746573;
        foreach (var word in (ReadOnlySpan<ulong>)
            [BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]), 16UL << 56])
        {
            v3 ^= word;
            Mix(2, ref v0, ref v1, ref v2, ref v3);
            v0 ^= word;
        }

        v2 ^= 0xFF;
        Mix(4, ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Mix(int rounds, ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        for (; rounds > 0; rounds--)
        {
            v0 += v1;
            v2 += v3;
            v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
            v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
            v0 = BitOperations.RotateLeft(v0, 32);
            v2 += v1;
            v0 += v3;
            v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
            v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
            v2 = BitOperations.RotateLeft(v2, 32);
        }
    }
}
