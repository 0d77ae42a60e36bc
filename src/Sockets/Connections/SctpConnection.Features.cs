using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Kestrel.Sctp.Connections;

internal sealed partial class SctpConnection : ISctpAssociationFeature,
    IConnectionIdFeature,
    IConnectionTransportFeature,
    IConnectionItemsFeature,
    IConnectionLifetimeFeature,
    IConnectionEndPointFeature,
    IMemoryPoolFeature
{
    public int AssociationId { get; }

    MemoryPool<byte> IMemoryPoolFeature.MemoryPool => _memoryPool;

    SctpAssociationState ISctpAssociationFeature.State => _socket.State;

    int ISctpAssociationFeature.OutboundStreams => _socket.OutboundStreams;

    int ISctpAssociationFeature.InboundStreams => _socket.InboundStreams;

    IReadOnlyList<IPAddress> ISctpAssociationFeature.LocalAddresses => _socket.LocalAddresses;

    IReadOnlyList<IPAddress> ISctpAssociationFeature.RemoteAddresses => _socket.RemoteAddresses;

    IReadOnlyList<SctpPath> ISctpAssociationFeature.Paths => _socket.GetPaths();

    bool ISctpAssociationFeature.TrySetPrimary(IPAddress address) =>
        !_ended.Task.IsCompleted && _socket.TrySetPrimary(address);

    IAsyncEnumerable<SctpEvent> ISctpAssociationFeature.ReadEventsAsync(CancellationToken cancellationToken) =>
        _socket.ReadEventsAsync(cancellationToken);

    // Kestrel and middleware add features of their own.
    private FeatureCollection CreateFeatures()
    {
        var features = new FeatureCollection(initialCapacity: 12);
        features.Set<ISctpAssociationFeature>(this);
        features.Set<IConnectionIdFeature>(this);
        features.Set<IConnectionTransportFeature>(this);
        features.Set<IConnectionItemsFeature>(this);
        features.Set<IConnectionLifetimeFeature>(this);
        features.Set<IConnectionEndPointFeature>(this);
        features.Set<IMemoryPoolFeature>(this);
        return features;
    }
}
