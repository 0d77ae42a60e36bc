using System.Net;
using Kestrel.Sctp.Protocol;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.UserSpace;

namespace Kestrel.Sctp;

public sealed partial class SctpSocket
{
    // What a socket shows whose association lives on without it. Under the association's lock.
    private SctpAssociationStatus? _last;
    private SctpEndPoint? _lastRemote;

    /// <summary>The association's id, from <see cref="ConnectX"/> or accept on; 0 before.</summary>
    public int AssociationId => _associationId;

    /// <summary>The association's state; <see cref="SctpAssociationState.Closed"/> when there is none.</summary>
    public SctpAssociationState State => GetStatus().State;

    /// <summary>The peer's addresses and port; null without an association. Before it is up, the list connected to.</summary>
    public SctpEndPoint? RemoteEndPoint
    {
        get
        {
            if (_driver is not { } driver)
            {
                return null;
            }
            lock (driver.Gate)
            {
                return RemoteEndPointLocked();
            }
        }
    }

    /// <summary>The address of the primary path, with the peer's SCTP port; null without an association.</summary>
    public IPEndPoint? PrimaryRemote
    {
        get
        {
            var remote = RemoteEndPoint;
            if (remote is null)
            {
                return null;
            }
            var primary = GetPaths().FirstOrDefault(p => p.IsPrimary)?.Address ?? remote.Addresses[0];
            return new IPEndPoint(primary, remote.Port);
        }
    }

    /// <summary>The local addresses of the association, or those the socket is bound to now; empty while it is not bound.</summary>
    public IReadOnlyList<IPAddress> LocalAddresses
    {
        get
        {
            if (_driver is { } driver)
            {
                lock (driver.Gate)
                {
                    var addresses = new List<IPAddress>();
                    foreach (var address in driver.Association.LocalAddresses)
                    {
                        addresses.Add(address.ToIPAddress());
                    }
                    return addresses;
                }
            }
            return Binding?.Addresses ?? [];
        }
    }

    /// <summary>The peer's addresses; empty without an association.</summary>
    public IReadOnlyList<IPAddress> RemoteAddresses => RemoteEndPoint?.Addresses ?? [];

    /// <summary>Streams that can be sent on, once the association is up.</summary>
    public int OutboundStreams => GetStatus().OutboundStreams;

    /// <summary>Streams the peer can send on, once the association is up.</summary>
    public int InboundStreams => GetStatus().InboundStreams;

    /// <summary>The association as it is now.</summary>
    public SctpAssociationStatus GetStatus()
    {
        if (_driver is not { } driver)
        {
            return new SctpAssociationStatus(0, SctpAssociationState.Closed, 0, 0, 0, []);
        }
        lock (driver.Gate)
        {
            return GetStatusLocked(driver);
        }
    }

    /// <summary>The paths as they are now; empty without an association.</summary>
    public IReadOnlyList<SctpPath> GetPaths() => GetStatus().Paths;

    /// <summary>Makes a path the one that data goes on while it is active (RFC 9260, 11.1.5).</summary>
    /// <param name="address">An address of the peer.</param>
    /// <returns>False when it is not one, or not confirmed yet.</returns>
    public bool TrySetPrimary(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var driver = RequireAssociation();
        AssociationDriver.Work work;
        bool isSet;
        lock (driver.Gate)
        {
            isSet = !_over && driver.Association.SetPrimary(IPAddressValue.FromIPAddress(address));
            work = driver.Settle(driver.Stack.Timer.Now);
        }
        driver.Perform(work);
        return isSet;
    }

    private void RememberStatus()
    {
        _lastRemote = RemoteEndPointLocked();
        _last = GetStatusLocked(_driver!) with { State = SctpAssociationState.Closed, SendBufferedBytes = 0 };
    }

    private SctpAssociationStatus GetStatusLocked(AssociationDriver driver)
    {
        if (_last is not null)
        {
            return _last;
        }
        var association = driver.Association;
        var paths = new SctpPath[association.PathCount];
        for (var i = 0; i < paths.Length; i++)
        {
            paths[i] = ToPath(association.GetPath(i));
        }
        return new SctpAssociationStatus(
            _associationId,
            (SctpAssociationState)association.State,
            association.OutboundStreams,
            association.InboundStreams,
            association.BufferedBytes,
            paths);
    }

    private SctpEndPoint? RemoteEndPointLocked()
    {
        if (_lastRemote is not null || _driver is not { } driver)
        {
            return _lastRemote;
        }
        var association = driver.Association;
        if (association.PathCount == 0)
        {
            return _connectTarget;
        }
        var paths = Enumerable.Range(0, association.PathCount).Select(association.GetPath).ToList();
        var remote = new SctpEndPoint(paths.Select(p => p.Remote.ToIPAddress()), association.PeerPort).OverUdp(paths[0].RemoteUdpPort);
        foreach (var path in paths)
        {
            if (path.RemoteUdpPort != paths[0].RemoteUdpPort)
            {
                remote = remote.WithUdpPort(path.Remote.ToIPAddress(), path.RemoteUdpPort);
            }
        }
        return remote;
    }

    private static SctpPath ToPath(PathSnapshot path) => new(
        path.Remote.ToIPAddress(),
        path.State switch
        {
            PathState.Unconfirmed => SctpPathState.Unconfirmed,
            PathState.Active => SctpPathState.Active,
            PathState.PotentiallyFailed => SctpPathState.PotentiallyFailed,
            _ => SctpPathState.Inactive,
        },
        path.Srtt == 0 ? null : EngineOptions.ToTimeSpan(path.Srtt),
        EngineOptions.ToTimeSpan(path.Rto),
        path.CongestionWindow,
        path.BytesInFlight,
        path.Mtu,
        path.IsPrimary,
        path.ErrorCount,
        path.RemoteUdpPort == 0 ? null : path.RemoteUdpPort,
        path.Local.IsUnspecified ? null : path.Local.ToIPAddress());
}
