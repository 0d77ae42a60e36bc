using Kestrel.Sctp.PacketScripts.Calls.Options;
using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Calls.Families;

/// <summary>getsockopt and setsockopt.</summary>
internal static class OptionCalls
{
    private static readonly Dictionary<string, SocketOption> _options = new(StringComparer.Ordinal);

    static OptionCalls()
    {
        foreach (var option in SocketLevelOptions.All.Concat(ProtocolOptions.All).Concat(PeerAddressOptions.All).Concat(MessageOptions.All))
        {
            _options.Add(option.Name, option);
        }

        // The old name of the same.
        _options.Add("SCTP_INIT", _options["SCTP_INITMSG"]);
        _options.Add("SCTP_DELAYED_ACK_TIME", _options["SCTP_DELAYED_SACK"]);
    }

    public static IEnumerable<(string Name, Func<CallArguments, Attempt> Begin)> All =>
    [
        ("getsockopt", Get),
        ("setsockopt", Set),
    ];

    /// <summary>The option that a call names and nobody knows, in words; null for any other call.</summary>
    public static string? FindUnsupported(ScriptCall call) =>
        call is { Name: "getsockopt" or "setsockopt", Arguments: [_, _, SymbolValue { Name: var name }, ..] } && !_options.ContainsKey(name)
            ? $"the socket option {name} is not supported"
            : null;

    private static Attempt Get(CallArguments arguments)
    {
        arguments.Expect(5);
        var option = Find(arguments);
        var outcome = Outcome.Error("ENOPROTOOPT");
        if (option.Get is { } get)
        {
            var answer = get(arguments.Socket, new OptionValue(arguments[3]));
            outcome = answer.Errno is { } errno ? Outcome.Error(errno) : Outcome.Success with
            {
                Filled =
                [
                    new Filled(option.Name, arguments[3], answer.Value!),
                    new Filled("optlen", arguments[4], Values.InBrackets(Length(option, arguments[4]))),
                ],
            };
        }

        return () => outcome;
    }

    // What there was room for.
    private static long Length(SocketOption option, ScriptValue room) =>
        Values.IsAnyList(room) ? option.Size : Math.Clamp(Values.Pointed(room), option.SmallestSize, option.Size);

    private static Attempt Set(CallArguments arguments)
    {
        arguments.Expect(5);
        var option = Find(arguments);
        var outcome = option.Set is not { } set ? Outcome.Error("ENOPROTOOPT")
            : arguments.Number(4) < option.SmallestSize ? Outcome.Error("EINVAL")
            : set(arguments.Socket, new OptionValue(arguments[3])) is { } errno ? Outcome.Error(errno)
            : Outcome.Success;
        return () => outcome;
    }

    private static SocketOption Find(CallArguments arguments)
    {
        // Their numbers are the system's affair: options are known by name.
        if (arguments[2] is not SymbolValue { Name: var name } || !_options.TryGetValue(name, out var option))
        {
            throw new ScriptSkippedException($"the socket option {arguments[2]} is not supported");
        }

        return arguments.Number(1) == Values.Number(Values.Name(option.Level))
            ? option
            : throw new ScriptSkippedException($"the socket option {name} is not one of {arguments[1]}");
    }
}
