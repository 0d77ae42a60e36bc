namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>
/// What is added (mod 2^32) to the numbers of a packet to come from the script's to the live ones or back. The numbers of the peer,
/// which the script plays, are live as they stand; those of the system under test are random.
/// </summary>
/// <param name="Sender">For TSNs that belong to the sender of the packet.</param>
/// <param name="Receiver">For TSNs that belong to its receiver: what it acknowledges.</param>
internal readonly record struct SequenceMap(uint Sender, uint Receiver)
{
    /// <summary>The tag of the system under test, live and in the script, where a packet of its own is read.</summary>
    public (uint Live, uint Script)? Tag { get; init; }
}

/// <summary>Whose number it is.</summary>
internal enum SequenceSpace
{
    None,
    Sender,
    Receiver,

    /// <summary>An initiate tag, of the sender.</summary>
    Tag,
}
