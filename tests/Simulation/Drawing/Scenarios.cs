using Kestrel.Sctp.Simulation.Plans;

namespace Kestrel.Sctp.Simulation.Drawing;

/// <summary>Plans that lead where stacks are known to fail, and where chance alone seldom does.</summary>
internal static class Scenarios
{
    private const int Huge = 3_000_000;
    private const int SsnWrap = 66_000;

    public static void Draw(PlanBuilder builder)
    {
        switch (builder.Random.Next(60))
        {
            case < 12:
                DrawClosing(builder);
                break;
            case < 24:
                DrawClosedWindow(builder);
                break;
            case < 34:
                DrawFlappingPaths(builder);
                break;
            case < 44:
                DrawDroppedAgain(builder);
                break;
            case < 46:
                DrawHugeMessage(builder);
                break;
            case < 54:
                DrawOldDuplicates(builder);
                break;
            case < 59:
                DrawLongIdle(builder);
                break;
            default:
                DrawSsnWrap(builder);
                break;
        }
    }

    /// <summary>Both ends close at about the same time, with a few messages under way, and single packets are lost.</summary>
    public static void DrawClosing(PlanBuilder builder)
    {
        var random = builder.Random;
        builder.AddHosts(2, random.Next(1, 3));
        builder.AddListeners();
        var session = builder.AddSession(1, 2);
        var delay = Duration.Milliseconds(random.Next(1, 100));
        builder.Add(new SetLink { Link = new LinkSettings { Delay = delay } });
        var close = Duration.Seconds(random.Next(2, 6));
        foreach (var host in new[] { session.Host, session.Peer })
        {
            for (var bursts = random.Next(3); bursts > 0; bursts--)
            {
                var at = PlanBuilder.After(close, -random.NextInt64(3 * delay.Microseconds));
                builder.Add(new Send { At = at, Session = 1, Host = host, Count = random.Next(1, 4), Size = random.Magnitude(1, 3_000) });
            }

            if (random.Chance(0.85))
            {
                builder.Add(new Shutdown { At = PlanBuilder.After(close, random.NextInt64(3 * delay.Microseconds)), Session = 1, Host = host });
            }

            if (random.Chance(0.7))
            {
                builder.Add(new Take { At = close, From = host, Skip = random.Next(6), Count = random.Pick(1, 1, 1, 2) });
            }
        }
    }

    /// <summary>The reader stops, the window closes, and the end of what was sent is dropped by a short queue.</summary>
    public static void DrawClosedWindow(PlanBuilder builder)
    {
        var random = builder.Random;
        AssociationOptions Small(AssociationOptions options) => options with
        {
            ReceiveBufferSize = random.Pick(4, 4, 8, 16, 64) * 1024, MaxMessageSize = 16 * 1024 * 1024,
        };

        builder.AddHosts(2, random.Next(1, 3));
        builder.AddListeners(Small);
        builder.AddSession(1, 2, Small);
        builder.Add(new SetLink
        {
            Link = builder.Links.Settings() with { Bandwidth = random.Magnitude(20_000, 400_000), Queue = random.Magnitude(3_000, 20_000) },
        });
        builder.Add(builder.Links.Troubles(2, builder.Nets, builder.Until));
        foreach (var host in new[] { 1, 2 })
        {
            for (var bursts = random.Next(1, 4); bursts > 0; bursts--)
            {
                var send = builder.Traffic.Burst(1, host);
                builder.Add(send with { At = random.Within(builder.Until), Count = Math.Min(send.Count, Math.Max(60_000 / send.Size, 1)) });
            }

            for (var stops = random.Next(1, 3); stops > 0; stops--)
            {
                builder.Add(new StopReading
                {
                    At = random.Within(builder.Until), Session = 1, Host = host, For = new Duration(random.Magnitude(100_000, 100_000_000)),
                    Drops = random.Chance(0.5) ? random.Magnitude(1, 3_000) : 0, Every = new Duration(random.Magnitude(20_000, 2_000_000)),
                });
            }
        }

        if (random.Chance(0.5))
        {
            builder.Add(builder.Traffic.Ending(1, 1, 2, builder.Until, gracefully: true));
        }
    }

    /// <summary>Nets go down and up in turn while data flows: what timed out goes to the other path, and that fails too.</summary>
    public static void DrawFlappingPaths(PlanBuilder builder)
    {
        var random = builder.Random;
        AssociationOptions Quick(AssociationOptions options) => options with { PathMaxRetransmits = random.Pick(0, 1, 2, 5) };

        builder.AddHostsOnAllNets(2, random.Next(2, 4), Quick);
        builder.AddSession(1, 2, Quick);
        builder.Add(builder.Links.Begin(builder.Nets));
        builder.Add(builder.Links.Flapping(builder.Nets, builder.Until));
        for (var sends = random.Next(2, 12); sends > 0; sends--)
        {
            builder.Add(builder.Traffic.Burst(1, random.Next(1, 3)) with { At = random.Within(builder.Until) });
        }

        if (random.Chance(0.5))
        {
            builder.Add(builder.Traffic.Ending(1, 1, 2, builder.Until, gracefully: true));
        }
    }

    /// <summary>
    /// Thousands of tiny messages into a small buffer, over packets that hold many of them: a hole costs more to fill than
    /// the buffer holds, and the receiver drops again what it has acknowledged by gap reports (RFC 9260, 6.2).
    /// </summary>
    public static void DrawDroppedAgain(PlanBuilder builder)
    {
        var random = builder.Random;
        var mtu = random.Pick(9_000, 9_000, 20_000, 3_000);
        AssociationOptions Tiny(AssociationOptions options) => options with
        {
            ReceiveBufferSize = random.Pick(16, 64, 128, 256) * 1024, InitialPathMtu = mtu, MaxSegmentSize = 0, MaxMessageSize = 16 * 1024 * 1024, MaxBurst = 16,
            MaxOrderedOutstanding = ushort.MaxValue, MaxTsnsOutstanding = int.MaxValue,
        };

        builder.AddHosts(2, 1);
        builder.AddListeners(Tiny);
        builder.AddSession(1, 2, Tiny);
        var loss = Math.Round(random.NextDouble() * (builder.IsPatient ? 0.15 : 0.4), 3);
        builder.Add(new SetLink { Link = new LinkSettings { Delay = Duration.Milliseconds(random.Next(1, 100)), Jitter = Duration.Milliseconds(random.Next(30)), Loss = loss } });
        for (var bursts = random.Next(1, 4); bursts > 0; bursts--)
        {
            builder.Add(new Send
            {
                At = random.Within(builder.Until), Session = 1, Host = random.Next(1, 3), Count = random.Magnitude(500, 4_000), Size = random.Magnitude(1, 30),
                Unordered = random.Chance(0.3), Stream = random.Pick(-1, 0),
            });
        }

        for (var stops = random.Next(3); stops > 0; stops--)
        {
            builder.Add(new StopReading { At = random.Within(builder.Until), Session = 1, Host = random.Next(1, 3), For = new Duration(random.Magnitude(50_000, 20_000_000)) });
        }
    }

    /// <summary>A message much larger than the receive buffer, with others behind it.</summary>
    public static void DrawHugeMessage(PlanBuilder builder)
    {
        var random = builder.Random;
        AssociationOptions Large(AssociationOptions options) => options with { MaxMessageSize = 16 * 1024 * 1024, MaxSegmentSize = 0 };

        builder.AddHosts(2, random.Next(1, 3));
        builder.AddListeners(Large);
        builder.AddSession(1, 2, Large);
        builder.Add(builder.Links.Begin(builder.Nets));
        builder.Add(new Send { Session = 1, Host = random.Next(1, 3), Size = random.Magnitude(300_000, Huge), Unordered = random.Chance(0.3) });
        builder.Add(builder.Traffic.Traffic(1, 1, 2, builder.Until));
    }

    /// <summary>Copies of packets come late, when the association that they were of has ended, or restarted.</summary>
    public static void DrawOldDuplicates(PlanBuilder builder)
    {
        var random = builder.Random;
        builder.Until = Duration.Seconds(4);
        builder.AddHosts(2, random.Next(1, 3));
        builder.AddListeners();
        var session = builder.AddSession(1, 2);
        builder.Add(new SetLink
        {
            Link = builder.Links.Settings() with { Duplication = Math.Round(random.NextDouble() * 0.6, 3), DuplicateDelay = new Duration(random.Magnitude(100_000, 50_000_000)) },
        });
        builder.Add(builder.Traffic.Traffic(1, 1, 2, builder.Until));
        builder.Add(builder.Traffic.Ending(1, 1, 2, builder.Until, builder.IsPatient));
        for (var times = random.Next(3); times > 0; times--)
        {
            var at = random.Between(builder.Until, Duration.Seconds(20));
            if (builder.IsPatient || random.Chance(0.3))
            {
                builder.Add(session with { At = at });
                builder.Add(builder.Traffic.Burst(1, random.Next(1, 3)) with { At = PlanBuilder.After(at, random.Magnitude(1, 3_000_000)) });
            }
            else
            {
                builder.RestartHost(random.Next(1, 3), at);
            }
        }

        builder.Until = Duration.Seconds(20);
    }

    /// <summary>Hours with hardly a message, and clocks that leap.</summary>
    public static void DrawLongIdle(PlanBuilder builder)
    {
        var random = builder.Random;
        builder.Until = Duration.Seconds(random.Next(1_800, 4 * 3_600));
        AssociationOptions Slow(AssociationOptions options) => options with { HeartbeatInterval = random.Pick(30, 60, 300, 0) * EngineTime.Second };

        builder.AddHosts(2, random.Next(1, 4));
        builder.AddListeners(Slow);
        builder.AddSession(1, 2, Slow);
        builder.Add(builder.Links.Begin(builder.Nets));
        for (var sends = random.Next(8); sends > 0; sends--)
        {
            builder.Add(builder.Traffic.Burst(1, random.Next(1, 3)) with { At = random.Within(builder.Until), Count = random.Next(1, 4) });
        }

        for (var jumps = random.Next(3); jumps > 0; jumps--)
        {
            builder.Add(new JumpClock { At = random.Within(builder.Until), Host = random.Next(3), By = Duration.Seconds(random.Magnitude(1, 100_000)) });
        }
    }

    /// <summary>More ordered messages on one stream than it has sequence numbers.</summary>
    public static void DrawSsnWrap(PlanBuilder builder)
    {
        var random = builder.Random;
        AssociationOptions Plain(AssociationOptions options) => options with
        {
            ReceiveBufferSize = 1024 * 1024, InitialPathMtu = 9_000, MaxSegmentSize = 0, MaxBurst = 16,
            MaxOrderedOutstanding = ushort.MaxValue, MaxTsnsOutstanding = int.MaxValue,
        };

        builder.AddHosts(2, 1);
        builder.AddListeners(Plain);
        builder.AddSession(1, 2, Plain);
        builder.Add(new SetLink { Link = new LinkSettings { Delay = Duration.Milliseconds(random.Next(1, 50)), Loss = random.Pick(0, 0.01, 0.05) } });
        builder.Add(new Send { Session = 1, Host = random.Next(1, 3), Count = SsnWrap, Size = random.Next(1, 4), Stream = 0 });
    }
}
