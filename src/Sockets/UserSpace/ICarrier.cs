using System.Net.Sockets;
using Kestrel.Sctp.Protocol;

namespace Kestrel.Sctp.UserSpace;

/// <summary>Carries SCTP packets in batches, between local addresses and the network.</summary>
internal interface ICarrier
{
    /// <summary>
    /// Sends a batch: packets one behind the other, each of the segment size but the last. Never throws: a failure is the
    /// answer, and its packets are lost packets.
    /// </summary>
    SocketError Send(in Transmit batch, ReadOnlySpan<byte> packets);
}

/// <summary>Takes what a carrier receives.</summary>
internal interface ICarrierReceiver
{
    /// <summary>
    /// A batch from one source, in the shape of <see cref="ICarrier.Send"/>. The memory is the carrier's. Called on receive
    /// threads, several at once.
    /// </summary>
    void OnReceived(in PacketInfo info, ReadOnlySpan<byte> packets, int segmentSize);

    /// <summary>An INIT was dropped, the thread being too far behind. Comes in floods.</summary>
    void OnInitDropped(IPAddressValue local);

    /// <summary>Something went wrong that the user can't see otherwise. May come in floods.</summary>
    void OnCarrierError(IPAddressValue local, Exception error);
}
