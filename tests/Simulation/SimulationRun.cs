using System.Security.Cryptography;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Simulation.Command;

namespace Kestrel.Sctp.Simulation;

/// <summary>How a simulated association ends.</summary>
internal enum Ending
{
    ClientShutsDown,
    ServerShutsDown,
    BothShutDown,
    ClientAborts,
    ServerAborts,
    ClientVanishes,
    ServerVanishes,
    ClientRestarts,
    ServerRestarts,
}

/// <summary>
/// Two engines over a bad network. Everything is drawn from the seed: the network, the options, the traffic of both
/// sides, paths that fail, readers that stop, and the end.
/// </summary>
internal sealed class SimulationRun
{
    private const ushort Port = 7;
    private const ushort ClientPort = 5_000;
    private const long Patience = 3_000 * EngineTime.Second;

    private readonly Random _random;
    private readonly bool _nearWrap;
    private readonly bool _patient;
    private readonly PriorityQueue<Action, (long Time, int Order)> _actions = new();
    private readonly bool[] _cut = new bool[3];
    private readonly List<Host> _hosts = [];

    // Per association, and per life of it: a restart begins another.
    private readonly Dictionary<Association, List<Life>> _lives = [];
    private readonly HashSet<Association> _gone = [];
    private int _order;
    private int _made;
    private AssociationOptions _listening = AssociationOptions.Default;
    private (Host Host, Action<Association, long> Step)? _done;
    private Host _client;
    private Host _server;

    public SimulationRun(int seed)
    {
        Seed = seed;
        _random = new Random(seed);
        _nearWrap = _random.Next(2) == 0;
        _patient = Chance(0.5);
        Ending = _random.Next(2) == 0 ? (Ending)_random.Next(3) : Enum.GetValues<Ending>()[_random.Next(3, 9)];
        Network = new VirtualNetwork(seed)
        {
            Delay = _random.NextInt64(EngineTime.Millisecond, 100 * EngineTime.Millisecond),
            Jitter = Chance(0.5) ? _random.NextInt64(200 * EngineTime.Millisecond) : 0,
            Loss = Chance(0.7) ? _random.NextDouble() * 0.15 : 0,
            Duplication = Chance(0.5) ? _random.NextDouble() * 0.1 : 0,
            Corruption = Chance(0.3) ? _random.NextDouble() * 0.05 : 0,
            Drop = datagram => _cut[NetOf(datagram.Source)] || _cut[NetOf(datagram.Destination)],
        };
        _server = NewHost(2, _random.Next(1, 4), 9899);
        _client = NewHost(1, _random.Next(1, 4), 40_000);
    }

    public int Seed { get; }

    public Ending Ending { get; }

    public VirtualNetwork Network { get; }

    /// <summary>Ended as asked for and without any loss: all must have been delivered.</summary>
    private bool IsGraceful => Ending is Ending.ClientShutsDown or Ending.ServerShutsDown or Ending.BothShutDown;

    public void Run()
    {
        Listen(_server);
        Connect();
        if (Chance(0.15))
        {
            Plan(ConnectFromTheServer, 300 * EngineTime.Millisecond);
        }

        PlanFailures();
        Plan(End, 8 * EngineTime.Second);
        do
        {
            Act();
            foreach (var host in _hosts)
            {
                StartReading(host);
            }

            var ended = Network.RunUntil(() => _actions.Count > 0 || Living().All(a => a.State == AssociationState.Closed), Patience);
            Assert.True(ended, "it never ends");
        }
        while (_actions.Count > 0);
        Check();
    }

    public SeedResult Result(string? failure)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var datagram in Network.Sent)
        {
            digest.AppendData(BitConverter.GetBytes(datagram.SentAt));
            digest.AppendData(datagram.Packet);
        }

        var messages = _lives.Keys.Sum(association => _lives[association][0].Host.Received[association].Count(message => message.Complete));
        return new SeedResult(Seed, digest.GetHashAndReset(), messages, Network.Now, failure);
    }

    private void Act()
    {
        while (_actions.TryPeek(out _, out var when))
        {
            // What happens until then may plan something for an earlier time.
            if (!Network.RunUntil(() => _actions.TryPeek(out _, out var next) && next.Time < when.Time, Math.Max(when.Time - Network.Now, 0)))
            {
                _actions.Dequeue()();
            }
        }
    }

    private static int NetOf(IPAddressValue address) => address.ToString()[5] - '0';

    private bool Chance(double probability) => _random.NextDouble() < probability;

    private void Plan(Action action, long within) => _actions.Enqueue(action, (Network.Now + _random.NextInt64(within), _order++));

    private IEnumerable<Association> Living() => _hosts.SelectMany(host => host.Associations).Where(a => !_gone.Contains(a));

    /// <summary>How the associations stand, for people who read of a failure.</summary>
    public string Describe() => $"at {Network.Now / 1e6:F3} s: " + string.Join("; ", _hosts.SelectMany(host => host.Associations.Select(a =>
        $"{host.Addresses[0]} {a.State} {a.End} ({host.Events[a].LastOrDefault().Detail}), {a.BufferedBytes} bytes queued, {a.SentChunks.Count} chunks outstanding")));

    private Host NewHost(int number, int addresses, ushort udpPort)
    {
        var seed = _random.Next();
        var host = new Host(
            Network, _nearWrap ? new NearWrapRandom(seed, (uint)_made++) : new SeededRandom(seed),
            [.. Enumerable.Range(0, addresses).Select(net => $"10.0.{net}.{number}")], udpPort)
        {
            ReadSize = Chance(0.3) ? _random.Next(1, 3_000) : int.MaxValue,
            EventRead = OnEvent,
        };
        _hosts.Add(host);
        return host;
    }

    private AssociationOptions NewOptions() => new()
    {
        RtoMin = _patient ? EngineTime.Second : 200 * EngineTime.Millisecond,
        RtoMax = 10 * EngineTime.Second,
        MaxInitRetransmits = 20,
        AssociationMaxRetransmits = 25,
        HeartbeatInterval = 5 * EngineTime.Second,
        SackDelay = Pick(200, 100, 500) * EngineTime.Millisecond,
        MaxBurst = (int)Pick(4, 1, 0),
        OutboundStreams = (ushort)_random.Next(1, 20),
        MaxInboundStreams = (ushort)_random.Next(1, 20),
        ReceiveBufferSize = (int)Pick(1024 * 1024, 64 * 1024, 16 * 1024, 4 * 1024),
        MaxOutOfOrderChunks = (int)Pick(65_535, 65_535, 20, 1),
        MaxPartialMessages = (int)Pick(4_096, 4_096, 3, 1),
        MaxOrderedOutstanding = (int)Pick(65_535, 65_535, 2, 1),
        MaxTsnsOutstanding = (int)Pick(int.MaxValue, int.MaxValue, 5, 1),
        InitialPathMtu = (int)Pick(1_280, 1_500, 576),
        NoDelay = Chance(0.7),
        ShutdownGuard = Patience,
    };

    private long Pick(params ReadOnlySpan<long> values) => values[_random.Next(values.Length)];

    private void Listen(Host host)
    {
        _listening = NewOptions();
        host.Listen(Port, _listening);
    }

    private void Connect()
    {
        var listed = _server.Addresses.Take(_random.Next(1, _server.Addresses.Length + 1)).Select(address => address.ToString()).ToArray();
        var association = _client.Connect(Port, listed, NewOptions());
        Begin(_client, association, before: 0);
        if (Chance(0.3))
        {
            // Before it is established: some streams may turn out not to exist.
            SendSome(_client, association, 5);
        }
    }

    // RFC 9260, 5.2.1: both ends at about the same time.
    private void ConnectFromTheServer()
    {
        if (_server.Associations.Count == 0 && _hosts.Contains(_server))
        {
            var association = _server.Connect(
                ClientPort, [.. _client.Addresses.Select(address => address.ToString())], _listening, _client.UdpPort, Port);
            Begin(_server, association, before: 0);
        }
    }

    private void OnEvent(Association association, AssociationEvent associationEvent)
    {
        switch (associationEvent.Kind)
        {
            case AssociationEventKind.Established:
                var host = _hosts.First(h => h.Associations.Contains(association));
                if (!_lives.ContainsKey(association))
                {
                    Begin(host, association, before: 0);
                }

                _lives[association][^1].PeerTag = association.PeerTag;
                PlanTraffic(host, association);
                if (_done is { } done && done.Host == host)
                {
                    // A late COOKIE ECHO made another association after the one that was ended.
                    Plan(() => Do(host, done.Step), EngineTime.Second);
                }

                break;
            case AssociationEventKind.Restarted:
                host = _hosts.First(h => h.Associations.Contains(association));
                Begin(host, association, host.Received[association].Count);
                _lives[association][^1].PeerTag = association.PeerTag;
                PlanTraffic(host, association);
                break;
        }
    }

    private void Begin(Host host, Association association, int before)
    {
        if (!_lives.TryGetValue(association, out var lives))
        {
            _lives[association] = lives = [];
        }

        lives.Add(new Life(host, association, association.LocalTag, before));
    }

    private void PlanTraffic(Host host, Association association)
    {
        var life = _lives[association][^1];
        for (var bursts = _random.Next(6); bursts > 0; bursts--)
        {
            Plan(() =>
            {
                if (association.LocalTag == life.LocalTag && association.IsSendable && !_gone.Contains(association))
                {
                    SendSome(host, association, 12);
                }
            }, 6 * EngineTime.Second);
        }
    }

    private void SendSome(Host host, Association association, int max)
    {
        for (var count = _random.Next(1, max); count > 0 && association.IsSendable; count--)
        {
            var size = _random.Next(20) switch
            {
                < 8 => _random.Next(1, 100),
                < 16 => _random.Next(1, 3_000),
                < 19 => _random.Next(1, 30_000),
                _ => _random.Next(1, 300 * 1024),
            };
            var payload = new byte[size];
            _random.NextBytes(payload);
            _lives[association][^1].Traffic.Send(host, association, (ushort)_random.Next(association.OutboundStreams), Chance(0.3), payload);
        }
    }

    private void PlanFailures()
    {
        for (var net = 0; net < _cut.Length; net++)
        {
            var it = net;
            if (Chance(0.3))
            {
                // Shorter than Association.Max.Retrans allows for, should it be the only net, or all be cut at once.
                Plan(() =>
                {
                    _cut[it] = true;
                    Plan(() => _cut[it] = false, _patient ? 15 * EngineTime.Second : 5 * EngineTime.Second);
                }, 5 * EngineTime.Second);
            }
        }

        foreach (var host in _hosts.ToArray())
        {
            if (Chance(0.3))
            {
                Plan(() =>
                {
                    host.ReadsAtOnce = false;
                    Plan(() => StartReading(host), 60 * EngineTime.Second);
                }, 5 * EngineTime.Second);
            }
        }
    }

    private void StartReading(Host host)
    {
        host.ReadsAtOnce = true;
        foreach (var association in host.Associations.Where(a => !_gone.Contains(a)))
        {
            host.Drain(association);
        }
    }

    private void End()
    {
        switch (Ending)
        {
            case Ending.ClientShutsDown:
                Shutdown(_client);
                break;
            case Ending.ServerShutsDown:
                Shutdown(_server);
                break;
            case Ending.BothShutDown:
                Shutdown(_client);
                Plan(() => Shutdown(_server), Chance(0.5) ? 1 : EngineTime.Second);
                break;
            case Ending.ClientAborts:
                Abort(_client);
                break;
            case Ending.ServerAborts:
                Abort(_server);
                break;
            case Ending.ClientVanishes:
                Vanish(_client);
                break;
            case Ending.ServerVanishes:
                Vanish(_server);
                break;
            case Ending.ClientRestarts:
                Vanish(_client);
                _client = NewHost(1, _client.Addresses.Length, 40_000);
                Connect();
                Plan(() => Shutdown(_client), 10 * EngineTime.Second);
                break;
            case Ending.ServerRestarts:
                Vanish(_server);
                _server = NewHost(2, _server.Addresses.Length, 9899);
                Listen(_server);
                Plan(() => Shutdown(_client), 10 * EngineTime.Second);
                break;
        }
    }

    // The server may have no association yet: then a little later.
    private void Shutdown(Host host) => Do(host, (association, now) => association.Shutdown(now));

    private void Abort(Host host) => Do(host, (association, now) => association.Abort("enough", now));

    private void Do(Host host, Action<Association, long> step)
    {
        if (host.Associations.Count > 0)
        {
            _done = (host, step);
            host.Step(host.Associations[^1], association => step(association, Network.Now));
        }
        else if (Living().Any(a => a.State != AssociationState.Closed))
        {
            Plan(() => Do(host, step), EngineTime.Second);
        }
    }

    private void Vanish(Host host)
    {
        Network.Remove(host);
        _hosts.Remove(host);
        foreach (var association in host.Associations)
        {
            _gone.Add(association);
        }
    }

    private void Check()
    {
        foreach (var (association, lives) in _lives)
        {
            for (var i = 0; i < lives.Count; i++)
            {
                var end = i + 1 < lives.Count ? lives[i + 1].ReceivedBefore : lives[i].Host.Received[association].Count;
                CheckLife(lives[i], lives[i].Host.Received[association][lives[i].ReceivedBefore..end]);
            }

            if (!_gone.Contains(association))
            {
                CheckEnd(association, lives[^1].Host);
            }
        }

        foreach (var life in _lives.Values.SelectMany(lives => lives).Where(life => !_gone.Contains(life.Association)))
        {
            var receiverLost = life.Peer is null || _gone.Contains(life.Peer.Association) || life.Peer != _lives[life.Peer.Association][^1];
            life.Traffic.CheckReleased(life.Host.Released[life.Association], life.Association.OutboundStreams, IsGraceful, receiverLost);
        }

        if (IsGraceful)
        {
            Assert.All(_hosts, host => Assert.Single(host.Associations));
        }
    }

    private void CheckLife(Life life, List<ReceivedMessage> received)
    {
        life.Peer = _lives.Values.SelectMany(lives => lives).LastOrDefault(other => other != life && other.LocalTag == life.PeerTag);
        if (life.Peer is null)
        {
            Assert.Empty(received);
            return;
        }

        life.Peer.Traffic.CheckDelivered(received);
    }

    private void CheckEnd(Association association, Host host)
    {
        if (IsGraceful)
        {
            Assert.Equal(AssociationEnd.Graceful, association.End);
        }

        Assert.Single(host.Events[association], e => e.Kind == AssociationEventKind.Ended);
        Assert.Equal(AssociationEventKind.Ended, host.Events[association][^1].Kind);
        Assert.Equal(EngineTime.Never, association.NextDeadline);
        Assert.False(association.HasReadable);
        if (association.End != AssociationEnd.Graceful)
        {
            association.DiscardUnread();
        }

        Assert.Equal(0, association.Receiver?.BufferedCost ?? 0);
        Assert.Equal(0, host.Endpoint.AssociationCount);
    }

    /// <summary>One association between two restarts of the peer, as one end saw it.</summary>
    private sealed class Life(Host host, Association association, uint localTag, int receivedBefore)
    {
        public Host Host => host;

        public Association Association => association;

        public uint LocalTag => localTag;

        public int ReceivedBefore => receivedBefore;

        public Traffic Traffic { get; } = new();

        public uint PeerTag { get; set; }

        public Life? Peer { get; set; }
    }
}
