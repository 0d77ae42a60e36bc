namespace Kestrel.Sctp.Protocol.Paths;

/// <summary>What one path has of its own; null is what the association has. Times in microseconds.</summary>
internal sealed record PathOptions
{
    public static PathOptions Default { get; } = new();

    /// <summary>0 switches the HEARTBEATs of this path off.</summary>
    public long? HeartbeatInterval { get; init; }

    /// <summary>Path.Max.Retrans.</summary>
    public int? MaxRetransmits { get; init; }
}
