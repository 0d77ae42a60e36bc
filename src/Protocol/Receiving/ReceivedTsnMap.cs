using System.Numerics;

namespace Kestrel.Sctp.Protocol.Receiving;

/// <summary>What became of a TSN offered to <see cref="ReceivedTsnMap"/>.</summary>
internal enum TsnOutcome
{
    New,
    Duplicate,

    /// <summary>Too far ahead of the Cumulative TSN to be remembered.</summary>
    OutOfRange,

    /// <summary>Its B or E bit contradicts a neighbour's: no message can look so (RFC 9260, 6.9).</summary>
    Inconsistent,
}

/// <summary>
/// Which TSNs have arrived (RFC 9260, 6.2, 6.7): the Cumulative TSN and, above it, three bitmaps in one ring, for received
/// and for the B and E bits, so that the boundaries of messages are checked between neighbouring TSNs.
/// </summary>
internal sealed class ReceivedTsnMap
{
    /// <summary>Gap Ack Blocks count in 16 bits (RFC 9260, 3.3.4).</summary>
    public const int MaxDistance = 65_535;

    private const int MinWords = 2;

    private ulong[] _received = new ulong[MinWords];
    private ulong[] _begins = new ulong[MinWords];
    private ulong[] _ends = new ulong[MinWords];
    private bool _cumulativeWasEnd = true;

    private readonly int _maxDistance;

    /// <param name="initialTsn">The first TSN of the peer.</param>
    /// <param name="maxDistance">How far above the Cumulative TSN one is remembered; it bounds the bitmaps, of 3 bits for each.</param>
    public ReceivedTsnMap(uint initialTsn, int maxDistance = MaxDistance)
    {
        _maxDistance = maxDistance;
        CumulativeTsn = initialTsn - 1;
        HighestTsn = CumulativeTsn;
    }

    public uint CumulativeTsn { get; private set; }

    public uint HighestTsn { get; private set; }

    public bool HasGap => HighestTsn != CumulativeTsn;

    /// <summary>TSNs received above the Cumulative TSN.</summary>
    public int OutOfOrderCount { get; private set; }

    /// <summary>What <see cref="Add"/> would say; nothing changes.</summary>
    public TsnOutcome Classify(uint tsn, bool begins, bool ends)
    {
        var distance = SerialNumber.Distance(CumulativeTsn, tsn);
        if (distance <= 0)
        {
            return TsnOutcome.Duplicate;
        }

        if (distance > _maxDistance)
        {
            return TsnOutcome.OutOfRange;
        }

        if (Contains(tsn))
        {
            return TsnOutcome.Duplicate;
        }

        if (distance == 1 ? _cumulativeWasEnd != begins : Contains(tsn - 1) && Get(_ends, tsn - 1) != begins)
        {
            return TsnOutcome.Inconsistent;
        }

        return Contains(tsn + 1) && Get(_begins, tsn + 1) != ends ? TsnOutcome.Inconsistent : TsnOutcome.New;
    }

    /// <summary>Records a TSN that <see cref="Classify"/> called new, and moves the Cumulative TSN as far as it goes.</summary>
    public void Add(uint tsn, bool begins, bool ends)
    {
        EnsureCapacity(SerialNumber.Distance(CumulativeTsn, tsn));
        Set(_received, tsn, true);
        Set(_begins, tsn, begins);
        Set(_ends, tsn, ends);
        OutOfOrderCount++;
        if (SerialNumber.GreaterThan(tsn, HighestTsn))
        {
            HighestTsn = tsn;
        }

        while (HasGap && Get(_received, CumulativeTsn + 1))
        {
            CumulativeTsn++;
            _cumulativeWasEnd = Get(_ends, CumulativeTsn);
            Set(_received, CumulativeTsn, false);
            OutOfOrderCount--;
        }
    }

    /// <summary>Forgets a TSN above the Cumulative TSN, whose data was dropped again (RFC 9260, 6.2).</summary>
    public void Renege(uint tsn)
    {
        Set(_received, tsn, false);
        OutOfOrderCount--;
        while (HasGap && !Get(_received, HighestTsn))
        {
            HighestTsn--;
        }
    }

    /// <summary>Back to the smallest ring, when nothing lies above the Cumulative TSN.</summary>
    public void Trim()
    {
        if (!HasGap && _received.Length > MinWords)
        {
            _received = new ulong[MinWords];
            _begins = new ulong[MinWords];
            _ends = new ulong[MinWords];
        }
    }

    public bool Contains(uint tsn)
    {
        var distance = SerialNumber.Distance(CumulativeTsn, tsn);
        return distance <= 0 || (distance <= SerialNumber.Distance(CumulativeTsn, HighestTsn) && Get(_received, tsn));
    }

    /// <summary>Gap Ack Blocks from the lowest up, as many as fit (RFC 9260, 6.7). Returns how many.</summary>
    public int WriteGapBlocks(Span<GapBlock> blocks)
    {
        var count = 0;
        var end = SerialNumber.Distance(CumulativeTsn, HighestTsn);
        for (var offset = 1; offset <= end && count < blocks.Length;)
        {
            var start = Next(offset, end, received: true);
            if (start > end)
            {
                break;
            }

            offset = Next(start, end, received: false);
            blocks[count++] = new GapBlock((ushort)start, (ushort)(offset - 1));
        }

        return count;
    }

    /// <summary>The first offset from the Cumulative TSN, at or after this one, that is received or is not; end + 1 if none.</summary>
    private int Next(int offset, int end, bool received)
    {
        while (offset <= end)
        {
            var tsn = CumulativeTsn + (uint)offset;
            var bit = (int)(tsn % 64);
            var word = _received[WordOf(_received, tsn)];
            var rest = (received ? word : ~word) >> bit;
            if (rest != 0)
            {
                return Math.Min(offset + BitOperations.TrailingZeroCount(rest), end + 1);
            }

            offset += 64 - bit;
        }

        return end + 1;
    }

    // The ring's size is a power of two, so that the index stays right when the TSN wraps around.
    private static int WordOf(ulong[] bits, uint tsn) => (int)(tsn / 64) & (bits.Length - 1);

    private static bool Get(ulong[] bits, uint tsn) => (bits[WordOf(bits, tsn)] >> (int)(tsn % 64) & 1) != 0;

    private static void Set(ulong[] bits, uint tsn, bool value)
    {
        var mask = 1UL << (int)(tsn % 64);
        ref var word = ref bits[WordOf(bits, tsn)];
        word = value ? word | mask : word & ~mask;
    }

    private void EnsureCapacity(int distance)
    {
        // One word more than needed: the first and the last TSN may share a word of the ring.
        var words = (int)BitOperations.RoundUpToPowerOf2((uint)((distance / 64) + 2));
        if (words <= _received.Length)
        {
            return;
        }

        _received = Grow(_received, words);
        _begins = Grow(_begins, words);
        _ends = Grow(_ends, words);
    }

    private ulong[] Grow(ulong[] bits, int words)
    {
        var grown = new ulong[words];
        if (HasGap)
        {
            // Word by word, and only those in use: one packet may make a ring of 32,768 bits grow.
            var first = (CumulativeTsn + 1) / 64;
            var count = ((HighestTsn / 64) - first) & (uint.MaxValue / 64);
            for (var word = first; word <= first + count; word++)
            {
                grown[(int)word & (grown.Length - 1)] = bits[(int)word & (bits.Length - 1)];
            }
        }

        return grown;
    }
}
