using Kestrel.Sctp.Simulation.Plans;

namespace Kestrel.Sctp.Simulation.Drawing;

/// <summary>Draws what the network is like and what becomes of it.</summary>
internal sealed class LinksDrawer(Random random, bool patient)
{
    private static readonly Duration _begin = Duration.Seconds(0);

    /// <summary>The links from the begin on: all alike, or each net, or each direction, of its own kind.</summary>
    public IEnumerable<PlannedAction> Begin(int nets)
    {
        yield return new SetLink { Link = Settings() };
        for (var net = 0; net < nets; net++)
        {
            if (random.Chance(0.4))
            {
                yield return new SetLink { Net = net, Link = Settings() };
            }

            if (random.Chance(0.15))
            {
                // One direction is much worse than the other.
                var host = random.Next(1, 3);
                yield return new SetLink { From = host, Net = net, Link = Settings() };
            }
        }
    }

    public LinkSettings Settings()
    {
        var worst = patient ? 0.15 : 0.5;
        var kind = random.Next(10);
        var link = new LinkSettings
        {
            Delay = new Duration(random.Magnitude(100, 400_000)),
            Jitter = random.Chance(0.4) ? new Duration(random.Magnitude(100, 300_000)) : default,
            Loss = kind < 5 ? Round(random.NextDouble() * random.NextDouble() * worst) : 0,
            Duplication = random.Chance(0.3) ? Round(random.NextDouble() * 0.1) : 0,
            DuplicateDelay = random.Chance(0.3) ? new Duration(random.Magnitude(10_000, 20_000_000)) : default,
            Corruption = random.Chance(0.2) && kind >= 5 ? Round(random.NextDouble() * 0.05) : 0,
            Reordering = random.Chance(0.2) ? Round(random.NextDouble() * 0.3) : 0,
            ReorderingDelay = new Duration(random.Magnitude(1_000, 500_000)),
            Mtu = random.Chance(0.1) ? random.Pick(576, 600, 1_000, 1_280, 1_500) : 0,
        };
        if (kind is >= 5 and < 8)
        {
            // A tenth of the time at most.
            var length = random.Magnitude(5_000, patient ? 500_000 : 5_000_000);
            link = link with { BurstLength = new Duration(length), BurstInterval = new Duration((long)length * random.Next(9, 60)), BurstLoss = random.Pick(1, 0.8) };
        }

        return random.Chance(0.3)
            ? link with { Bandwidth = random.Magnitude(30_000, 5_000_000), Queue = random.Magnitude(4_000, 64 * 1024) }
            : link;
    }

    /// <summary>Cuts and losses of single packets up to this time.</summary>
    public IEnumerable<PlannedAction> Troubles(int hosts, int nets, Duration until)
    {
        for (var cuts = random.Next(4) == 0 ? random.Next(1, 4) : 0; cuts > 0; cuts--)
        {
            yield return new Cut
            {
                At = random.Within(until),
                From = random.Next(hosts + 1),
                To = random.Next(hosts + 1),
                Net = random.Next(-1, nets),
                For = new Duration(random.Magnitude(10_000, patient ? 5_000_000 : 60_000_000)),
                OneWay = random.Chance(0.3),
                Reported = random.Chance(0.3),
            };
        }

        for (var taken = random.Next(4) == 0 ? random.Next(1, 4) : 0; taken > 0; taken--)
        {
            yield return new Take
            {
                At = random.Chance(0.5) ? _begin : random.Within(until), From = random.Next(1, hosts + 1), Skip = random.Next(12), Count = random.Pick(1, 1, 2, 3),
            };
        }
    }

    /// <summary>The nets fail one after the other, again and again: paths flap.</summary>
    public IEnumerable<PlannedAction> Flapping(int nets, Duration until)
    {
        var down = random.Between(Duration.Milliseconds(200), Duration.Milliseconds(patient ? 1_500 : 6_000));
        var up = random.Between(default, down);
        for (var (at, net) = (0L, 0); at < until.Microseconds; at += down.Microseconds + up.Microseconds, net++)
        {
            yield return new Cut { At = new Duration(at), Net = net % nets, For = down };
        }
    }

    private static double Round(double probability) => Math.Round(probability, 3);
}
