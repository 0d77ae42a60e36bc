using System.Globalization;
using Kestrel.Sctp.PacketScripts.Packets;

namespace Kestrel.Sctp.PacketScripts.Language;

/// <summary>Parses a script: options, then events, each with its time.</summary>
internal static class ScriptParser
{
    /// <exception cref="ScriptSyntaxException">It isn't one.</exception>
    public static Script Parse(string text, IReadOnlySet<string> defines)
    {
        var reader = new TokenReader(ScriptLexer.Tokenize(Conditionals.Apply(text, defines)));
        var options = new List<ScriptOption>();
        while (reader.TryTake(TokenKind.Option, out var option))
        {
            options.Add(new ScriptOption(option.Text, reader.TryTake('=') ? ParseOptionValue(reader) : null, option.Line));
        }

        var events = new List<ScriptEvent>();
        while (reader.Current.Kind != TokenKind.End)
        {
            events.Add(ParseEvent(reader, isFirst: events.Count == 0));
        }

        return events.Count > 0 ? new Script(options, events) : throw reader.Expected("an event");
    }

    private static string ParseOptionValue(TokenReader reader)
    {
        var value = reader.Take();
        if (value.Kind is not (TokenKind.Integer or TokenKind.Word or TokenKind.Text or TokenKind.IPv4Address or TokenKind.IPv6Address))
        {
            throw TokenReader.Error($"expected the option's value, found {value}", value);
        }

        return reader.TryTake('=') ? $"{value.Text}={reader.Take().Text}" : value.Text;
    }

    private static ScriptEvent ParseEvent(TokenReader reader, bool isFirst)
    {
        // A shell line before the first event or behind the last one has no time.
        var start = reader.Current;
        var time = start.Kind == TokenKind.Shell ? new ScriptTime(isFirst ? TimeKind.Absolute : TimeKind.Relative, 0) : ParseTime(reader);
        var end = reader.TryTake(TokenKind.Ellipsis, out _) ? ParseSeconds(reader) : (long?)null;
        var action = reader.Current;
        ScriptEvent result = action switch
        {
            { Kind: TokenKind.Shell } => new ShellEvent(time, start.Line, reader.Take().Text),
            { Kind: TokenKind.Code } => Unsupported(reader, time, start.Line, "code snippets"),
            _ when action.Is('<') || action.Is('>') => PacketParser.Parse(reader, time, start.Line),
            _ => new CallEvent(time, start.Line, ValueParser.ParseCall(reader), end),
        };
        if (end is not null && result is not CallEvent)
        {
            throw TokenReader.Error("only a system call takes from one time to another", start);
        }

        if ((time.Kind == TimeKind.Any || time.RangeEnd is not null) && result is not (ExpectEvent or UnsupportedEvent))
        {
            throw TokenReader.Error("'*' and a range of times are for packets that are sent", start);
        }

        return end < time.Microseconds || time.RangeEnd < time.Microseconds ? throw TokenReader.Error("it ends before it begins", start) : result;
    }

    private static UnsupportedEvent Unsupported(TokenReader reader, ScriptTime time, int line, string reason)
    {
        reader.Take();
        return new UnsupportedEvent(time, line, reason);
    }

    private static ScriptTime ParseTime(TokenReader reader)
    {
        if (reader.TryTake('*'))
        {
            return new ScriptTime(TimeKind.Any, 0);
        }

        var kind = reader.TryTake('+') ? TimeKind.Relative : TimeKind.Absolute;
        var time = ParseSeconds(reader);
        if (!reader.TryTake('~'))
        {
            return new ScriptTime(kind, time);
        }

        if (kind == TimeKind.Relative)
        {
            reader.Expect('+');
        }

        return new ScriptTime(kind, time, ParseSeconds(reader));
    }

    private static long ParseSeconds(TokenReader reader)
    {
        var token = reader.Current;
        if (token.Kind is not (TokenKind.Float or TokenKind.Integer)
            || !decimal.TryParse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || seconds is < 0 or > 1_000_000)
        {
            throw reader.Expected("a time in seconds");
        }

        reader.Take();
        return (long)(seconds * EngineTime.Second);
    }
}
