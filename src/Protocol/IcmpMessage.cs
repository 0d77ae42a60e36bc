namespace Kestrel.Sctp.Protocol;

/// <summary>What an ICMP message says of a packet of ours, as far as SCTP is concerned (RFC 9260, 10).</summary>
internal enum IcmpKind
{
    /// <summary>ICMPv4 Destination Unreachable, Fragmentation Needed; ICMPv6 Packet Too Big.</summary>
    PacketTooBig,

    /// <summary>ICMPv4 Destination Unreachable, Protocol Unreachable; ICMPv6 Parameter Problem, unrecognized Next Header type.</summary>
    ProtocolUnreachable,

    /// <summary>Destination Unreachable, Port Unreachable.</summary>
    PortUnreachable,

    /// <summary>Destination Unreachable for any other reason: net, host, administratively.</summary>
    Unreachable,
}

/// <summary>An ICMP message that answers a packet of ours; whose packet it was is in the headers that it quotes.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Local">The source of the packet quoted: our address.</param>
/// <param name="Remote">Its destination.</param>
/// <param name="RemoteUdpPort">Its destination's UDP port (RFC 6951), or 0 when it went directly over IP.</param>
/// <param name="Mtu">Of <see cref="IcmpKind.PacketTooBig"/>: the largest IP packet the way takes, all headers counted; 0 when it doesn't say.</param>
internal readonly record struct IcmpMessage(
    IcmpKind Kind, IPAddressValue Local, IPAddressValue Remote, ushort RemoteUdpPort, int Mtu = 0);
