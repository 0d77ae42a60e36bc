#pragma warning disable CS1591 // documented with its implementation
using System.Buffers;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Kestrel.Sctp;

/// <summary>
/// An SCTP socket of one-to-one style (RFC 6458, 4): it listens, or it is one association. One receive and one accept at a
/// time; sends may overlap, and each message is atomic.
/// </summary>
public sealed class SctpSocket : IDisposable, IAsyncDisposable
{
    public SctpSocket(SctpOptions? options = null, SctpStackOptions? stackOptions = null, ILoggerFactory? loggerFactory = null) => throw new NotImplementedException();
    public SctpSocket(SctpStack stack, SctpOptions? options = null, ILoggerFactory? loggerFactory = null) => throw new NotImplementedException();

    /// <summary>0 until <see cref="ConnectX"/> or accept.</summary>
    public int AssociationId => throw new NotImplementedException();
    public SctpAssociationState State => throw new NotImplementedException();

    /// <summary>The addresses bound and the port; constant once bound (a wildcard stays a wildcard). Null while unbound.</summary>
    public SctpEndPoint? LocalEndPoint => throw new NotImplementedException();

    /// <summary>The peer's addresses and port; null without an association.</summary>
    public SctpEndPoint? RemoteEndPoint => throw new NotImplementedException();

    /// <summary>The primary path's address and the peer's SCTP port; null without an association.</summary>
    public IPEndPoint? PrimaryRemote => throw new NotImplementedException();
    public IReadOnlyList<IPAddress> LocalAddresses => throw new NotImplementedException();
    public IReadOnlyList<IPAddress> RemoteAddresses => throw new NotImplementedException();
    public int OutboundStreams => throw new NotImplementedException();
    public int InboundStreams => throw new NotImplementedException();
    public SctpAssociationStatus GetStatus() => throw new NotImplementedException();
    public IReadOnlyList<SctpPath> GetPaths() => throw new NotImplementedException();

    /// <summary>False when the address is no confirmed path.</summary>
    public bool TrySetPrimary(IPAddress address) => throw new NotImplementedException();

    public void Bind(SctpEndPoint local) => throw new NotImplementedException();
    public void BindX(IEnumerable<IPAddress> addresses) => throw new NotImplementedException();
    public void Listen(int backlog = 512) => throw new NotImplementedException();
    public ValueTask<SctpSocket> AcceptAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Starts; returns the association id at once.</summary>
    public int ConnectX(SctpEndPoint remote) => throw new NotImplementedException();

    /// <summary>Waits for what <see cref="ConnectX"/> started. A cancelled wait leaves the attempt running.</summary>
    public ValueTask WaitForConnectAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Both; a cancelled one leaves no association.</summary>
    public ValueTask ConnectXAsync(SctpEndPoint remote, CancellationToken cancellationToken = default) => throw new NotImplementedException();
    public ValueTask SendAsync(ReadOnlyMemory<byte> message, SctpSendInfo info = default, CancellationToken cancellationToken = default) => throw new NotImplementedException();
    public ValueTask<SctpReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotImplementedException();
    public ValueTask ShutdownAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();
    public void Abort(string? reason = null) => throw new NotImplementedException();
    public IAsyncEnumerable<SctpEvent> ReadEventsAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();
    public void Dispose() => throw new NotImplementedException();
    public ValueTask DisposeAsync() => throw new NotImplementedException();

    /// <summary>The options this socket was made with (a copy; accepted sockets have their listener's).</summary>
    internal SctpOptions Options => throw new NotImplementedException();

    /// <summary>
    /// Queues one message that refers to the caller's memory until it is counted in <see cref="AcknowledgedReferencedBytes"/>
    /// or <see cref="ISctpSocketObserver.OnEnded"/> is called. Never waits and is not bounded by SendBufferSize: the caller's
    /// pipe is the send buffer. False, with the reason, when nothing can be sent any more; then nothing was queued.
    /// </summary>
    internal bool TryQueueReferenced(in ReadOnlySequence<byte> payload, SctpSendInfo info, out SctpException? error) => throw new NotImplementedException();

    /// <summary>Bytes queued by <see cref="TryQueueReferenced"/> and acknowledged by the peer, in the order of queueing.</summary>
    internal long AcknowledgedReferencedBytes => throw new NotImplementedException();

    /// <summary>Set once, before the first use of the socket's data; what happened before is told at once.</summary>
    internal ISctpSocketObserver? Observer { get; set; }
}
