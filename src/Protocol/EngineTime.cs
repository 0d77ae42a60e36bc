namespace Kestrel.Sctp.Protocol;

/// <summary>
/// The engine's unit of time: microseconds on the caller's monotonic clock, as a <see cref="long"/>. The engine never
/// reads a clock; each step is told the time.
/// </summary>
internal static class EngineTime
{
    public const long Millisecond = 1_000;
    public const long Second = 1_000_000;

    /// <summary>The deadline of a timer that is not running.</summary>
    public const long Never = long.MaxValue;
}
