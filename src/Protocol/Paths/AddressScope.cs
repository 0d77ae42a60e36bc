namespace Kestrel.Sctp.Protocol.Paths;

/// <summary>Which address can talk to which, and which may be told to whom (RFC 9260, 3.3.2.1; RFC 6951, 5.7).</summary>
internal static class AddressScope
{
    /// <summary>A usable peer address of an INIT or INIT ACK that came from <paramref name="source"/>.</summary>
    public static bool IsAcceptable(IPAddressValue address, IPAddressValue source)
    {
        if (!IsUnicast(address) || address.IsIPv4Mapped)
        {
            return false;
        }

        // Loopback from elsewhere, or a foreign link: such addresses mean something else here than there.
        return (!address.IsLoopback || source.IsLoopback) && (!address.IsLinkLocal || source.IsLinkLocal);
    }

    public static bool IsUnicast(IPAddressValue address) => !address.IsUnspecified && !address.IsMulticast && !address.IsBroadcast;

    /// <summary>
    /// Our addresses that INITs to these destinations may leave from: loopback only where all destinations are
    /// (a loopback source never leaves the machine), link-local only to link-local.
    /// </summary>
    public static List<IPAddressValue> SelectLocal(IReadOnlyList<IPAddressValue> local, ReadOnlySpan<IPAddressValue> destinations)
    {
        bool allLoopback = true, anyLinkLocal = false, anyIPv4 = false, anyIPv6 = false;
        foreach (var destination in destinations)
        {
            allLoopback &= destination.IsLoopback;
            anyLinkLocal |= destination.IsLinkLocal;
            anyIPv4 |= !destination.IsIPv6;
            anyIPv6 |= destination.IsIPv6;
        }

        var selected = new List<IPAddressValue>(local.Count);
        foreach (var address in local)
        {
            var familyFits = address.IsIPv6 ? anyIPv6 : anyIPv4;
            if (familyFits && address.IsLoopback == allLoopback && (!address.IsLinkLocal || anyLinkLocal))
            {
                selected.Add(address);
            }
        }

        if (selected.Count > 0)
        {
            return selected;
        }

        // Bound to addresses that no scope rule would choose (an address of the machine's own as loopback, say): all of the family.
        foreach (var address in local)
        {
            if (address.IsIPv6 ? anyIPv6 : anyIPv4)
            {
                selected.Add(address);
            }
        }

        return selected;
    }

    /// <summary>
    /// The list for an INIT or INIT ACK: empty for a single-homed end, and whenever an address that must not be told is
    /// among them (a private one to a global peer, RFC 6951, 5.7): half a list would make a late packet look like a new address.
    /// </summary>
    public static IReadOnlyList<IPAddressValue> SelectAdvertised(
        IReadOnlyList<IPAddressValue> local, ReadOnlySpan<IPAddressValue> destinations, IReadOnlyList<IPAddressValue>? replacement)
    {
        if (replacement is not null)
        {
            return replacement;
        }

        if (local.Count < 2)
        {
            return [];
        }

        var anyGlobal = false;
        foreach (var destination in destinations)
        {
            anyGlobal |= !destination.IsPrivate && !destination.IsLoopback && !destination.IsLinkLocal;
        }

        foreach (var address in local)
        {
            if (anyGlobal && address.IsPrivate)
            {
                return [];
            }
        }

        return local;
    }

    /// <summary>The sources for one destination, the one with the longest common prefix first (RFC 6724, rule 8).</summary>
    public static IPAddressValue[] OrderSources(IReadOnlyList<IPAddressValue> local, IPAddressValue destination)
    {
        // The sort is stable: equally good sources keep the caller's order.
        return [.. local.Where(address => address.IsIPv6 == destination.IsIPv6)
            .OrderByDescending(address => CommonPrefix(address, destination))];
    }

    private static int CommonPrefix(IPAddressValue a, IPAddressValue b)
    {
        Span<byte> x = stackalloc byte[16];
        Span<byte> y = stackalloc byte[16];
        a.WriteBytes(x);
        b.WriteBytes(y);
        var length = a.AddressLength;
        for (var i = 0; i < length; i++)
        {
            var difference = x[i] ^ y[i];
            if (difference != 0)
            {
                return (i * 8) + System.Numerics.BitOperations.LeadingZeroCount((uint)difference) - 24;
            }
        }

        return length * 8;
    }
}
