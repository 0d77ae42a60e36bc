namespace Kestrel.Sctp.Simulation;

/// <summary>What a link does to the datagrams that it carries, in one direction.</summary>
internal sealed record LinkSettings
{
    public static LinkSettings Default { get; } = new();

    public Duration Delay { get; init; } = Duration.Milliseconds(10);

    /// <summary>Added to the delay, up to this much: datagrams overtake each other.</summary>
    public Duration Jitter { get; init; }

    /// <summary>How likely a datagram vanishes, whatever became of the one before it.</summary>
    public double Loss { get; init; }

    /// <summary>
    /// How long the link is bad on average, when it is (the model of Gilbert and Elliott, in continuous time); 0 for a link that
    /// never is. While it is bad, each datagram vanishes with <see cref="BurstLoss"/>.
    /// </summary>
    public Duration BurstLength { get; init; }

    /// <summary>How long the link is good on average in between.</summary>
    public Duration BurstInterval { get; init; } = Duration.Seconds(1);

    public double BurstLoss { get; init; } = 1;

    /// <summary>How likely a datagram arrives twice.</summary>
    public double Duplication { get; init; }

    /// <summary>The second copy comes up to this much later: an old duplicate.</summary>
    public Duration DuplicateDelay { get; init; }

    /// <summary>How likely a run of bits, no longer than the checksum, arrives inverted.</summary>
    public double Corruption { get; init; }

    /// <summary>How likely a datagram is held up by <see cref="ReorderingDelay"/>.</summary>
    public double Reordering { get; init; }

    public Duration ReorderingDelay { get; init; } = Duration.Milliseconds(50);

    /// <summary>Bytes a second; 0 for a link of any speed.</summary>
    public int Bandwidth { get; init; }

    /// <summary>Bytes that wait for a slow link; those beyond are dropped (tail drop).</summary>
    public int Queue { get; init; } = 64 * 1024;

    /// <summary>The largest IP packet; a larger one is refused where it is sent, or else fragmented. 0 for no limit.</summary>
    public int Mtu { get; init; }
}
