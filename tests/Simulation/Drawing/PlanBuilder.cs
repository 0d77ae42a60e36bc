using Kestrel.Sctp.Simulation.Plans;

namespace Kestrel.Sctp.Simulation.Drawing;

/// <summary>A plan on its way: the machines, the sessions between them, and what is planned so far.</summary>
internal sealed class PlanBuilder
{
    private readonly List<PlannedAction> _actions = [];
    private readonly List<Connect> _sessions = [];
    private readonly bool _nearWrap;

    public PlanBuilder(int seed)
    {
        Random = new Random(seed);
        IsPatient = Random.Chance(0.6);
        _nearWrap = Random.Chance(0.5);
        Options = new OptionsDrawer(Random, IsPatient);
        Links = new LinksDrawer(Random, IsPatient);
        Traffic = new TrafficDrawer(Random);
        Until = Duration.Seconds(Random.Pick(2, 8, 8, 20));
    }

    public Random Random { get; }

    /// <summary>Nothing is to happen that an association does not outlast.</summary>
    public bool IsPatient { get; }

    public OptionsDrawer Options { get; }

    public LinksDrawer Links { get; }

    public TrafficDrawer Traffic { get; }

    public int Hosts { get; private set; }

    public int Nets { get; private set; }

    public IReadOnlyList<Connect> Sessions => _sessions;

    /// <summary>When most is over.</summary>
    public Duration Until { get; set; }

    public Plan Build(int seed)
    {
        Add(new End { At = After(Until, Random.Magnitude(1_000, 60_000_000)) });
        return new Plan { Seed = seed, Actions = [.. _actions.OrderBy(action => action.At.Microseconds).ThenBy(Rank)] };
    }

    public void Add(PlannedAction action) => _actions.Add(action);

    public void Add(IEnumerable<PlannedAction> actions) => _actions.AddRange(actions);

    public static Duration After(Duration at, long microseconds) => new(at.Microseconds + microseconds);

    public void AddHosts(int hosts, int nets)
    {
        (Hosts, Nets) = (hosts, nets);
        for (var host = 1; host <= hosts; host++)
        {
            Add(new AddHost
            {
                Host = host,
                Addresses = Random.Next(1, nets + 1),
                UdpPort = (ushort)(Random.Chance(0.5) ? 9_899 : Random.Next(20_000, 60_000)),
                Seed = Random.Next(),
                NearWrap = _nearWrap,
                ClockOffset = Random.Pick(default, Duration.Seconds(Random.Next(1_000_000_000)), Duration.Milliseconds(Random.Next(1_000))),
                ReadSize = Random.Chance(0.3) ? Random.Magnitude(1, 3_000) : 0,
                Lag = Random.Chance(0.2) ? new Duration(Random.Magnitude(10, 20_000)) : default,
                Options = Options.Endpoint(),
            });
        }
    }

    /// <summary>Every machine has all the nets, and takes associations with these options.</summary>
    public void AddHostsOnAllNets(int hosts, int nets, Func<AssociationOptions, AssociationOptions>? change = null)
    {
        var before = _actions.Count;
        AddHosts(hosts, nets);
        for (var i = before; i < _actions.Count; i++)
        {
            _actions[i] = (AddHost)_actions[i] with { Addresses = nets };
        }

        AddListeners(change);
    }

    public void AddListeners(Func<AssociationOptions, AssociationOptions>? change = null)
    {
        for (var host = 1; host <= Hosts; host++)
        {
            var options = Options.Association();
            Add(new Listen { Host = host, Options = change?.Invoke(options) ?? options });
        }
    }

    public Connect AddSession(int client, int server, Func<AssociationOptions, AssociationOptions>? change = null)
    {
        var options = Options.Association();
        var connect = new Connect
        {
            At = Random.Chance(0.7) ? default : Random.Within(Duration.Milliseconds(500)),
            Session = _sessions.Count + 1,
            Host = client,
            Peer = server,
            LocalPort = (ushort)(5_000 + _sessions.Count),
            Listed = Random.Next(1, 4),
            Options = change?.Invoke(options) ?? options,
        };
        _sessions.Add(connect);
        Add(connect);
        return connect;
    }

    /// <summary>RFC 9260, 5.2.1: the other end of a session begins it too.</summary>
    public void ConnectBack(Connect session, Duration at) => Add(session with
    {
        At = at, Host = session.Peer, Peer = session.Host, LocalPort = session.Port, Port = session.LocalPort, Listed = 3, Options = Options.Association(),
    });

    /// <summary>The machine loses all; those of its sessions that it began, and perhaps others, are begun again.</summary>
    public void RestartHost(int host, Duration at)
    {
        Add(new Restart { At = at, Host = host, Seed = Random.Next() });
        foreach (var session in _sessions)
        {
            if (session.Host != host && (session.Peer != host || Random.Chance(0.5)))
            {
                continue;
            }

            var again = After(at, Random.Magnitude(1, 5_000_000));
            Add(session with { At = again });
            for (var bursts = Random.Next(3); bursts > 0; bursts--)
            {
                var sender = Random.Pick(session.Host, session.Peer);
                Add(Traffic.Burst(session.Session, sender) with { At = After(again, Random.Magnitude(1, 5_000_000)) });
            }
        }
    }

    // At the same time first the machines, then the network, then who listens; all else as it was drawn.
    private static int Rank(PlannedAction action) => action switch
    {
        AddHost => 0,
        SetLink => 1,
        Take or Cut => 2,
        Listen => 3,
        End => 5,
        _ => 4,
    };
}
