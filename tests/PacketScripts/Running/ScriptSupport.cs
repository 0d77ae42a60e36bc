using Kestrel.Sctp.PacketScripts.Calls;
using Kestrel.Sctp.PacketScripts.Language;
using Kestrel.Sctp.PacketScripts.Packets;

namespace Kestrel.Sctp.PacketScripts.Running;

/// <summary>
/// What a script asks for that can't be had, found before it runs: packets of other protocols, options of another network, calls and
/// socket options that nobody knows, and extensions of SCTP that it expects to be used. That the peer uses one is no reason to skip: it has an answer, too.
/// </summary>
internal static class ScriptSupport
{
    /// <summary>The first reason with its line, or null.</summary>
    public static (int Line, string Reason)? FindUnsupported(Script script, ISystemCalls system)
    {
        foreach (var option in script.Options)
        {
            if (Reason(option) is { } reason)
            {
                return (option.Line, reason);
            }
        }

        foreach (var scriptEvent in script.Events)
        {
            var reason = scriptEvent switch
            {
                UnsupportedEvent unsupported => unsupported.Reason,
                ExpectEvent expect => Extension(expect.Packet.Chunks),
                CallEvent call => system.FindUnsupported(call.Call),
                _ => null,
            };
            if (reason is not null)
            {
                return (scriptEvent.Line, reason);
            }
        }

        return null;
    }

    /// <summary>The script's own <c>--tolerance_usecs</c>, or null.</summary>
    public static long? Tolerance(Script script)
    {
        foreach (var option in script.Options)
        {
            if (option.Name == "tolerance_usecs")
            {
                return long.TryParse(option.Value, out var value) && value >= 0
                    ? value
                    : throw new ScriptSyntaxException("--tolerance_usecs needs a number of microseconds", option.Line, 1);
            }
        }

        return null;
    }

    private static string? Reason(ScriptOption option) => option switch
    {
        { Name: "tolerance_usecs" or "verbose" or "debug" or "non_fatal" } => null,
        { Name: "ip_version", Value: "ipv4" } or { Name: "mtu", Value: "1500" } => null,
        { Value: null } => $"option --{option.Name}",
        _ => $"option --{option.Name}={option.Value}",
    };

    private static string? Extension(IEnumerable<Element> chunks)
    {
        foreach (var chunk in chunks)
        {
            if (ExtensionOf(chunk) is { } extension)
            {
                return extension;
            }

            // What a report of unrecognized things holds came from the peer.
            foreach (var parameter in chunk.Values.OfType<ElementsField>().SelectMany(list => list.Items).Where(item => item.Syntax.Kind == ElementKind.Parameter))
            {
                if (ExtensionOf(parameter) is { } offered)
                {
                    return offered;
                }
            }
        }

        return null;
    }

    private static string? ExtensionOf(Element element) =>
        (element.Syntax.Extension ?? (element.Type is { } type ? Syntaxes.ExtensionOf(element.Syntax.Kind, type) : null)) is { } extension
            ? $"{extension} is expected of this side"
            : null;
}
