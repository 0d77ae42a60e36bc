namespace Kestrel.Sctp;

/// <summary>What one <see cref="SctpSocket.ReceiveAsync"/> took: a message, a part of one, or the end of the association.</summary>
public readonly record struct SctpReceiveResult
{
    /// <summary>Bytes written to the buffer; 0 at the end of the association.</summary>
    public int BytesReceived { get; init; }

    /// <summary>The stream the message came on.</summary>
    public ushort StreamId { get; init; }

    /// <summary>The payload protocol identifier the peer gave the message, in host byte order.</summary>
    public uint PayloadProtocolId { get; init; }

    /// <summary>The message was sent unordered.</summary>
    public bool IsUnordered { get; init; }

    /// <summary>
    /// These bytes are the last of their message (MSG_EOR, RFC 6458). When false, the buffer was too small or the rest has
    /// not come yet: the next receive goes on with the same message.
    /// </summary>
    public bool EndOfMessage { get; init; }

    /// <summary>The peer shut down and everything it sent has been read; nothing follows.</summary>
    public bool IsEndOfAssociation { get; init; }
}
