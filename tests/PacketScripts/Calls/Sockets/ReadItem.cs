using Kestrel.Sctp.Protocol.Receiving;

namespace Kestrel.Sctp.PacketScripts.Calls.Sockets;

/// <summary>What one read gave: some of a message or of a notification.</summary>
/// <param name="Association">Whose it is.</param>
/// <param name="Length">Bytes read.</param>
/// <param name="EndOfRecord">They are the last of their message or notification.</param>
internal sealed record ReadItem(SocketAssociation Association, int Length, bool EndOfRecord)
{
    /// <summary>Set when it is one.</summary>
    public Notification? Notification { get; init; }

    /// <summary>Set when it is user data.</summary>
    public ReceivedPart Part { get; init; }

    /// <summary>The peer's TSN up to which everything had arrived when it was read.</summary>
    public uint CumulativeTsn { get; init; }

    public long MessageFlags => (EndOfRecord ? Constants.MSG_EOR : 0) | (Notification is null ? 0 : Constants.MSG_NOTIFICATION);
}
