namespace Kestrel.Sctp.PacketScripts.Calls.Sockets;

/// <summary>What a send asks for; its bytes are zeros.</summary>
internal sealed record OutgoingMessage(int Length)
{
    public ushort StreamId { get; init; }

    /// <summary>As the wire has it: what <c>htonl</c> made of it is undone.</summary>
    public uint PayloadProtocolId { get; init; }

    /// <summary>SCTP_UNORDERED, SCTP_EOF, SCTP_ABORT and so on.</summary>
    public long Flags { get; init; }

    public long Context { get; init; }

    public long AssociationId { get; init; }

    /// <summary>Null when the call names none.</summary>
    public SocketAddress? To { get; init; }

    /// <summary>This call alone doesn't block (MSG_DONTWAIT).</summary>
    public bool DontWait { get; init; }

    public bool Has(long flag) => (Flags & flag) != 0;
}
