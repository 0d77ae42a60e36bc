namespace Kestrel.Sctp.Protocol.Wire;

/// <summary>Chunk parameter types (RFC 9260, 3.3, and the IANA registry).</summary>
internal enum ParameterType : ushort
{
    HeartbeatInfo = 1,
    IPv4Address = 5,
    IPv6Address = 6,
    StateCookie = 7,
    UnrecognizedParameter = 8,
    CookiePreservative = 9,

    /// <summary>Deprecated: whoever sends it gets an ABORT (RFC 9260, 3.3.2.1.4).</summary>
    HostNameAddress = 11,
    SupportedAddressTypes = 12,

    // RFC 6525
    OutgoingSsnResetRequest = 13,
    IncomingSsnResetRequest = 14,
    SsnTsnResetRequest = 15,
    ReConfigResponse = 16,
    AddOutgoingStreamsRequest = 17,
    AddIncomingStreamsRequest = 18,

    /// <summary>Reserved for ECN Capable.</summary>
    EcnCapable = 0x8000,

    /// <summary>RFC 9653.</summary>
    ZeroChecksumAcceptable = 0x8001,

    // RFC 4895
    Random = 0x8002,
    ChunkList = 0x8003,
    RequestedHmacAlgorithm = 0x8004,

    /// <summary>RFC 4820.</summary>
    Padding = 0x8005,

    /// <summary>RFC 5061.</summary>
    SupportedExtensions = 0x8008,

    /// <summary>RFC 3758.</summary>
    ForwardTsnSupported = 0xC000,

    // RFC 5061
    AddIPAddress = 0xC001,
    DeleteIPAddress = 0xC002,
    ErrorCauseIndication = 0xC003,
    SetPrimaryAddress = 0xC004,
    SuccessIndication = 0xC005,
    AdaptationLayerIndication = 0xC006,
}
