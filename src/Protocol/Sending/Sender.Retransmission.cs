using Kestrel.Sctp.Protocol.Paths;

namespace Kestrel.Sctp.Protocol.Sending;

/// <summary>Chunks that were lost: T3-rtx (RFC 9260, 6.3.3), and what is sent again, where to and when (6.1 C, 6.4, 7.2.4).</summary>
internal sealed partial class Sender
{
    // After T3-rtx one packet leaves, and nothing else until something is acknowledged (RFC 9260, 7.2.3).
    private bool _timeoutPacketDue;
    private bool _awaitingAckAfterTimeout;

    /// <summary>T3-rtx of this path expired (RFC 9260, 6.3.3). Returns whether it counts as an error of path and association.</summary>
    public bool OnRetransmissionTimeout(Path path, long now)
    {
        path.RetransmissionDeadline = EngineTime.Never;
        path.Rto.BackOff(_options.RtoMax);

        // A window that stays closed while SACKs keep coming is no failure, and says nothing about congestion (6.1 A).
        var windowClosed = IsPeerWindowClosed;
        var counts = !windowClosed || !_sackSinceTimeout;
        if (!windowClosed)
        {
            path.Congestion.OnTimeout();
        }

        _probing = windowClosed;
        _probeRefused = false;
        _sackSinceTimeout = false;
        path.FastRecoveryExit = null;
        path.FastRetransmitNow = false;
        path.RttTsn = null;
        MarkPathLost(path);
        if (counts && _paths.AlternateTo(path) == path)
        {
            path.TakeNextSource();
        }

        _timeoutPacketDue = true;
        _awaitingAckAfterTimeout = true;
        GrantBurst();
        return counts;
    }

    private void MarkPathLost(Path path)
    {
        for (var tsn = _chunks.FirstTsn; tsn != _chunks.NextTsn; tsn++)
        {
            ref var chunk = ref _chunks[tsn];
            if (chunk.State == SentChunkState.InFlight && chunk.Path == path)
            {
                _peerWindow += chunk.Length;
                _chunks.MarkLost(tsn, ref chunk, SentChunkState.LostByTimeout);
            }
            else if (chunk.State == SentChunkState.LostByGap && chunk.Path == path)
            {
                chunk.State = SentChunkState.LostByTimeout;
            }
        }
    }

    /// <summary>Chunks that don't fit the path any more were lost on the way; they are sent again (6.9).</summary>
    public void OnMtuLowered(Path path)
    {
        for (var tsn = _chunks.FirstTsn; tsn != _chunks.NextTsn; tsn++)
        {
            ref var chunk = ref _chunks[tsn];
            if (chunk.State == SentChunkState.InFlight && chunk.Path == path && chunk.WireSize > path.MaxChunkSize)
            {
                _peerWindow += chunk.Length;
                _chunks.MarkLost(tsn, ref chunk, SentChunkState.LostByGap);
            }
        }

        if (path.BytesInFlight == 0)
        {
            // 6.3.2 R2
            path.RetransmissionDeadline = EngineTime.Never;
        }

        GrantBurst();
    }

    // 6.4: what timed out goes to another active address, a fast retransmission to the same.
    private Path RetransmissionPath(in SentChunk chunk) =>
        chunk.State == SentChunkState.LostByGap && chunk.Path.IsActive ? chunk.Path : _paths.AlternateTo(chunk.Path);

    private Path? NextRetransmissionPath()
    {
        ref var chunk = ref _chunks[_chunks.FirstLostTsn()];
        var path = RetransmissionPath(chunk);
        if (!path.IsConfirmed)
        {
            return null;
        }

        if (_timeoutPacketDue || chunk.Path.FastRetransmitNow)
        {
            return path;
        }

        if (_awaitingAckAfterTimeout && _chunks.InFlightCount > 0)
        {
            return null;
        }

        return path.BytesInFlight < path.Congestion.Window && HasBurstCredit ? path : null;
    }

    private bool WriteRetransmissions(ref PacketWriter writer, Path path, long now, bool isOnlyContent, ref bool mayFragment)
    {
        var wrote = false;
        for (var tsn = _chunks.FirstLostTsn(); tsn != _chunks.NextTsn; tsn++)
        {
            ref var chunk = ref _chunks[tsn];
            if (!chunk.IsLost)
            {
                continue;
            }

            if (RetransmissionPath(chunk) != path)
            {
                break;
            }

            if (chunk.WireSize > writer.Remaining)
            {
                // Cut for a larger PMTU: it goes alone, and IP may fragment it (6.9).
                if (wrote || !isOnlyContent || chunk.WireSize <= path.MaxChunkSize)
                {
                    break;
                }

                mayFragment = true;
                return false;
            }

            WriteRetransmission(ref writer, path, tsn, ref chunk, now);
            wrote = true;
        }

        return wrote;
    }

    /// <summary>The one chunk that does not fit the path's PMTU any more, into a buffer large enough.</summary>
    public void WriteOversized(ref PacketWriter writer, Path path, long now)
    {
        var tsn = _chunks.FirstLostTsn();
        WriteRetransmission(ref writer, path, tsn, ref _chunks[tsn], now);
        path.LastDataAt = now;
    }

    private void WriteRetransmission(ref PacketWriter writer, Path path, uint tsn, ref SentChunk chunk, long now)
    {
        chunk.Path.FastRetransmitNow = false;
        _timeoutPacketDue = false;
        foreach (var timed in _paths)
        {
            // 6.3.1 C5: no sample from a TSN at or above one that was retransmitted since.
            if (timed.RttTsn is { } rttTsn && SerialNumber.GreaterOrEqual(rttTsn, tsn))
            {
                timed.RttTsn = null;
            }
        }

        _peerWindow = Math.Max(_peerWindow - chunk.Length, 0);
        _chunks.MarkRetransmitted(ref chunk, path, now);
        WriteChunk(ref writer, tsn, chunk);
        if (IsEarliestInFlight(tsn, path))
        {
            // 6.1: the earliest outstanding of the path is being retransmitted.
            path.RetransmissionDeadline = now + path.Rto.Rto;
        }
    }

    private bool IsEarliestInFlight(uint tsn, Path path)
    {
        for (var earlier = _chunks.FirstTsn; earlier != tsn; earlier++)
        {
            ref var chunk = ref _chunks[earlier];
            if (chunk.State == SentChunkState.InFlight && chunk.Path == path)
            {
                return false;
            }
        }

        return true;
    }
}
