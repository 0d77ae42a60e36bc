using Kestrel.Sctp.Protocol.Paths;

namespace Kestrel.Sctp.Protocol.Sending;

internal enum AckOutcome
{
    /// <summary>Old or malformed: nothing changed.</summary>
    Ignored,
    Applied,

    /// <summary>It acknowledges what was never sent (RFC 9260, 12.4): the association must be aborted.</summary>
    Violation,
}

/// <summary>What SACK and SHUTDOWN do to the sending half (RFC 9260, 6.2.1, 6.3.2, 7.2).</summary>
internal sealed partial class Sender
{
    // Chunks acknowledged by gap blocks and still kept.
    private int _gapAckedCount;

    /// <summary>The SACK is checked whole before anything changes.</summary>
    public AckOutcome OnSack(in SackChunk sack, long now, out bool acknowledgedNew)
    {
        acknowledgedNew = false;
        var outcome = Check(sack.CumulativeTsn);
        if (outcome != AckOutcome.Applied)
        {
            return outcome;
        }

        // 3.3.4: sorted, and above the Cumulative TSN with something missing in between: a block at offset 1 would have moved it.
        // Taken as it stands, it would leave data that is neither acknowledged for good nor in flight.
        var highest = 0;
        for (var i = 0; i < sack.GapBlockCount; i++)
        {
            var block = sack.GapBlock(i);
            if (block.Start <= Math.Max(highest, 1) || block.End < block.Start)
            {
                return AckOutcome.Ignored;
            }

            highest = block.End;
        }

        if (highest >= SerialNumber.Distance(sack.CumulativeTsn, _chunks.NextTsn))
        {
            return AckOutcome.Violation;
        }

        _sackSinceTimeout = true;
        _lastAdvertisedWindow = sack.AdvertisedReceiverWindow;
        Apply(sack, sack.CumulativeTsn, sack.CumulativeTsn + (uint)highest, now, out acknowledgedNew);
        GrantBurst();
        return AckOutcome.Applied;
    }

    /// <summary>The Cumulative TSN Ack of a SHUTDOWN acknowledges too, and says nothing about what lies above (9.2).</summary>
    public AckOutcome OnShutdown(uint cumulativeTsn, long now, out bool acknowledgedNew)
    {
        acknowledgedNew = false;
        var outcome = Check(cumulativeTsn);
        if (outcome == AckOutcome.Applied)
        {
            // A peer in SHUTDOWN-SENT answers DATA by SHUTDOWN alone: it lives, as with a SACK (6.1 A).
            _sackSinceTimeout = true;
            Apply(default, cumulativeTsn, cumulativeTsn, now, out acknowledgedNew, hasGapReports: false);
            GrantBurst();
        }

        return outcome;
    }

    private AckOutcome Check(uint cumulativeTsn)
    {
        if (SerialNumber.LessThan(cumulativeTsn, _chunks.FirstTsn - 1))
        {
            // 6.2.1 D i: out of order.
            return AckOutcome.Ignored;
        }

        return SerialNumber.GreaterOrEqual(cumulativeTsn, _chunks.NextTsn) ? AckOutcome.Violation : AckOutcome.Applied;
    }

    private void Apply(in SackChunk sack, uint cumulativeTsn, uint highestReported, long now, out bool acknowledgedNew, bool hasGapReports = true)
    {
        var cumulativeAdvanced = SerialNumber.GreaterOrEqual(cumulativeTsn, _chunks.FirstTsn);
        foreach (var path in _paths)
        {
            path.Tally = default;
        }

        Acknowledge(sack, cumulativeTsn, now, hasGapReports);
        while (!_chunks.IsEmpty && SerialNumber.LessOrEqual(_chunks.FirstTsn, cumulativeTsn))
        {
            ref var chunk = ref _chunks[_chunks.FirstTsn];
            if ((chunk.Flags & ChunkFlags.DataEnd) != 0)
            {
                _queue.OnAcknowledged(chunk.Message);
            }

            _chunks.RemoveFirst();
        }

        if (!hasGapReports && !_chunks.IsEmpty && _chunks[_chunks.FirstTsn] is { State: SentChunkState.GapAcked })
        {
            // 3.3.8: a SHUTDOWN without gap reports takes nothing back. But who held this TSN would have acknowledged it
            // cumulatively: it was dropped, and without T3-rtx both ends would wait for ever.
            _gapAckedCount--;
            _chunks.MarkReneged(ref _chunks[_chunks.FirstTsn]);
        }

        acknowledgedNew = UpdateCongestion(cumulativeTsn);
        if (hasGapReports)
        {
            DetectLoss(highestReported, cumulativeAdvanced);
        }

        // 6.2.1 D ii
        _peerWindow = Math.Max((long)_lastAdvertisedWindow - _chunks.PayloadInFlight, 0);
        if (acknowledgedNew)
        {
            _awaitingAckAfterTimeout = false;
        }

        UpdateProbing();
        UpdateTimers(now);
    }

    /// <summary>One walk over what is outstanding: new acknowledgements, and TSNs that the peer gave up again.</summary>
    private void Acknowledge(in SackChunk sack, uint cumulativeTsn, long now, bool hasGapReports)
    {
        var block = 0;
        for (var tsn = _chunks.FirstTsn; tsn != _chunks.NextTsn; tsn++)
        {
            ref var chunk = ref _chunks[tsn];
            var offset = SerialNumber.Distance(cumulativeTsn, tsn);
            bool acked;
            if (offset <= 0)
            {
                acked = true;
            }
            else if (!hasGapReports)
            {
                break;
            }
            else
            {
                while (block < sack.GapBlockCount && sack.GapBlock(block).End < offset)
                {
                    block++;
                }

                acked = block < sack.GapBlockCount && sack.GapBlock(block).Start <= offset;
                if (!acked && block >= sack.GapBlockCount && _gapAckedCount == 0)
                {
                    // Nothing above is reported now, nor was before.
                    break;
                }
            }

            if (acked)
            {
                AcknowledgeOne(ref chunk, tsn, now);
            }
            else if (chunk.State == SentChunkState.GapAcked)
            {
                _gapAckedCount--;
                _chunks.MarkReneged(ref chunk);
            }
            else if (chunk.State == SentChunkState.InFlight)
            {
                chunk.Path.Tally.EarliestPassed = true;
            }

            if (offset <= 0 && chunk.State == SentChunkState.GapAcked)
            {
                _gapAckedCount--;
            }
        }
    }

    private void AcknowledgeOne(ref SentChunk chunk, uint tsn, long now)
    {
        if (chunk.State == SentChunkState.GapAcked)
        {
            return;
        }

        var path = chunk.Path;
        ref var tally = ref path.Tally;
        tally.NewlyAcked += chunk.WireSize;
        tally.GetsThrough |= !chunk.SentElsewhere;
        tally.Highest = tsn;
        tally.EarliestAcked |= !tally.EarliestPassed;
        if (path.RttTsn == tsn)
        {
            path.RttTsn = null;
            path.AddRttSample(now - path.RttSentAt, _options);
        }

        _gapAckedCount++;
        _chunks.MarkAcked(ref chunk);
    }

    private bool UpdateCongestion(uint cumulativeTsn)
    {
        var acknowledgedNew = false;
        foreach (var path in _paths)
        {
            // 7.2.4, note: the growth rules come before the cut.
            var tally = path.Tally;
            if (tally.NewlyAcked > 0)
            {
                acknowledgedNew = true;
                path.Congestion.OnAcknowledged(
                    tally.NewlyAcked, path.WindowWasFull, path.FastRecoveryExit is not null, path.BytesInFlight == 0);
            }

            if (path.FastRecoveryExit is { } exit && SerialNumber.GreaterOrEqual(cumulativeTsn, exit))
            {
                path.FastRecoveryExit = null;
            }
        }

        return acknowledgedNew;
    }

    private void DetectLoss(uint highestReported, bool cumulativeAdvanced)
    {
        _lossDetection.OnSack(_chunks, highestReported, cumulativeAdvanced);
        foreach (var path in _paths)
        {
            if (path.Tally.LossDetected && path.FastRecoveryExit is null)
            {
                // 7.2.4, steps 2, 3 and 6: one cut per episode, one packet at once whatever cwnd says.
                path.Congestion.OnLoss();
                path.FastRecoveryExit = _chunks.NextTsn - 1;
                path.FastRetransmitNow = true;
            }
        }
    }

    private void UpdateProbing()
    {
        if (_chunks.InFlightCount > 0 || _queue.IsEmpty)
        {
            ProbeDeadline = EngineTime.Never;
        }

        if (!_probing || IsPeerWindowClosed)
        {
            _probeRefused = true;
            return;
        }

        _probing = false;
        _probeBackOff = 0;
        _awaitingAckAfterTimeout = false;
        ProbeDeadline = EngineTime.Never;
        if (!_probeRefused)
        {
            // The window opened before the probe was there, or with it: it was not dropped.
            return;
        }

        // What was sent against the closed window was dropped, as the peer said, and need not wait for T3-rtx.
        for (var tsn = _chunks.FirstTsn; tsn != _chunks.NextTsn; tsn++)
        {
            ref var chunk = ref _chunks[tsn];
            if (chunk.State == SentChunkState.InFlight)
            {
                _peerWindow += chunk.Length;
                _chunks.MarkLost(tsn, ref chunk, SentChunkState.LostByGap);
            }
        }
    }

    private void UpdateTimers(long now)
    {
        foreach (var path in _paths)
        {
            if (path.BytesInFlight == 0)
            {
                // 6.3.2 R2
                path.RetransmissionDeadline = EngineTime.Never;
            }
            else if (path.Tally.EarliestAcked || path.RetransmissionDeadline == EngineTime.Never)
            {
                // R3, R4
                path.RetransmissionDeadline = now + path.Rto.Rto;
            }
        }
    }
}
