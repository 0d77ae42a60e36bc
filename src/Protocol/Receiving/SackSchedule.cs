namespace Kestrel.Sctp.Protocol.Receiving;

/// <summary>When the next SACK is due (RFC 9260, 6.2, 6.7): at once, with every second packet, or after SACK.Delay.</summary>
internal sealed class SackSchedule(AssociationOptions options)
{
    private AssociationOptions _options = options;
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
        if (atOnce || !_firstAcknowledged || _packets >= _options.SackFrequency)
        {
            _firstAcknowledged = true;
            IsDue = true;
        }
        else if (Deadline == EngineTime.Never)
        {
            Deadline = now + _options.SackDelay;
        }
    }

    public void Request() => IsDue = true;

    /// <summary>For the packets from now on; a timer that runs, runs on.</summary>
    public void UpdateOptions(AssociationOptions options) => _options = options;

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
