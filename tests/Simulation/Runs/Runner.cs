using System.Globalization;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Receiving;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Simulation.Plans;

namespace Kestrel.Sctp.Simulation.Runs;

/// <summary>
/// Executes a plan: the actions at their times, then the end, in which the network is as good as one can be. What must hold
/// is checked after each step, and what the applications got as it arrives.
/// </summary>
internal sealed partial class Runner : IDisposable
{
    // However the options are drawn, an association has moved on or given up by then.
    private const long Longest = 24 * 3_600 * EngineTime.Second;
    private const long MaxSteps = 4_000_000;
    private const uint MaxMachines = 32;

    private readonly Plan _plan;
    private readonly LinkTable _links;
    private readonly PriorityQueue<Action, (long Time, long Order)> _due = new();
    private readonly Dictionary<int, RunHost> _hosts = [];
    private readonly List<RunHost> _machines = [];
    private readonly Dictionary<(int Session, int Host), SessionEnd> _ends = [];
    private readonly Dictionary<(int Host, int Port, int Peer, int PeerPort), int> _sessions = [];
    private readonly List<Listen> _listening = [];
    private readonly List<Life> _lives = [];
    private readonly Dictionary<uint, Life> _livesByTag = [];
    private readonly RunDigest _digest = new();
    private readonly long _began;
    private long _order;
    private long _delivered;
    private Situations _seen;

    private Runner(Plan plan, Action<string>? trace)
    {
        _plan = plan;
        Trace = trace;
        _links = new LinkTable(plan.Seed);
        Network = new VirtualNetwork { RecordsSent = false, LinkBetween = _links.Between, Sending = OnSending };
        _began = Network.Now;
        foreach (var action in plan.Actions)
        {
            At(_began + action.At.Microseconds, () => Execute(action));
        }
    }

    private VirtualNetwork Network { get; }

    private Action<string>? Trace { get; }

    /// <summary>Runs a plan. Whatever goes wrong is in the outcome.</summary>
    public static Outcome Run(Plan plan, Action<string>? trace = null)
    {
        using var runner = new Runner(plan, trace);
        Failure? failure = null;
        try
        {
            runner.Run();
        }
        catch (Exception e)
        {
            failure = Failure.From(e, runner.Describe());
        }

        var seen = runner._machines.Aggregate(runner._seen, (all, host) => all | host.Seen);
        return new Outcome(runner._digest.Finish(), runner._delivered, runner.Network.Now - runner._began, seen, failure);
    }

    public void Dispose() => _digest.Dispose();

    public void OnTracked(RunHost host, Association association)
    {
        // Before any path is known to be right: the ports and the first address say which session it is of.
        var key = (host.Number, (int)association.LocalPort, RunHost.NumberOf(association.Paths[0].Remote), (int)association.PeerPort);
        Begin(host, association, _sessions.TryGetValue(key, out var session) ? EndOf(session, host.Number) : null);
    }

    public void OnEvent(Life life, in AssociationEvent associationEvent)
    {
        _digest.Add(Network.Now, life, associationEvent);
        Trace?.Invoke(Line($"  host {life.Host.Number}: {associationEvent.Kind} {associationEvent.Address} {associationEvent.End} {associationEvent.Detail}"));
        See(associationEvent);
        switch (associationEvent.Kind)
        {
            case AssociationEventKind.Established:
                life.PeerTag = life.Association.PeerTag;
                life.WasEstablished = true;
                GoOn(life.End);
                break;
            case AssociationEventKind.Restarted:
                life.IsVoid = true;
                var next = Begin(life.Host, life.Association, life.End);
                next.PeerTag = life.Association.PeerTag;
                next.WasEstablished = true;
                GoOn(life.End);
                break;
            case AssociationEventKind.Ended:
                Require.That(
                    life.IsGhost || PeerOf(life) is { IsHaunted: true } || !IsViolation(associationEvent),
                    "violation", $"one of us broke the protocol: {associationEvent.Detail}");
                break;
        }
    }

    public void OnRead(Life life, in ReceivedPart part, ReadOnlySpan<byte> bytes)
    {
        // The tag that the peer has now: a collision may have changed it after the set-up.
        life.PeerTag = life.Association.PeerTag;
        var sender = _livesByTag.GetValueOrDefault(life.PeerTag);
        Require.That(sender is not null, "delivered", "a message of nobody");
        _seen |= part.EndOfMessage ? Situations.None : Situations.PartialDelivery;
        if (life.OnRead(part, bytes, sender) is not { } message)
        {
            return;
        }

        _delivered++;
        _digest.Add(Network.Now, life.LocalTag, message.Index, message.Payload.Length);
        if (life.End is { Echoes: > 0 } end)
        {
            end.Echoes--;
            At(Network.Now, () => Send(end, new Send { Size = message.Payload.Length, Stream = message.Info.StreamId, Unordered = message.Info.Unordered }));
        }
    }

    public void OnReleased(Life life, in ReleasedMessage released)
    {
        var message = (SentMessage)released.Owner!;

        // What a restart gives back was sent in the life before.
        Require.That(message.Life.Association == life.Association, "released", $"message {message.Index} was given back to another association");
        message.Life.OnReleased(released);
        _seen |= message.IsRefused ? Situations.StreamsLimited : Situations.None;
    }

    private void Run()
    {
        var last = _plan.Actions.Count > 0 ? _plan.Actions[^1].At.Microseconds : 0;
        RunUntil(() => false, last);
        Finish();
    }

    private bool RunUntil(Func<bool> condition, long duration)
    {
        var end = Network.Now + duration;
        while (true)
        {
            if (_due.TryPeek(out var act, out var when) && when.Time <= Network.Now)
            {
                _due.Dequeue();
                act();
            }
            else if (condition())
            {
                return true;
            }
            else if (Network.Now >= end)
            {
                return false;
            }
            else
            {
                var next = Math.Min(end, _due.Count > 0 ? when.Time : EngineTime.Never);
                Network.RunUntil(() => IsDue() || condition(), next - Network.Now);
                Require.That(Network.Steps < MaxSteps, "liveness", "the steps never end");
            }
        }
    }

    private bool IsDue() => _due.TryPeek(out _, out var when) && when.Time <= Network.Now;

    private void At(long time, Action action) => _due.Enqueue(action, (time, _order++));

    private Life Begin(RunHost host, Association association, SessionEnd? end)
    {
        var life = new Life(host, association, end) { IsGhost = _livesByTag.TryGetValue(association.LocalTag, out var before) };
        if (before is not null)
        {
            before.IsHaunted = true;
        }

        _seen |= life.IsGhost ? Situations.OldDuplicateMadeAssociation : Situations.None;
        _livesByTag.TryAdd(life.LocalTag, life);
        _lives.Add(life);
        association.UserState = life;
        if (end is not null)
        {
            end.Life = life;
        }

        return life;
    }

    private SessionEnd EndOf(int session, int host)
    {
        if (!_ends.TryGetValue((session, host), out var end))
        {
            _ends[(session, host)] = end = new SessionEnd(session, host);
        }

        return end;
    }

    private void GoOn(SessionEnd? end)
    {
        while (end is not null && end.Waiting.TryDequeue(out var action))
        {
            At(Network.Now, () => Execute(action));
        }
    }

    private bool IsPresent(RunHost host) => _hosts.GetValueOrDefault(host.Number) == host;

    private IEnumerable<Association> Living() => _hosts.Values.SelectMany(host => host.Living);

    private void OnSending(Datagram datagram, Fate fate)
    {
        _digest.Add(datagram, fate);
        _seen |= fate == Fate.QueueFull ? Situations.QueueOverflow : Situations.None;
        _seen |= fate == Fate.TooBig ? Situations.PmtuLowered : Situations.None;
        _seen |= IsStaleCookie(datagram.Packet) ? Situations.StaleCookie : Situations.None;
        Trace?.Invoke(Line(
            $"{datagram.Source}:{datagram.SourceUdpPort} > {datagram.Destination}:{datagram.DestinationUdpPort} {PacketTrace.Of(datagram.Packet)}{(fate == Fate.Carried ? "" : $"  <{fate}>")}"));
    }

    private static bool IsViolation(in AssociationEvent associationEvent) =>
        associationEvent.End == AssociationEnd.ProtocolViolation || associationEvent.Detail?.Contains("ProtocolViolation", StringComparison.Ordinal) == true;

    private static bool IsStaleCookie(byte[] packet) =>
        packet.Length >= 20 && packet[12] == (byte)ChunkType.Error && packet[16] == 0 && packet[17] == (byte)CauseCode.StaleCookie;

    private string Line(string text) => string.Create(CultureInfo.InvariantCulture, $"{(Network.Now - _began) / 1e6,12:F6} {text}");

    private string Describe() => Line("s of the run: " + string.Join("; ", _lives));

    private void See(in AssociationEvent associationEvent) => _seen |= associationEvent.Kind switch
    {
        AssociationEventKind.Established => Situations.Established,
        AssociationEventKind.Restarted => Situations.PeerRestarted,
        AssociationEventKind.PathInactive => Situations.PathInactive,
        AssociationEventKind.PathActive => Situations.PathActiveAgain,
        AssociationEventKind.PathConfirmed => Situations.PathConfirmed,
        AssociationEventKind.PrimaryChanged => Situations.PrimaryChanged,
        _ => associationEvent.End switch
        {
            AssociationEnd.Graceful => Situations.GracefulEnd,
            AssociationEnd.AbortedByPeer => Situations.AbortedByPeer,
            AssociationEnd.Refused => Situations.Refused,
            AssociationEnd.SetupTimedOut => Situations.SetupTimedOut,
            AssociationEnd.Unreachable => Situations.Unreachable,
            AssociationEnd.NoRoute => Situations.NoRoute,
            _ => Situations.None,
        },
    };
}
