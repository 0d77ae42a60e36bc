namespace Kestrel.Sctp.PacketScripts.Calls;

/// <summary>What new sockets start with: FreeBSD's defaults, where a script's sysctl has not changed them.</summary>
internal sealed class SystemSettings
{
    private const int BufferSize = 1_864_135;

    /// <summary>RFC 9260's values are the engine's; here are those that differ, or that scripts rely on.</summary>
    public AssociationOptions Engine { get; set; } = new()
    {
        MaxInitTimeout = 60 * EngineTime.Second,
        MaxInboundStreams = 2_048,
        ReceiveBufferSize = BufferSize,
        InitialPathMtu = 1_500,
        NoDelay = false,
        PotentiallyFailedMaxRetransmits = 255,
    };

    public int SendBufferSize { get; set; } = BufferSize;

    /// <summary>Extensions that the script switched on and this stack doesn't have: what it fails at may be for want of them.</summary>
    public SortedSet<string> MissingExtensions { get; } = new(StringComparer.Ordinal);
}
