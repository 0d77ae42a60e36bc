using Kestrel.Sctp.Simulation.Plans;

namespace Kestrel.Sctp.Simulation.Drawing;

/// <summary>Draws a plan from a seed: who talks to whom, the network, the options, the traffic, the troubles, the ends.</summary>
internal static class PlanDrawer
{
    public static Plan Draw(int seed)
    {
        var builder = new PlanBuilder(seed);
        switch (builder.Random.Next(10))
        {
            case < 5:
                // One client and one server, with up to three nets between them.
                builder.AddHosts(2, builder.Random.Next(1, 4));
                builder.AddListeners();
                builder.AddSession(1, 2);
                DrawUsual(builder);
                break;
            case < 7:
                DrawMany(builder);
                break;
            default:
                Scenarios.Draw(builder);
                break;
        }

        return builder.Build(seed);
    }

    /// <summary>A client of many servers, a server of many clients, or everybody with anybody; some talk in both directions.</summary>
    private static void DrawMany(PlanBuilder builder)
    {
        var random = builder.Random;
        builder.AddHosts(random.Next(2, 6), random.Next(1, 3));
        builder.AddListeners();
        var shape = random.Next(3);
        for (var count = random.Next(2, 6); count > 0; count--)
        {
            var client = shape == 0 ? 1 : random.Next(2, builder.Hosts + 1);
            var server = shape == 1 ? 1 : random.Next(1, builder.Hosts + 1);
            builder.AddSession(client, server == client ? (server % builder.Hosts) + 1 : server);
        }

        DrawUsual(builder);
    }

    /// <summary>A bit of everything.</summary>
    public static void DrawUsual(PlanBuilder builder)
    {
        var (random, until) = (builder.Random, builder.Until);
        builder.Add(builder.Links.Begin(builder.Nets));
        builder.Add(builder.Links.Troubles(builder.Hosts, builder.Nets, until));
        foreach (var session in builder.Sessions)
        {
            builder.Add(builder.Traffic.Traffic(session.Session, session.Host, session.Peer, until));
            if (random.Chance(0.6))
            {
                builder.Add(builder.Traffic.Ending(session.Session, session.Host, session.Peer, until, builder.IsPatient));
            }

            if (random.Chance(0.12))
            {
                builder.ConnectBack(session, PlanBuilder.After(session.At, random.Magnitude(1, 500_000)));
            }
        }

        DrawMachines(builder);
    }

    /// <summary>Clocks that leap, machines that sleep; and when nobody is to outlast it, machines that vanish or restart.</summary>
    private static void DrawMachines(PlanBuilder builder)
    {
        var (random, until, hosts) = (builder.Random, builder.Until, builder.Hosts);
        if (random.Chance(0.1))
        {
            var by = random.Pick(Duration.Seconds(3_600), Duration.Seconds(2), Duration.Milliseconds(100));
            builder.Add(new JumpClock { At = random.Within(until), Host = random.Next(hosts + 1), By = by });
        }

        if (random.Chance(0.1))
        {
            var most = builder.IsPatient ? 5_000_000 : int.MaxValue;
            builder.Add(new Suspend
            {
                At = random.Within(until), Host = random.Next(1, hosts + 1), Keeps = random.Pick(0, 0, 5, 100), For = new Duration(random.Magnitude(1_000, most)),
            });
        }

        if (builder.IsPatient)
        {
            return;
        }

        if (random.Chance(0.2))
        {
            builder.Add(new Vanish { At = random.Within(until), Host = random.Next(1, hosts + 1) });
        }

        if (random.Chance(0.3))
        {
            builder.RestartHost(random.Next(1, hosts + 1), random.Within(until));
        }

        if (random.Chance(0.1))
        {
            builder.Add(new Rebind { At = random.Within(until), Host = random.Next(1, hosts + 1), UdpPort = (ushort)random.Next(20_000, 60_000) });
        }
    }
}
