using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Simulation.Plans;

namespace Kestrel.Sctp.Simulation.Runs;

/// <summary>What each action of a plan does.</summary>
internal sealed partial class Runner
{
    private void Execute(PlannedAction action)
    {
        Trace?.Invoke(Line($"{Plan.Describe(action)}"));
        switch (action)
        {
            case AddHost add:
                Start(add);
                break;
            case Listen listen:
                _listening.Add(listen);
                _hosts.GetValueOrDefault(listen.Host)?.Endpoint.Listen(listen.Port, listen.Options, _hosts[listen.Host].Addresses, backlog: 100);
                break;
            case Connect connect:
                Connect(connect);
                break;
            case SetLink set:
                _links.Set(set);
                break;
            case Cut cut:
                _links.Cut(cut, Network.Now);
                break;
            case Take take:
                _links.Take(take);
                break;
            case Vanish vanish:
                Remove(vanish.Host);
                break;
            case Restart restart:
                RestartHost(restart);
                break;
            case JumpClock jump:
                JumpClocks(jump);
                break;
            case Suspend suspend:
                _hosts.GetValueOrDefault(suspend.Host)?.Sleep(Network.Now + suspend.For.Microseconds, suspend.Keeps);
                break;
            case Rebind rebind when _hosts.TryGetValue(rebind.Host, out var host):
                host.UdpPort = rebind.UdpPort;
                break;
            case Send send:
                WhenConnected(send, EndOf(send.Session, send.Host), () => Send(EndOf(send.Session, send.Host), send));
                break;
            case Echo echo:
                EndOf(echo.Session, echo.Host).Echoes += echo.Rounds;
                break;
            case StopReading stop:
                WhenConnected(stop, EndOf(stop.Session, stop.Host), () => StopReading(EndOf(stop.Session, stop.Host), stop));
                break;
            case Shutdown shutdown:
                WhenConnected(shutdown, EndOf(shutdown.Session, shutdown.Host), () => Step(shutdown.Session, shutdown.Host, (a, now) => a.Shutdown(now)));
                break;
            case Abort abort:
                WhenConnected(abort, EndOf(abort.Session, abort.Host), () => Step(abort.Session, abort.Host, (a, now) => a.Abort("enough", now)));
                break;
            case SetPrimary primary:
                WhenConnected(primary, EndOf(primary.Session, primary.Host), () => Step(
                    primary.Session, primary.Host, (a, _) => a.SetPrimary(a.Paths[primary.Path % a.PathCount].Remote)));
                break;
        }
    }

    private void Start(AddHost add)
    {
        if (_hosts.ContainsKey(add.Host) || add.Addresses < 1 || add.Host is < 1 or > byte.MaxValue)
        {
            return;
        }

        RandomSource random = add.NearWrap && _machines.Count < MaxMachines
            ? new NearWrapRandom(add.Seed, (uint)_machines.Count, MaxMachines)
            : new SeededRandom(add.Seed);
        _hosts[add.Host] = new RunHost(this, Network, random, add) { Lag = add.Lag.Microseconds };
        _machines.Add(_hosts[add.Host]);
        _hosts[add.Host].JumpClock(add.ClockOffset.Microseconds);
        foreach (var listen in _listening.Where(listen => listen.Host == add.Host))
        {
            _hosts[add.Host].Endpoint.Listen(listen.Port, listen.Options, _hosts[add.Host].Addresses, backlog: 100);
        }
    }

    private void Connect(Connect connect)
    {
        if (!_hosts.TryGetValue(connect.Host, out var host) || !_hosts.TryGetValue(connect.Peer, out var peer) || host == peer || host.IsAsleep)
        {
            return;
        }

        _sessions[(connect.Host, connect.LocalPort, connect.Peer, connect.Port)] = connect.Session;
        _sessions[(connect.Peer, connect.Port, connect.Host, connect.LocalPort)] = connect.Session;
        var listed = peer.Addresses.Take(Math.Max(connect.Listed, 1)).Select(address => new PeerAddress(address, peer.UdpPort));
        var status = host.Connect(new ConnectRequest(connect.LocalPort, host.Addresses, [.. listed], connect.Port, connect.Options), out _);
        Trace?.Invoke(Line($"  host {connect.Host}: {status}"));
    }

    private void Remove(int number)
    {
        if (_hosts.Remove(number, out var host))
        {
            Network.Remove(host);
        }
    }

    private void RestartHost(Restart restart)
    {
        if (_hosts.TryGetValue(restart.Host, out var host))
        {
            Remove(restart.Host);

            // Its clock goes on where it was.
            Start(host.Planned with { Seed = restart.Seed, UdpPort = host.UdpPort, ClockOffset = new Duration(host.ClockOffset) });
        }
    }

    private void JumpClocks(JumpClock jump)
    {
        foreach (var host in _hosts.Values.Where(host => jump.Host == 0 || host.Number == jump.Host))
        {
            host.JumpClock(jump.By.Microseconds);
        }
    }

    /// <summary>At once, or once there is an association; never when it has ended.</summary>
    private void WhenConnected(PlannedAction action, SessionEnd end, Action execute)
    {
        if (end.Life is not { } life)
        {
            end.Waiting.Enqueue(action);
        }
        else if (IsPresent(life.Host) && life.Association.State != AssociationState.Closed && life.Host.IsAsleep)
        {
            At(life.Host.AsleepUntil, () => Execute(action));
        }
        else if (IsPresent(life.Host) && life.Association.State != AssociationState.Closed)
        {
            execute();
        }
    }

    private void Step(int session, int host, Action<Association, long> step)
    {
        var life = EndOf(session, host).Life!;
        life.Host.Step(life.Association, association => step(association, life.Host.Now));
    }

    private void Send(SessionEnd end, Send send)
    {
        if (end.Life is not { } life || !IsPresent(life.Host) || !life.Association.IsSendable || life.Host.IsAsleep)
        {
            return;
        }

        life.Host.Step(life.Association, association =>
        {
            for (var i = 0; i < send.Count; i++)
            {
                var number = life.Sent.Count;
                var stream = (send.Stream < 0 ? number : send.Stream) % association.OutboundStreams;
                var payload = Payloads.Get((int)life.LocalTag, number, send.Size, send.Varied);
                if (!life.TrySend((ushort)stream, send.Unordered, payload))
                {
                    return;
                }
            }
        });
    }

    private void StopReading(SessionEnd end, StopReading stop)
    {
        end.Reads = false;
        var until = Network.Now + stop.For.Microseconds;
        At(until, () => StartReading(end));
        if (stop.Drops > 0)
        {
            At(Network.Now + stop.Every.Microseconds, () => ReadDrops(end, stop, until));
        }
    }

    private void ReadDrops(SessionEnd end, StopReading stop, long until)
    {
        if (!end.Reads && end.Life is { } life && IsPresent(life.Host) && Network.Now < until && stop.Every.Microseconds > 0)
        {
            if (!life.Host.IsAsleep)
            {
                life.Host.Read(life.Association, stop.Drops);
                life.Host.Drain(life.Association);
            }

            At(Network.Now + stop.Every.Microseconds, () => ReadDrops(end, stop, until));
        }
    }

    private void StartReading(SessionEnd end)
    {
        end.Reads = true;
        foreach (var life in _lives.Where(life => life.End == end && IsPresent(life.Host) && !life.IsVoid && !life.Host.IsAsleep))
        {
            life.Host.Drain(life.Association);
        }
    }
}
