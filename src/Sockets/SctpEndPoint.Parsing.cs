using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Sctp;

public sealed partial class SctpEndPoint
{
    private const string IpScheme = "sctp";
    private const string UdpScheme = "sctp+udp";

    private static readonly SearchValues<char> _hexDigits = SearchValues.Create("0123456789abcdefABCDEF");
    private static readonly SearchValues<char> _ipv6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>Reads the URI form of an endpoint.</summary>
    /// <remarks>
    /// <code>
    /// sctp://10.0.0.1,10.0.1.1:7                             SCTP over IP
    /// sctp+udp://[::1],127.0.0.1:7?udp=9899                  SCTP over UDP; without udp= it is 9899
    /// sctp+udp://192.0.2.1,198.51.100.1:7?udp=9899,40000     a UDP port for each address, in the order of the addresses
    /// sctp+udp://a.example,b.example:7                       host names, to be resolved
    /// sctp+udp://0.0.0.0,[::]:7                              the wildcard addresses, to listen on
    /// </code>
    /// <para>The port is always written, once, after the last address. An IPv6 address stands in brackets, with its scope, if it has
    /// one, as .NET writes it: <c>[fe80::1%3]</c>. An IPv4 address has four decimal parts without leading zeros.</para>
    /// </remarks>
    /// <param name="text">The URI; its scheme and host names in either case.</param>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="FormatException">The text is not an endpoint; the message shows the bad part and the character at which it
    /// begins, counted from 1.</exception>
    public static SctpEndPoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var result = ParseUri(text, out var error);
        return result ?? throw new FormatException(error.Describe(text));
    }

    /// <summary>Reads the URI form of an endpoint, as <see cref="Parse(string)"/> does, without an exception.</summary>
    /// <param name="text">The URI, or null.</param>
    /// <param name="endPoint">The endpoint, or null when the result is false.</param>
    /// <returns>Whether the text is an endpoint.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out SctpEndPoint? endPoint)
    {
        endPoint = text is null ? null : ParseUri(text, out _);
        return endPoint is not null;
    }

    static SctpEndPoint IParsable<SctpEndPoint>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<SctpEndPoint>.TryParse(
        [NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out SctpEndPoint result) => TryParse(s, out result);

    /// <summary>The URI form, which <see cref="Parse(string)"/> reads back: over UDP always with <c>?udp=</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(IsOverUdp ? UdpScheme : IpScheme).Append("://");
        for (var i = 0; i < EntryCount; i++)
        {
            text.Append(i == 0 ? "" : ",");
            if (IsResolved)
            {
                AppendAddress(text, _addresses[i]);
            }
            else if (IPAddress.TryParse(_hostNames[i], out var literal)) // an address among names
            {
                AppendAddress(text, literal);
            }
            else
            {
                text.Append(_hostNames[i]);
            }
        }

        text.Append(CultureInfo.InvariantCulture, $":{Port}");
        if (_udpPorts is not null)
        {
            var one = Array.TrueForAll(_udpPorts, p => p == _udpPorts[0]);
            text.Append("?udp=").AppendJoin(',', one ? _udpPorts.Take(1) : _udpPorts);
        }

        return text.ToString();
    }

    private static void AppendAddress(StringBuilder text, IPAddress address)
    {
        var brackets = address.AddressFamily == AddressFamily.InterNetworkV6;
        text.Append(brackets ? "[" : "").Append(address).Append(brackets ? "]" : "");
    }

    private static SctpEndPoint? ParseUri(string text, out ParseError error)
    {
        var schemeLength = text.IndexOf("://", StringComparison.Ordinal);
        if (schemeLength < 0)
        {
            error = new ParseError(0, text.Length, "has no scheme (sctp:// or sctp+udp://)");
            return null;
        }

        var overUdp = text.AsSpan(0, schemeLength).Equals(UdpScheme, StringComparison.OrdinalIgnoreCase);
        if (!overUdp && !text.AsSpan(0, schemeLength).Equals(IpScheme, StringComparison.OrdinalIgnoreCase))
        {
            error = new ParseError(0, schemeLength, "is not a scheme of SCTP (sctp or sctp+udp)");
            return null;
        }

        var start = schemeLength + 3;
        var length = text.AsSpan(start).IndexOfAny('/', '?', '#');
        var end = length < 0 ? text.Length : start + length;
        return ParsePort(text, start, end, out var listEnd, out var port, out error)
            && ParseHosts(text, start, listEnd, out var hosts, out error)
            && ParseQuery(text, end, overUdp, hosts, out error)
            ? Create(hosts, port, overUdp)
            : null;
    }

    private static bool ParsePort(string text, int start, int end, out int listEnd, out int port, out ParseError error)
    {
        var authority = text.AsSpan(start, end - start);
        var bracket = authority.LastIndexOf('[');
        var closed = authority.LastIndexOf(']');
        var colon = authority.LastIndexOf(':');
        port = 0;
        listEnd = start + Math.Max(colon, 0);
        if (bracket > closed)
        {
            error = new ParseError(start + bracket, end - start - bracket, "has no closing bracket");
            return false;
        }

        // The colon of the port is outside of brackets; one of an unbracketed IPv6 address is left for its own message.
        if (colon < 0 || colon < closed)
        {
            error = new ParseError(start, end - start, "has no port (:PORT after the last address)");
            return false;
        }

        return ParsePortNumber(text, listEnd + 1, end, out port, out error);
    }

    private static bool ParsePortNumber(string text, int start, int end, out int port, out ParseError error)
    {
        error = default;
        if (int.TryParse(text.AsSpan(start, end - start), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= ushort.MaxValue)
        {
            return true;
        }

        error = new ParseError(start, end - start, "is not a port (0 to 65535)");
        return false;
    }

    private static bool ParseHosts(string text, int start, int end, out List<Host> hosts, out ParseError error)
    {
        hosts = [];
        error = default;
        foreach (var range in text.AsSpan(start, end - start).Split(','))
        {
            var (offset, length) = range.GetOffsetAndLength(end - start);
            var entry = text.Substring(start + offset, length);
            if (!TryParseUriHost(entry, out var host, out var reason))
            {
                error = new ParseError(start + offset, length, reason);
                return false;
            }

            hosts.Add(host);
        }

        return true;
    }

    private static bool TryParseUriHost(string entry, out Host host, [NotNullWhen(false)] out string? reason)
    {
        if (entry is ['[', .., ']'])
        {
            if (TryParseIPv6(entry[1..^1], out host))
            {
                reason = null;
                return true;
            }

            reason = "is not an IPv6 address";
            return false;
        }

        host = default;
        if (entry.Contains(':', StringComparison.Ordinal))
        {
            reason = TryParseIPv6(entry, out _)
                ? $"is an IPv6 address, which stands in brackets: [{entry}]"
                : "is not an address (all addresses share one port, written once after the last)";
            return false;
        }

        return TryParseHost(entry, out host, out reason);
    }

    /// <summary>An address as a program has it (IPv6 without brackets), or a host name.</summary>
    private static bool TryParseHost(string text, out Host host, [NotNullWhen(false)] out string? reason)
    {
        reason = null;
        if (TryParseIPv6(text, out host))
        {
            return true;
        }

        if (text.Length == 0)
        {
            reason = "is empty where an address is expected";
        }
        else if (EndsInNumber(text))
        {
            // Looks like an IPv4 address, so it must be one: 10.0.0.256 is a slip, not a host to look up.
            if (TryParseIPv4(text, out var address))
            {
                host = new Host(address, text, 0);
            }
            else
            {
                reason = "is not an IPv4 address";
            }
        }
        else if (IsHostName(text))
        {
            host = new Host(null, text, 0);
        }
        else
        {
            reason = "is neither an address nor a host name";
        }

        return reason is null;
    }

    private static bool TryParseIPv6(string text, out Host host)
    {
        // IPAddress takes more than an address ([::1]:80, a prefix length), so the characters are looked at first.
        host = default;
        var scope = text.IndexOf('%', StringComparison.Ordinal);
        var digits = text.AsSpan(0, scope < 0 ? text.Length : scope);
        if (!digits.Contains(':')
            || digits.ContainsAnyExcept(_ipv6Characters)
            || (scope >= 0 && (scope + 1 == text.Length || !IsHostName(text.AsSpan(scope + 1))))
            || !IPAddress.TryParse(text, out var address))
        {
            return false;
        }

        address = Normalise(address);
        host = new Host(address, address.ToString(), 0);
        return true;
    }

    private static bool TryParseIPv4(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        // IPAddress also takes 127.1, 0x7f.0.0.1 and octal parts: 010.0.0.1 would silently be 8.0.0.1. Only the form it prints is taken.
        return IPAddress.TryParse(text, out address) && address.ToString() == text;
    }

    private static bool EndsInNumber(string text)
    {
        var label = text.AsSpan().TrimEnd('.');
        label = label[(label.LastIndexOf('.') + 1)..];
        return label.Length > 0
            && (!label.ContainsAnyExceptInRange('0', '9')
                || (label.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && !label[2..].ContainsAnyExcept(_hexDigits)));
    }

    private static bool IsHostName(ReadOnlySpan<char> text)
    {
        // RFC 1123, 2.1, and the underscore that private zones use; a name in other letters is written in its ASCII form (xn--).
        if (text.Length is 0 or > 253)
        {
            return false;
        }

        foreach (var range in text.TrimEnd('.').Split('.'))
        {
            var label = text[range];
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            foreach (var c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool ParseQuery(string text, int start, bool overUdp, List<Host> hosts, out ParseError error)
    {
        error = default;
        var ports = new List<int>();
        if (start < text.Length)
        {
            const string key = "?udp=";
            if (!text.AsSpan(start).StartsWith(key, StringComparison.OrdinalIgnoreCase))
            {
                error = new ParseError(start, text.Length - start, "is not part of an endpoint (only ?udp=PORT may follow the port)");
                return false;
            }

            if (!overUdp)
            {
                error = new ParseError(start, text.Length - start, "belongs to sctp+udp://, not to sctp://");
                return false;
            }

            var valueStart = start + key.Length;
            foreach (var range in text.AsSpan(valueStart).Split(','))
            {
                var (offset, length) = range.GetOffsetAndLength(text.Length - valueStart);
                if (!ParsePortNumber(text, valueStart + offset, valueStart + offset + length, out var port, out error))
                {
                    return false;
                }

                ports.Add(port);
            }

            if (ports.Count != 1 && ports.Count != hosts.Count)
            {
                error = new ParseError(
                    valueStart, text.Length - valueStart, $"holds {ports.Count} UDP ports for {hosts.Count} addresses (one, or one for each)");
                return false;
            }
        }

        for (var i = 0; i < hosts.Count; i++)
        {
            hosts[i] = hosts[i] with { UdpPort = ports.Count switch { 0 => DefaultUdpPort, 1 => ports[0], _ => ports[i] } };
        }

        // A path is known by its address alone, so one address can't stand for two UDP ports.
        var seen = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var host in hosts)
        {
            var name = host.Address?.ToString() ?? host.Text;
            if (!seen.TryAdd(name, host.UdpPort) && seen[name] != host.UdpPort)
            {
                error = new ParseError(start, text.Length - start, $"gives {name} two UDP ports");
                return false;
            }
        }

        return true;
    }

    /// <summary>The bad part of a text, and what is wrong with it (a predicate to the part).</summary>
    private readonly record struct ParseError(int Start, int Length, string Reason)
    {
        public string Describe(string text)
        {
            var part = Shorten(text.AsSpan(Start, Length), 80);
            var whole = Shorten(text, 320);
            return $"'{whole}' is not an SCTP endpoint: '{part}' at character {Start + 1} {Reason}.";
        }

        private static string Shorten(ReadOnlySpan<char> text, int length) =>
            text.Length > length ? string.Concat(text[..length], "…") : text.ToString();
    }
}
