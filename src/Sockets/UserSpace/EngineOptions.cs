using Kestrel.Sctp.Protocol;

namespace Kestrel.Sctp.UserSpace;

/// <summary>The user's options in the engine's terms.</summary>
internal static class EngineOptions
{
    public static EndpointOptions ToEndpointOptions(this SctpStackOptions options) => new()
    {
        MaxAssociations = options.MaxAssociations,
        MaxAssociationsPerAddress = options.MaxAssociationsPerAddress,
        MaxHalfOpenAssociations = options.MaxHalfOpenAssociations,
        MaxSetupsPerSecondPerAddress = options.MaxSetupsPerSecondPerAddress,
        OutOfTheBlueRepliesPerSecond = options.OutOfTheBlueReplies ? options.MaxOutOfTheBlueRepliesPerSecond : 0,
    };

    public static AssociationOptions ToAssociationOptions(this SctpOptions options) => new()
    {
        RtoInitial = Microseconds(options.RtoInitial),
        RtoMin = Microseconds(options.RtoMin),
        RtoMax = Microseconds(options.RtoMax),
        MaxInitTimeout = options.MaxInitTimeout is { } timeout ? Microseconds(timeout) : 0,
        MaxInitRetransmits = options.MaxInitRetransmits,
        ConnectAttemptDelay = Microseconds(options.ConnectAttemptDelay),
        AssociationMaxRetransmits = options.AssociationMaxRetransmits,
        PathMaxRetransmits = options.PathMaxRetransmits,
        PotentiallyFailedMaxRetransmits = options.PotentiallyFailedMaxRetransmits,
        PrimarySwitchoverMaxRetransmits = options.PrimarySwitchoverMaxRetransmits,
        // Every path of this stack goes over UDP.
        HeartbeatInterval = Microseconds(options.UdpHeartbeatInterval),
        SackDelay = Microseconds(options.SackDelay),
        MaxBurst = options.MaxBurst,
        OutboundStreams = (ushort)options.OutboundStreams,
        MaxInboundStreams = (ushort)options.MaxInboundStreams,
        ReceiveBufferSize = options.ReceiveBufferSize,
        MaxOutOfOrderChunks = options.MaxOutOfOrderChunks,
        MaxPartialMessages = options.MaxPartialMessages,
        MaxMessageSize = options.MaxMessageSize,
        CookieLifetime = Microseconds(options.CookieLifetime),
        MaxPeerAddresses = options.MaxPeerAddresses,
        InitialPathMtu = options.InitialPathMtu,
        NoDelay = options.NoDelay,
        ShutdownGuard = Microseconds(options.ShutdownGuard),
        AdvertisedAddresses = options.AdvertisedAddresses is { } addresses ? [.. addresses.Select(IPAddressValue.FromIPAddress)] : null,
    };

    public static TimeSpan ToTimeSpan(long microseconds) => new(microseconds * TimeSpan.TicksPerMicrosecond);

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}
