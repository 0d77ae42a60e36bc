namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>
/// A packet complete before it is fetched, with a destination of its own: answers that change no path (RFC 6951; requirements
/// R-114) and the last words of an association. Rare, and at most one per packet received.
/// </summary>
internal readonly record struct PreparedPacket(byte[] Bytes, IPAddressValue Local, IPAddressValue Remote, ushort RemoteUdpPort);
