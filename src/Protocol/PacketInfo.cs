namespace Kestrel.Sctp.Protocol;

/// <summary>Where a received packet came from and where it arrived.</summary>
/// <param name="Source">The sender's address.</param>
/// <param name="Destination">Our address that the packet was sent to.</param>
/// <param name="SourceUdpPort">The sender's UDP port (RFC 6951), or 0 when the packet came without encapsulation.</param>
internal readonly record struct PacketInfo(IPAddressValue Source, IPAddressValue Destination, ushort SourceUdpPort);
