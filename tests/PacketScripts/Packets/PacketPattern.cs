namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>A packet as a script has it: to inject, or to compare with.</summary>
/// <param name="Tag">The verification tag, when the script gives one.</param>
/// <param name="BadChecksum">Its CRC32c is wrong on purpose.</param>
/// <param name="Chunks">In order; empty for a packet of a header alone.</param>
/// <param name="Raw">All bytes behind the common header, for a packet given by bytes.</param>
internal sealed record PacketPattern(uint? Tag, bool BadChecksum, IReadOnlyList<Element> Chunks, byte[]? Raw)
{
    /// <summary>Where it comes from and goes to, when the script says; else they are those of the socket.</summary>
    public (IPAddressValue Source, IPAddressValue Destination)? Addresses { get; init; }

    public override string ToString()
    {
        string[] specials = [.. BadChecksum ? ["bad_crc32c"] : Array.Empty<string>(), .. Tag is null ? Array.Empty<string>() : [$"tag={Tag}"]];
        var header = specials.Length == 0 ? "sctp" : $"sctp({string.Join(", ", specials)})";
        var addresses = Addresses is { } pair ? $"{pair.Source} > {pair.Destination} " : "";
        return $"{addresses}{header}: {(Raw is null ? string.Join("; ", Chunks) : new BytesField(Raw))}";
    }
}
