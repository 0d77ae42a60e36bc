using Kestrel.Sctp.Protocol.Paths;

namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>Time: what is due when, and what happens then.</summary>
internal sealed partial class Association
{
    // RFC 7829, 4.1, rule 3: errors are counted on well above Path.Max.Retrans, to tell inactive paths apart.
    internal const int DormantErrors = 10;

    // HB.Max.Burst: probes of unconfirmed addresses leave at most so often (RFC 9260, 5.4).
    private long _probesCountedFrom = -1;
    private int _probes;

    /// <summary>When <see cref="HandleTimers"/> must be called next; <see cref="EngineTime.Never"/> when no timer runs.</summary>
    public long NextDeadline
    {
        get
        {
            if (State == AssociationState.Closed)
            {
                return EngineTime.Never;
            }

            var deadline = Math.Min(_shutdown.RetransmissionDeadline, _shutdown.GuardDeadline);
            deadline = Math.Min(deadline, _setup?.Deadline ?? EngineTime.Never);
            deadline = Math.Min(deadline, _receiver?.Sack.Deadline ?? EngineTime.Never);
            deadline = Math.Min(deadline, _sender.ProbeDeadline);
            foreach (var path in _paths)
            {
                deadline = Math.Min(deadline, path.RetransmissionDeadline);
                deadline = Math.Min(deadline, Math.Min(path.Heartbeat.SendDeadline, path.Heartbeat.AnswerDeadline));
            }

            return deadline;
        }
    }

    /// <summary>Fires every timer that is due. After a jump of the clock each fires once.</summary>
    public void HandleTimers(long now)
    {
        if (State == AssociationState.Closed)
        {
            return;
        }

        _receiver?.Sack.HandleTimer(now);
        _sender.HandleProbeTimer(now);
        if (_setup is { } setup && setup.Deadline <= now)
        {
            HandleSetupTimeout();
        }

        for (var i = 0; i < _paths.Count && State != AssociationState.Closed; i++)
        {
            HandlePathTimers(_paths[i], now);
        }

        if (State != AssociationState.Closed && _shutdown.RetransmissionDeadline <= now)
        {
            HandleShutdownTimeout(now);
        }

        if (State != AssociationState.Closed && _shutdown.GuardDeadline <= now)
        {
            // 9.2: T5-shutdown-guard.
            GiveUp(AssociationEnd.Unreachable, "the shutdown was not completed in time");
        }
    }

    private void HandlePathTimers(Path path, long now)
    {
        if (path.RetransmissionDeadline <= now)
        {
            // 6.3.3, 8.1, 8.2
            if (_sender.OnRetransmissionTimeout(path, now))
            {
                CountPathError(path, now);
                CountAssociationError();
            }
        }

        if (State == AssociationState.Closed)
        {
            return;
        }

        if (path.Heartbeat.AnswerDeadline <= now)
        {
            HandleMissedHeartbeat(path, now);
        }

        if (State != AssociationState.Closed && path.Heartbeat.SendDeadline <= now)
        {
            HandleHeartbeatDue(path, now);
        }
    }

    private void CountPathError(Path path, long now)
    {
        var max = MaxRetransmitsOf(path);
        if (path.ErrorCount < DormantErrors * (max + 1))
        {
            path.ErrorCount++;
        }

        if (path.ErrorCount > max)
        {
            if (path.MarkInactive())
            {
                Raise(AssociationEventKind.PathInactive, path.Remote);
            }
        }
        else if (path.ErrorCount > _options.PotentiallyFailedMaxRetransmits && _paths.ConfirmedCount > 1 && path.MarkPotentiallyFailed())
        {
            // RFC 7829, 3.2, rules 2 and 6. Without another address there is nowhere else to go, and no such state.
            Raise(AssociationEventKind.PathPotentiallyFailed, path.Remote);
        }

        _paths.ChooseDataPath();
        if (path == _paths.Primary && path.ErrorCount > _options.PrimarySwitchoverMaxRetransmits && _paths.DataPath != path)
        {
            // RFC 7829, 5, rules 2 and 3
            _paths.SetPrimary(_paths.DataPath);
            Raise(AssociationEventKind.PrimaryChanged, _paths.Primary.Remote);
        }

        if (path.State == PathState.PotentiallyFailed)
        {
            AskPotentiallyFailed(path, now);
        }
    }

    // RFC 7829, 3.2, rules 5 and 6: once per RTO, and not while data that is sent there tells as much.
    private void AskPotentiallyFailed(Path path, long now)
    {
        if (HeartbeatIntervalOf(path) == 0 || path.Heartbeat.IsAwaitingAnswer
            || State is AssociationState.ShutdownSent or AssociationState.ShutdownAckSent)
        {
            return;
        }

        if (path == _paths.DataPath && !_sender.IsDrained)
        {
            path.Heartbeat.SendDeadline = now + path.Rto.Rto;
            return;
        }

        path.Heartbeat.IsDue = true;
        ScheduleHeartbeat(path, now);
    }

    private void CountAssociationError()
    {
        if (++_errorCount > _options.AssociationMaxRetransmits)
        {
            GiveUp(AssociationEnd.Unreachable, $"no acknowledgement after {_options.AssociationMaxRetransmits} retransmissions");
        }
    }

    private void StartHeartbeats(Path path, long now)
    {
        if (path.IsConfirmed)
        {
            ScheduleHeartbeat(path, now);
        }
        else
        {
            // 5.4: verification starts with ESTABLISHED.
            path.Heartbeat.SendDeadline = now;
        }
    }

    private void StopHeartbeats()
    {
        foreach (var path in _paths)
        {
            path.Heartbeat.Stop();
        }
    }

    /// <summary>8.3: HB.interval and the RTO, give or take half an RTO.</summary>
    private void ScheduleHeartbeat(Path path, long from)
    {
        var interval = HeartbeatIntervalOf(path);
        if (interval == 0 && path.IsConfirmed)
        {
            path.Heartbeat.SendDeadline = EngineTime.Never;
            return;
        }

        var jitter = (long)(_random.NextUInt32() / (double)uint.MaxValue * path.Rto.Rto) - (path.Rto.Rto / 2);
        path.Heartbeat.SendDeadline = from + interval + path.Rto.Rto + jitter;
    }

    private void HandleMissedHeartbeat(Path path, long now)
    {
        path.Heartbeat.Miss();
        path.Rto.BackOff(_options.RtoMax);
        CountPathError(path, now);
        if (path.IsConfirmed && path.BytesInFlight == 0 && _paths.AlternateTo(path) == path)
        {
            // 6.4.1: with no other destination another source is tried.
            path.TakeNextSource();
        }

        // 8.1: only where it stands for the path that carries data; 5.4: never for an unconfirmed one.
        if (path.IsConfirmed && path == _paths.DataPath)
        {
            CountAssociationError();
        }

        if (!path.IsConfirmed && path.ErrorCount <= MaxRetransmitsOf(path))
        {
            path.Heartbeat.SendDeadline = now;
        }
    }

    private void HandleHeartbeatDue(Path path, long now)
    {
        if (!path.IsConfirmed)
        {
            if (!TakeProbe(path, now))
            {
                return;
            }
        }
        else if (path.State == PathState.PotentiallyFailed)
        {
            ScheduleHeartbeat(path, now);
            AskPotentiallyFailed(path, now);
            return;
        }
        else if (now - path.Heartbeat.LastRttChunkAt < HeartbeatIntervalOf(path))
        {
            // Not idle: the RTT is known from what has been sent meanwhile.
            ScheduleHeartbeat(path, path.Heartbeat.LastRttChunkAt);
            path.Heartbeat.SendDeadline = Math.Max(path.Heartbeat.SendDeadline, now + 1);
            return;
        }

        if (path.Heartbeat.IsAwaitingAnswer)
        {
            // The RTO may be longer than the interval. One at a time: the next would take the place of this one, whose miss
            // would never be counted (8.2).
            path.Heartbeat.SendDeadline = path.Heartbeat.AnswerDeadline;
            return;
        }

        path.Heartbeat.IsDue = true;
        ScheduleHeartbeat(path, now);
        if (path == _paths.DataPath)
        {
            // Nothing was sent for a while: ten thousand idle associations are to cost little.
            _sender.Trim();
            _receiver?.Trim();
        }
    }

    private bool TakeProbe(Path path, long now)
    {
        var window = path.Rto.Rto;
        if (_probesCountedFrom < 0 || now - _probesCountedFrom >= window)
        {
            _probesCountedFrom = now;
            _probes = 0;
        }

        if (_probes < _options.HeartbeatMaxBurst)
        {
            _probes++;
            return true;
        }

        path.Heartbeat.SendDeadline = _probesCountedFrom + window;
        return false;
    }
}
