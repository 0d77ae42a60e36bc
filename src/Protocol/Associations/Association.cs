using System.Buffers;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Receiving;
using Kestrel.Sctp.Protocol.Sending;

namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>
/// One association (RFC 9260), sans-I/O: packets and time in, packets and events out. Not thread-safe: one step at a time.
/// After each step the caller takes what <see cref="TryTransmit"/> gives, drains the events, and arms its timer by
/// <see cref="NextDeadline"/>.
/// </summary>
internal sealed partial class Association
{
    private Association() { }

    public int Id => throw new NotImplementedException();
    public AssociationState State => throw new NotImplementedException();
    public AssociationEnd End => throw new NotImplementedException();
    public ushort LocalPort => throw new NotImplementedException();
    public ushort PeerPort => throw new NotImplementedException();
    public int OutboundStreams => throw new NotImplementedException();
    public int InboundStreams => throw new NotImplementedException();

    /// <summary>Anything the caller likes; the engine never looks at it.</summary>
    public object? UserState { get; set; }

    /// <summary>Tags or addresses by which packets find this association changed: call <see cref="Endpoint.UpdateRoutes"/>.</summary>
    public bool RoutesChanged => throw new NotImplementedException();

    /// <summary>A packet that <see cref="Endpoint.Receive"/> delivered here.</summary>
    public void Receive(in PacketInfo info, ReadOnlySpan<byte> packet, long now) => throw new NotImplementedException();

    /// <summary>Fills the buffer with the next batch to send; false when there is nothing to send now. Call until false.</summary>
    public bool TryTransmit(long now, Span<byte> buffer, out Transmit transmit) => throw new NotImplementedException();

    /// <summary>When <see cref="HandleTimers"/> must be called next; <see cref="EngineTime.Never"/> when no timer runs.</summary>
    public long NextDeadline => throw new NotImplementedException();

    /// <summary>Fires every timer that is due.</summary>
    public void HandleTimers(long now) => throw new NotImplementedException();

    public bool TryReadEvent(out AssociationEvent associationEvent) => throw new NotImplementedException();

    /// <summary>Queues a message by reference. Nothing is queued unless the answer is <see cref="SendStatus.Queued"/>. Send is
    /// allowed from the set-up on (data waits for ESTABLISHED).</summary>
    public SendStatus Send(in SendInfo info, in ReadOnlySequence<byte> payload, object? owner) => throw new NotImplementedException();

    /// <summary>Bytes of messages queued and not yet released.</summary>
    public long BufferedBytes => throw new NotImplementedException();

    /// <summary>Gives back messages in the order in which they are done with.</summary>
    public bool TryTakeReleased(out ReleasedMessage message) => throw new NotImplementedException();

    /// <summary>A message, or the next part of one, can be read. Stays true after the end while unread data is left.</summary>
    public bool HasReadable => throw new NotImplementedException();

    /// <summary>The length of the message, or of its part, that the next read gives.</summary>
    public int ReadableLength => throw new NotImplementedException();

    /// <summary>Copies from the oldest deliverable message; reading frees receive buffer, so a window update may become due.</summary>
    public bool TryReceive(Span<byte> destination, long now, out ReceivedPart part) => throw new NotImplementedException();

    /// <summary>Starts the graceful shutdown (RFC 9260, 9.2): queued data is sent first.</summary>
    public void Shutdown(long now) => throw new NotImplementedException();

    /// <summary>Ends the association at once; the peer gets one ABORT with cause 12 and the reason, if its tag is known.</summary>
    public void Abort(string? reason, long now) => throw new NotImplementedException();

    /// <summary>The carrier could not send to this destination (no route, no usable source): a hint (connectx.md 3.6).</summary>
    public void ReportSendFailure(IPAddressValue remote, IPAddressValue local, long now) => throw new NotImplementedException();

    /// <summary>The carrier says that packets of this size are too big (EMSGSIZE).</summary>
    public void ReportTooBig(IPAddressValue remote, int packetLength) => throw new NotImplementedException();

    public int PathCount => throw new NotImplementedException();
    public PathSnapshot GetPath(int index) => throw new NotImplementedException();
    public ReadOnlySpan<IPAddressValue> LocalAddresses => throw new NotImplementedException();

    /// <summary>Makes a confirmed path the primary one; false when the address is no confirmed path.</summary>
    public bool SetPrimary(IPAddressValue remote) => throw new NotImplementedException();
}
