using Kestrel.Sctp.Protocol.Paths;

namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>What can be changed, and asked for, while the association lives (RFC 6458, 8.1, 8.2).</summary>
internal sealed partial class Association
{
    /// <summary>
    /// Takes over the options for what comes: timers that run, run on, but for heartbeats under a new interval. Said to the
    /// peer at the set-up and kept as they are: <see cref="AssociationOptions.OutboundStreams"/>,
    /// <see cref="AssociationOptions.MaxInboundStreams"/>, <see cref="AssociationOptions.AdvertisedAddresses"/>.
    /// <see cref="AssociationOptions.RtoInitial"/> and <see cref="AssociationOptions.InitialPathMtu"/> count for paths added later.
    /// </summary>
    public void UpdateOptions(AssociationOptions options, long now)
    {
        var isOtherInterval = options.HeartbeatInterval != _options.HeartbeatInterval;
        _options = options with
        {
            OutboundStreams = _options.OutboundStreams,
            MaxInboundStreams = _options.MaxInboundStreams,
            AdvertisedAddresses = _options.AdvertisedAddresses,
        };
        _setup?.UpdateOptions(_options);
        _sender.UpdateOptions(_options);
        _receiver?.UpdateOptions(_options);
        foreach (var path in _paths)
        {
            if (isOtherInterval && path.Options.HeartbeatInterval is null)
            {
                RestartHeartbeats(path, now);
            }
        }
    }

    /// <summary>What the path has of its own, or of the association's; null when there is no such path.</summary>
    public PathOptions? GetPathOptions(IPAddressValue remote) =>
        _paths.Find(remote) is { } path
            ? new PathOptions { HeartbeatInterval = HeartbeatIntervalOf(path), MaxRetransmits = MaxRetransmitsOf(path) }
            : null;

    /// <summary>Gives a path options of its own; what is null in them stays as it is. False when there is no such path.</summary>
    public bool UpdatePathOptions(IPAddressValue remote, PathOptions options, long now)
    {
        if (_paths.Find(remote) is not { } path)
        {
            return false;
        }

        var interval = HeartbeatIntervalOf(path);
        path.Options = new PathOptions
        {
            HeartbeatInterval = options.HeartbeatInterval ?? path.Options.HeartbeatInterval,
            MaxRetransmits = options.MaxRetransmits ?? path.Options.MaxRetransmits,
        };
        if (HeartbeatIntervalOf(path) != interval)
        {
            RestartHeartbeats(path, now);
        }

        return true;
    }

    /// <summary>Sets the PMTU of a path, headers of IP and UDP counted; never below 576. False when there is no such path.</summary>
    public bool SetPathMtu(IPAddressValue remote, int mtu)
    {
        if (_paths.Find(remote) is not { } path)
        {
            return false;
        }

        path.SetMtu(mtu);
        _paths.UpdateMaxChunkSize();
        return true;
    }

    /// <summary>A HEARTBEAT leaves now, whatever the interval is (RFC 9260, 11.1.10). False when there is no such path, or no peer to answer.</summary>
    public bool RequestHeartbeat(IPAddressValue remote, long now)
    {
        if (!HasHeartbeats || _paths.Find(remote) is not { } path)
        {
            return false;
        }

        path.Heartbeat.IsDue = true;
        ScheduleHeartbeat(path, now);
        return true;
    }

    public AssociationCounts GetCounts() => new(
        _sender.PeerWindow, _sender.Chunks.Count, _receiver?.PendingChunks ?? 0, _receiver?.CumulativeTsn ?? 0,
        _paths.Count == 0 ? 0 : _sender.FragmentationPoint);

    // 8.3: none before the set-up is done, none once SHUTDOWN or SHUTDOWN ACK is under way.
    private bool HasHeartbeats =>
        State is AssociationState.Established or AssociationState.ShutdownPending or AssociationState.ShutdownReceived;

    private long HeartbeatIntervalOf(Path path) => path.Options.HeartbeatInterval ?? _options.HeartbeatInterval;

    private int MaxRetransmitsOf(Path path) => path.Options.MaxRetransmits ?? _options.PathMaxRetransmits;

    private void RestartHeartbeats(Path path, long now)
    {
        // An unconfirmed path is verified whatever the interval is (5.4).
        if (HasHeartbeats && path.IsConfirmed)
        {
            ScheduleHeartbeat(path, now);
        }
    }
}

/// <summary>The counts of an association at one moment (RFC 6458, 8.2.1).</summary>
/// <param name="PeerWindow">Bytes that the peer has room for beyond what is in flight.</param>
/// <param name="UnacknowledgedChunks">DATA chunks sent and not cumulatively acknowledged.</param>
/// <param name="PendingChunks">DATA chunks received that can't be delivered yet.</param>
/// <param name="CumulativeTsn">The peer's TSN up to which all has arrived.</param>
/// <param name="FragmentationPoint">The most user data that a DATA chunk carries.</param>
internal readonly record struct AssociationCounts(
    long PeerWindow, int UnacknowledgedChunks, int PendingChunks, uint CumulativeTsn, int FragmentationPoint);
