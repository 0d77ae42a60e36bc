namespace Kestrel.Sctp.Protocol.Tests.Simulation;

public class LinkTests
{
    private const int Count = 20_000;
    private static readonly byte[] _packet = new byte[100];

    [Fact]
    public void A_link_delays_and_jitters()
    {
        var link = NewLink(new LinkSettings { Delay = Duration.Milliseconds(30), Jitter = Duration.Milliseconds(5) });
        var arrivals = Enumerable.Range(0, Count).Select(_ => Carry(link, 1_000).First - 1_000).ToList();
        Assert.InRange(arrivals.Min(), 30_000, 30_100);
        Assert.InRange(arrivals.Max(), 34_900, 35_000);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.2)]
    [InlineData(1.0)]
    public void A_link_loses_as_often_as_it_is_told(double loss)
    {
        var link = NewLink(new LinkSettings { Loss = loss });
        var lost = Enumerable.Range(0, Count).Count(_ => link.Carry(_packet, true, 0, out var _) == Fate.Lost);
        Assert.InRange(lost / (double)Count, loss - 0.02, loss + 0.02);
    }

    [Fact]
    public void Bursts_of_loss_come_and_go()
    {
        // One second in eleven, in runs of a second: a datagram each millisecond.
        var link = NewLink(new LinkSettings { BurstLength = Duration.Seconds(1), BurstInterval = Duration.Seconds(10) });
        var fates = Enumerable.Range(0, 2_000_000).Select(ms => link.Carry(_packet, true, ms * 1_000L, out var _) == Fate.Lost).ToList();
        Assert.InRange(fates.Count(lost => lost) / (double)fates.Count, 0.06, 0.13);
        var begins = fates.Zip(fates.Skip(1)).Count(pair => !pair.First && pair.Second);
        Assert.InRange(begins, 100, 300);
    }

    [Fact]
    public void A_slow_link_queues_and_drops_the_tail()
    {
        // 100 bytes take 1 ms, and five of them may wait behind the one that leaves.
        var link = NewLink(new LinkSettings { Delay = default, Bandwidth = 100_000, Queue = 600 });
        var fates = Enumerable.Range(0, 10).Select(_ => (Fate: link.Carry(_packet, true, 0, out var passage), passage.First)).ToList();
        Assert.Equal([1_000, 2_000, 3_000, 4_000, 5_000, 6_000], fates.TakeWhile(item => item.Fate == Fate.Carried).Select(item => item.First));
        Assert.All(fates.Skip(6), item => Assert.Equal(Fate.QueueFull, item.Fate));

        // And it takes more once there is room.
        Assert.Equal(7_000, Carry(link, 1_000).First);
    }

    [Fact]
    public void A_duplicate_comes_up_to_so_much_later()
    {
        var link = NewLink(new LinkSettings { Duplication = 1, DuplicateDelay = Duration.Seconds(1) });
        var later = Enumerable.Range(0, Count).Select(_ => Carry(link, 0)).Select(passage => passage.Second - passage.First).ToList();
        Assert.InRange(later.Min(), 0, 10_000);
        Assert.InRange(later.Max(), 990_000, 1_000_000);
    }

    [Fact]
    public void Corruption_changes_a_copy_within_32_bits()
    {
        var link = NewLink(new LinkSettings { Corruption = 1 });
        for (var i = 0; i < 1_000; i++)
        {
            Assert.Equal(Fate.Corrupted, link.Carry(_packet, true, 0, out var passage));
            var changed = Enumerable.Range(0, _packet.Length).Where(at => passage.Packet[at] != _packet[at]).ToList();
            Assert.InRange(changed.Count, 1, 5);
            Assert.True(changed[^1] - changed[0] <= 4);
        }

        Assert.All(_packet, value => Assert.Equal(0, value));
    }

    [Fact]
    public void What_is_too_long_is_refused_unless_it_may_be_fragmented()
    {
        var link = NewLink(new LinkSettings { Mtu = 127 });
        Assert.Equal(Fate.TooBig, link.Carry(_packet, false, 0, out _));
        Assert.Equal(Fate.Carried, link.Carry(_packet, true, 0, out _));
        link.Settings = new LinkSettings { Mtu = 128 };
        Assert.Equal(Fate.Carried, link.Carry(_packet, false, 0, out _));
    }

    [Fact]
    public void A_cut_ends_by_itself_and_single_datagrams_are_taken()
    {
        var link = NewLink(LinkSettings.Default);
        link.Cut(until: 500, reported: false);
        Assert.Equal(Fate.Cut, link.Carry(_packet, true, 499, out _));
        Assert.Equal(Fate.Carried, link.Carry(_packet, true, 500, out _));
        link.Cut(until: 1_000, reported: true);
        Assert.Equal(Fate.Unreachable, link.Carry(_packet, true, 999, out _));
        link.Take(skip: 1, count: 2);
        Assert.Equal(
            [Fate.Carried, Fate.Taken, Fate.Taken, Fate.Carried], Enumerable.Range(0, 4).Select(_ => link.Carry(_packet, true, 2_000, out var _)));
    }

    private static Link NewLink(LinkSettings settings) => new(settings, new Random(1));

    private static Passage Carry(Link link, long now)
    {
        link.Carry(_packet, true, now, out var passage);
        return passage;
    }
}
