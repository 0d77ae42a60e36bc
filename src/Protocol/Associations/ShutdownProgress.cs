namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>SHUTDOWN or SHUTDOWN ACK on its way: T2-shutdown and T5-shutdown-guard (RFC 9260, 9.2).</summary>
internal sealed class ShutdownProgress
{
    /// <summary>The chunk is to leave with the next packet.</summary>
    public bool IsDue { get; set; }

    /// <summary>The user asked for it before the association was up.</summary>
    public bool IsRequested { get; set; }

    /// <summary>T2-shutdown.</summary>
    public long RetransmissionDeadline { get; private set; } = EngineTime.Never;

    /// <summary>T5-shutdown-guard: however the peer behaves, it ends then.</summary>
    public long GuardDeadline { get; set; } = EngineTime.Never;

    public int Retransmissions { get; private set; }

    /// <summary>Where the chunk goes; another path after each T2.</summary>
    public Paths.Path? Destination { get; set; }

    /// <summary>
    /// T2 runs from here, and once more from when the chunk leaves: it may have to wait, or may never leave to an address
    /// that is not confirmed (5.4), and the association must end all the same.
    /// </summary>
    public void Begin(Paths.Path destination, long now)
    {
        Retransmissions = 0;
        SetOut(destination, now);
    }

    public void OnSent(long now)
    {
        IsDue = false;
        RetransmissionDeadline = now + Destination!.Rto.Rto;
    }

    /// <summary>
    /// 9.2: any packet of the peer's clears the count. T2 restarts with the SHUTDOWN that answers DATA, and not for other
    /// packets: heartbeats that come faster than a backed-off RTO would put the next SHUTDOWN off for ever.
    /// </summary>
    public void OnPeerAlive() => Retransmissions = 0;

    public void Retry(Paths.Path destination, long now)
    {
        Retransmissions++;
        SetOut(destination, now);
    }

    private void SetOut(Paths.Path destination, long now)
    {
        IsDue = true;
        Destination = destination;
        RetransmissionDeadline = now + destination.Rto.Rto;
    }

    public void Stop()
    {
        IsDue = false;
        IsRequested = false;
        RetransmissionDeadline = EngineTime.Never;
        GuardDeadline = EngineTime.Never;
        Retransmissions = 0;
        Destination = null;
    }
}
