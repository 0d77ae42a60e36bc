using Kestrel.Sctp.Protocol.Associations;

namespace Kestrel.Sctp.Protocol.Endpoints;

/// <summary>What <see cref="Endpoint.Receive"/> found a packet to be.</summary>
internal enum PacketDisposition
{
    /// <summary>Nothing to do.</summary>
    Drop,

    /// <summary>Send the reply to the packet's source and UDP port, from the packet's destination address.</summary>
    Reply,

    /// <summary>Hand the packet to <see cref="Association.Receive"/>.</summary>
    Deliver,

    /// <summary>A new association of a listener was made from a valid cookie: hand it the packet, and offer it to accept.</summary>
    Accept,
}

internal readonly record struct ReceiveResult(PacketDisposition Disposition, Association? Association, Listener? Listener, int ReplyLength)
{
    public static ReceiveResult Drop => default;

    public static ReceiveResult Reply(int length) => new(PacketDisposition.Reply, null, null, length);

    public static ReceiveResult Deliver(Association association) => new(PacketDisposition.Deliver, association, null, 0);

    public static ReceiveResult Accept(Association association, Listener listener) => new(PacketDisposition.Accept, association, listener, 0);
}
