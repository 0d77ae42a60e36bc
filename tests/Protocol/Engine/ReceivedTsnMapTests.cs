using Kestrel.Sctp.Protocol.Receiving;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>The ring of received TSNs beside a plain set of them, while it grows, wraps around and is given back.</summary>
public class ReceivedTsnMapTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory, Trait("Requirement", "R-60")]
    [MemberData(nameof(Seeds))]
    public void R_60_the_map_says_what_a_set_of_the_TSNs_says(int seed)
    {
        var random = new Random(seed);
        var initial = random.Next(2) == 0 ? uint.MaxValue - (uint)random.Next(40_000) : (uint)random.NextInt64(uint.MaxValue);
        var map = new ReceivedTsnMap(initial);
        var received = new HashSet<uint>();
        for (var i = 0; i < 400; i++)
        {
            // Near, or as far as the map remembers: then it grows to its largest at once.
            var distance = random.Next(4) == 0 ? random.Next(1, ReceivedTsnMap.MaxDistance + 1) : random.Next(1, 200);
            var tsn = map.CumulativeTsn + (uint)distance;
            Assert.Equal(received.Contains(tsn) ? TsnOutcome.Duplicate : TsnOutcome.New, map.Classify(tsn, begins: true, ends: true));
            if (received.Add(tsn))
            {
                map.Add(tsn, begins: true, ends: true);
            }

            if (random.Next(10) == 0 && map.HasGap)
            {
                received.Remove(map.HighestTsn);
                map.Renege(map.HighestTsn);
            }

            received.RemoveWhere(old => SerialNumber.LessOrEqual(old, map.CumulativeTsn));
            Assert.DoesNotContain(map.CumulativeTsn + 1, received);
        }

        var blocks = new GapBlock[1_000];
        var reported = blocks.AsSpan(0, map.WriteGapBlocks(blocks)).ToArray()
            .SelectMany(block => Enumerable.Range(block.Start, block.End - block.Start + 1)).Select(offset => map.CumulativeTsn + (uint)offset);
        Assert.Equal(received.OrderBy(tsn => tsn - map.CumulativeTsn), reported);
    }
}
