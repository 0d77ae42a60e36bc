namespace Kestrel.Sctp.Protocol.Receiving;

/// <summary>What one read took: a whole message, or a part of one.</summary>
/// <param name="Length">Bytes copied.</param>
/// <param name="EndOfMessage">These bytes are the last of their message (MSG_EOR, RFC 6458).</param>
internal readonly record struct ReceivedPart(
    int Length, ushort StreamId, ushort StreamSequence, uint PayloadProtocolId, bool Unordered, bool EndOfMessage);
