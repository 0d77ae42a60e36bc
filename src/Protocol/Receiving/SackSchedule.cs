namespace Kestrel.Sctp.Protocol.Receiving;

/// <summary>When the next SACK is due (RFC 9260, 6.2, 6.7): at once, with every second packet, or after SACK.Delay.</summary>
internal sealed class SackSchedule(long delay)
{
    private const int PacketsPerSack = 2;

    private int _packets;
    private bool _firstAcknowledged;

    /// <summary>A SACK is to leave with the next packet, of its own if need be.</summary>
    public bool IsDue { get; private set; }

    /// <summary>Something was received that no SACK has reported yet: bundle one with outgoing DATA (6.1).</summary>
    public bool IsPending => IsDue || _packets > 0;

    public long Deadline { get; private set; } = EngineTime.Never;

    public void OnDataPacket(bool atOnce, long now)
    {
        _packets++;

        // RFC 9260, 5.1: the first DATA of the association is acknowledged immediately.
        if (atOnce || !_firstAcknowledged || _packets >= PacketsPerSack)
        {
            _firstAcknowledged = true;
            IsDue = true;
        }
        else if (Deadline == EngineTime.Never)
        {
            Deadline = now + delay;
        }
    }

    public void Request() => IsDue = true;

    public void HandleTimer(long now)
    {
        if (Deadline <= now)
        {
            Deadline = EngineTime.Never;
            IsDue = true;
        }
    }

    public void OnSent()
    {
        IsDue = false;
        _packets = 0;
        Deadline = EngineTime.Never;
    }

    public void Stop()
    {
        OnSent();
    }
}
