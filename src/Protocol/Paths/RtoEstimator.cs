namespace Kestrel.Sctp.Protocol.Paths;

/// <summary>SRTT, RTTVAR and RTO of one path, in microseconds (RFC 9260, 6.3.1).</summary>
internal struct RtoEstimator
{
    // G of RFC 9260, 6.3.1 G1: the engine's clock counts microseconds.
    private const long ClockGranularity = 1;

    private long _rttVar;

    public RtoEstimator(long initial)
    {
        // C1: until a measurement has been made.
        Rto = initial;
    }

    /// <summary>0 until the first measurement.</summary>
    public long Srtt { get; private set; }

    public long Rto { get; private set; }

    public void AddSample(long rtt, long min, long max)
    {
        rtt = Math.Max(rtt, ClockGranularity);
        if (Srtt == 0)
        {
            // C2
            Srtt = rtt;
            _rttVar = rtt / 2;
        }
        else
        {
            // C3 with RTO.Alpha 1/8 and RTO.Beta 1/4; RTTVAR is computed from the SRTT of before.
            _rttVar += (Math.Abs(Srtt - rtt) - _rttVar) / 4;
            Srtt += (rtt - Srtt) / 8;
        }

        if (_rttVar <= 0)
        {
            _rttVar = ClockGranularity;
        }

        // C6, C7
        Rto = Math.Clamp(Srtt + (4 * _rttVar), min, max);
    }

    /// <summary>RFC 9260, 6.3.3 E2.</summary>
    public void BackOff(long max) => Rto = Math.Min(Rto * 2, max);
}
