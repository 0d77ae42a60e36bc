namespace Kestrel.Sctp.Fuzz.Targets;

/// <summary>Where a packet of a script comes from, and the tag it carries.</summary>
[Flags]
internal enum PacketOrigin
{
    /// <summary>The peer's first address, the association's tag.</summary>
    Usual = 0,

    /// <summary>The peer's second address; with <see cref="Elsewhere"/> a stranger's.</summary>
    Second = 1,

    /// <summary>Another UDP port; with <see cref="Second"/> a stranger's address.</summary>
    Elsewhere = 2,

    /// <summary>Tag 0, as with an INIT; with <see cref="CookieTag"/> the peer's own, as reflected by a T bit.</summary>
    NoTag = 4,

    /// <summary>The tag of the last INIT ACK, as with a COOKIE ECHO.</summary>
    CookieTag = 8,
}
