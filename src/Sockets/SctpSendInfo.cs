namespace Kestrel.Sctp;

/// <summary>How one message is sent (RFC 6458, 5.3.4).</summary>
public readonly record struct SctpSendInfo
{
    /// <summary>The stream to send on: 0 up to the association's outbound streams less one. Default 0.</summary>
    public ushort StreamId { get; init; }

    /// <summary>
    /// The payload protocol identifier, in host byte order: 46 is Diameter, whatever the machine. SCTP passes it to the
    /// peer and does not look at it. Default 0, unspecified.
    /// </summary>
    public uint PayloadProtocolId { get; init; }

    /// <summary>The peer gets the message as soon as it is complete, without regard to the stream's other messages.</summary>
    public bool Unordered { get; init; }
}
