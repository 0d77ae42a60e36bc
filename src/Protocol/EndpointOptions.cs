namespace Kestrel.Sctp.Protocol;

/// <summary>Limits of one <see cref="Endpoint"/>, over all its associations. Times in microseconds.</summary>
internal sealed record EndpointOptions
{
    public int MaxAssociations { get; init; } = 65_536;

    /// <summary>Answers to packets that belong to no association are limited to this many a second; 0 sends none (RFC 9260, 8.4).</summary>
    public int OutOfTheBlueRepliesPerSecond { get; init; } = 1_000;

    /// <summary>The secret of the cookies' MAC changes this often; the one before stays valid for one cookie's life (RFC 9260, 5.1.3).</summary>
    public long CookieKeyLifetime { get; init; } = 3_600 * EngineTime.Second;
}
