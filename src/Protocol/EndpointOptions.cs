namespace Kestrel.Sctp.Protocol;

/// <summary>
/// Limits of one <see cref="Endpoint"/>, over all its associations. Times in microseconds. At a limit an INIT or COOKIE ECHO is
/// answered by an ABORT, Out of Resource (RFC 9260, 3.3.10.4), as far as <see cref="OutOfTheBlueRepliesPerSecond"/> goes.
/// </summary>
internal sealed record EndpointOptions
{
    public int MaxAssociations { get; init; } = 65_536;

    /// <summary>
    /// Associations that peers set up from one address: the one that the INIT ACK went to, for it is proven to be theirs. An
    /// IPv6 address stands for its /64 network, which is one host's to choose from.
    /// </summary>
    public int MaxAssociationsPerAddress { get; init; } = 32_768;

    /// <summary>
    /// Associations that are nobody's yet: set up by peers and not accepted, over all listeners; or set up from here and
    /// neither up nor given up.
    /// </summary>
    public int MaxHalfOpenAssociations { get; init; } = 16_384;

    /// <summary>
    /// From one address, an IPv6 address standing for its /64 network: INITs answered, and, counted apart, associations made of
    /// cookies. 0 sets no limit.
    /// </summary>
    public int MaxSetupsPerSecondPerAddress { get; init; } = 10_000;

    /// <summary>Answers to packets that belong to no association are limited to this many a second; 0 sends none (RFC 9260, 8.4).</summary>
    public int OutOfTheBlueRepliesPerSecond { get; init; } = 1_000;

    /// <summary>The secret of the cookies' MAC changes this often; the one before stays valid for one cookie's life (RFC 9260, 5.1.3).</summary>
    public long CookieKeyLifetime { get; init; } = 3_600 * EngineTime.Second;
}
