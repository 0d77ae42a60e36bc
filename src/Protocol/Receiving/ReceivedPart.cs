namespace Kestrel.Sctp.Protocol.Receiving;

/// <summary>What one read took: a whole message, or a part of one.</summary>
/// <param name="Length">Bytes copied.</param>
/// <param name="EndOfMessage">These bytes are the last of their message (MSG_EOR, RFC 6458).</param>
/// <param name="Tsn">Of the chunk in which the first of these bytes came (RFC 6458, 5.3.5: rcv_tsn).</param>
internal readonly record struct ReceivedPart(
    int Length, ushort StreamId, ushort StreamSequence, uint PayloadProtocolId, bool Unordered, bool EndOfMessage, uint Tsn);
