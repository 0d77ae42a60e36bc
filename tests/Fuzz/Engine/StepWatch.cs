namespace Kestrel.Sctp.Fuzz.Engine;

/// <summary>
/// Watches the steps of another thread for one that does not end: it has taken seconds, and seconds of the processor's time, so that
/// a busy machine is not mistaken for it.
/// </summary>
internal sealed class StepWatch(StepMeter meter)
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private long _step;
    private TimeSpan _usedBefore;

    /// <summary>To be asked several times a second.</summary>
    public bool IsStuck()
    {
        var used = Environment.CpuUsage.TotalTime;
        if (meter.StartedAt is var step && step != _step)
        {
            _step = step;
            _usedBefore = used;
            return false;
        }

        return step != 0 && meter.UnderWay > Limit && used - _usedBefore > Limit;
    }
}
