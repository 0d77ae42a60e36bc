namespace Kestrel.Sctp.Protocol;

/// <summary>
/// One batch to send: the packets lie one behind the other in the caller's buffer, each <see cref="SegmentSize"/> bytes
/// long but the last, which may be shorter. All go from one local address to one remote address.
/// </summary>
/// <param name="Local">The source address.</param>
/// <param name="Remote">The destination address.</param>
/// <param name="RemoteUdpPort">The destination's UDP port (RFC 6951), or 0 for SCTP directly over IP.</param>
/// <param name="Length">Bytes of the buffer in use.</param>
/// <param name="SegmentSize">The length of each packet but the last.</param>
/// <param name="MayFragment">IP fragmentation is allowed (RFC 9260, 6.9): chunks cut before the PMTU fell.</param>
internal readonly record struct Transmit(
    IPAddressValue Local, IPAddressValue Remote, ushort RemoteUdpPort, int Length, int SegmentSize, bool MayFragment);
