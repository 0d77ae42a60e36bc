using Kestrel.Sctp.Simulation.Plans;

namespace Kestrel.Sctp.Simulation.Drawing;

/// <summary>Draws what the applications of a session do.</summary>
internal sealed class TrafficDrawer(Random random)
{
    private const int MaxBytes = 400_000;

    private int _bytes;

    /// <summary>What both ends send, and how they read.</summary>
    public IEnumerable<PlannedAction> Traffic(int session, int client, int server, Duration until)
    {
        var pattern = random.Next(10);
        foreach (var host in new[] { client, server })
        {
            // One-sided: the other end only listens.
            var bursts = pattern < 2 && host == server ? 0 : random.Next(5);
            for (; bursts > 0; bursts--)
            {
                yield return Burst(session, host) with { At = random.Chance(0.3) ? default : random.Within(until) };
            }

            if (random.Chance(0.2))
            {
                yield return new StopReading
                {
                    At = random.Within(until),
                    Session = session,
                    Host = host,
                    For = new Duration(random.Magnitude(10_000, 60_000_000)),
                    Drops = random.Chance(0.4) ? random.Magnitude(1, 5_000) : 0,
                    Every = new Duration(random.Magnitude(10_000, 2_000_000)),
                };
            }

            if (random.Chance(0.05))
            {
                yield return new SetPrimary { At = random.Within(until), Session = session, Host = host, Path = random.Next(3) };
            }
        }

        if (pattern == 9)
        {
            foreach (var action in PingPong(session, client, server))
            {
                yield return action;
            }
        }
    }

    public Send Burst(int session, int host)
    {
        var kind = random.Next(20);
        var size = kind switch
        {
            < 6 => random.Magnitude(1, 100),
            < 13 => random.Magnitude(100, 3_000),
            < 18 => random.Magnitude(1_000, 30_000),
            _ => random.Magnitude(30_000, 300_000),
        };
        var count = Math.Clamp(random.Magnitude(1, 60), 1, Math.Max((MaxBytes - _bytes) / size, 1));
        _bytes += size * count;
        return new Send
        {
            Session = session,
            Host = host,
            Count = count,
            Size = size,
            Varied = random.Chance(0.5),
            Stream = random.Chance(0.6) ? -1 : random.Next(20),
            Unordered = random.Chance(0.3),
        };
    }

    public IEnumerable<PlannedAction> PingPong(int session, int client, int server)
    {
        var rounds = random.Magnitude(2, 60);
        yield return new Echo { Session = session, Host = client, Rounds = rounds };
        yield return new Echo { Session = session, Host = server, Rounds = rounds };
        yield return new Send { Session = session, Host = client, Size = random.Magnitude(1, 4_000) };
    }

    /// <summary>How one of the ends, or both, end it before the plan does; gracefully when they are to.</summary>
    public IEnumerable<PlannedAction> Ending(int session, int client, int server, Duration until, bool gracefully)
    {
        var kind = random.Next(gracefully ? 7 : 10);
        var at = random.Chance(0.2) ? random.Within(Duration.Milliseconds(600)) : random.Within(until);
        var (one, other) = random.Chance(0.5) ? (client, server) : (server, client);
        switch (kind)
        {
            case < 3:
                yield return new Shutdown { At = at, Session = session, Host = one };
                break;
            case < 5:
                // Both, at about the same time.
                yield return new Shutdown { At = at, Session = session, Host = one };
                yield return new Shutdown { At = new Duration(at.Microseconds + random.Magnitude(1, 1_000_000)), Session = session, Host = other };
                break;
            case 5:
                // Twice.
                yield return new Shutdown { At = at, Session = session, Host = one };
                yield return new Shutdown { At = new Duration(at.Microseconds + random.Magnitude(1, 1_000_000)), Session = session, Host = one };
                break;
            case 7:
                yield return new Abort { At = at, Session = session, Host = one };
                break;
            case 8:
                yield return new Shutdown { At = at, Session = session, Host = one };
                yield return new Abort { At = new Duration(at.Microseconds + random.Magnitude(1, 1_000_000)), Session = session, Host = random.Pick(one, other) };
                break;
            case 9:
                yield return new Abort { At = at, Session = session, Host = one };
                yield return new Abort { At = at, Session = session, Host = other };
                break;
        }
    }
}
