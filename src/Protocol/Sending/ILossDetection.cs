using Kestrel.Sctp.Protocol.Paths;

namespace Kestrel.Sctp.Protocol.Sending;

/// <summary>Decides from what SACKs report which chunks are lost. T3-rtx is the last resort and not its matter.</summary>
internal interface ILossDetection
{
    /// <summary>
    /// Called once per SACK, after it has been applied. Marks chunks lost in <paramref name="chunks"/> and says so in the
    /// tally of their paths.
    /// </summary>
    /// <param name="chunks">What is outstanding.</param>
    /// <param name="highestReported">The highest TSN that the SACK acknowledges.</param>
    /// <param name="cumulativeAdvanced">It moved the Cumulative TSN Ack Point.</param>
    void OnSack(SentChunks chunks, uint highestReported, bool cumulativeAdvanced);
}

/// <summary>RFC 9260, 7.2.4: lost with the third miss indication, counted by the Highest TSN Newly Acknowledged of the path.</summary>
internal sealed class HighestNewlyAckedLossDetection : ILossDetection
{
    private const int MissesUntilLost = 3;

    public void OnSack(SentChunks chunks, uint highestReported, bool cumulativeAdvanced)
    {
        for (var tsn = chunks.FirstTsn; SerialNumber.LessThan(tsn, highestReported); tsn++)
        {
            ref var chunk = ref chunks[tsn];
            if (chunk.State != SentChunkState.InFlight)
            {
                continue;
            }

            // In fast recovery, a SACK that advances the Cumulative TSN counts for all that it reports missing.
            var path = chunk.Path;
            var counts = (path.FastRecoveryExit is not null && cumulativeAdvanced)
                || (path.Tally.NewlyAcked > 0 && SerialNumber.LessThan(tsn, path.Tally.Highest));
            if (!counts || ++chunk.Misses < MissesUntilLost || chunk.FastRetransmitted)
            {
                continue;
            }

            // Step 5: never a second time by gap reports; T3-rtx takes it then.
            chunk.FastRetransmitted = true;
            chunks.MarkLost(tsn, ref chunk, SentChunkState.LostByGap);
            path.Tally.LossDetected = true;
        }
    }
}
