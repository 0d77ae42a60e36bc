namespace Kestrel.Sctp.Protocol.Congestion;

/// <summary>
/// The congestion control of one path (RFC 9260, 7.2). It is told what happened and answers with a window; it knows
/// neither packets nor timers. Sizes are those of DATA chunks, header and padding counted.
/// </summary>
internal interface ICongestionControl
{
    /// <summary>cwnd, in bytes.</summary>
    int Window { get; }

    /// <summary>ssthresh, in bytes.</summary>
    int SlowStartThreshold { get; }

    /// <summary>A SACK acknowledged data of this path for the first time.</summary>
    /// <param name="bytes">Newly acknowledged.</param>
    /// <param name="windowWasFull">The window, not the application, limited what was sent last.</param>
    /// <param name="inFastRecovery">The path is in fast recovery.</param>
    /// <param name="allAcknowledged">Nothing is in flight on the path any more.</param>
    void OnAcknowledged(int bytes, bool windowWasFull, bool inFastRecovery, bool allAcknowledged);

    /// <summary>Gap reports say that a packet was lost: entry into fast recovery.</summary>
    void OnLoss();

    /// <summary>T3-rtx expired.</summary>
    void OnTimeout();

    /// <summary>The path carried no DATA for this many RTOs.</summary>
    void OnIdle(long periods);

    /// <summary>The largest DATA chunk of the path (PMDCS) changed.</summary>
    void OnMaxChunkSizeChanged(int maxChunkSize);

    /// <summary>Back to the start: another source address, another route, a restart (RFC 9260, 7.2.5).</summary>
    void Reset();
}
