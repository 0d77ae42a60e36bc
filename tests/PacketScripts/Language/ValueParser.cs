namespace Kestrel.Sctp.PacketScripts.Language;

/// <summary>Parses calls and the values in them.</summary>
internal static class ValueParser
{
    private static readonly string[] _functions = ["htons", "htonl", "ntohs", "ntohl", "inet_addr"];

    /// <summary><c>name(arguments) = result ERRNO (note)</c>.</summary>
    public static ScriptCall ParseCall(TokenReader reader)
    {
        var name = reader.Expect(TokenKind.Word, "a packet, a system call or a shell line");
        reader.Expect('(');
        var arguments = ParseList(reader, ')');
        reader.Expect('=');
        var result = ParseValue(reader);
        var errno = reader.Current.Kind == TokenKind.Word ? reader.Take().Text : null;
        return new ScriptCall(name.Text, arguments, result, errno, ParseNote(reader), name.Line);
    }

    private static ScriptValue ParseValue(TokenReader reader)
    {
        var first = ParseSingle(reader);
        if (!reader.Current.Is('|'))
        {
            return first;
        }

        var parts = new List<ScriptValue> { first };
        while (reader.TryTake('|'))
        {
            parts.Add(ParseSingle(reader));
        }

        return new CombinedValue(parts);
    }

    private static ScriptValue ParseSingle(TokenReader reader)
    {
        var token = reader.Take();
        switch (token.Kind)
        {
            case TokenKind.Ellipsis:
                return new AnyValue();
            case TokenKind.Integer:
                return new IntegerValue(reader.ToInteger(token));
            case TokenKind.HexInteger:
                return new IntegerValue(reader.ToInteger(token), IsHex: true);
            case TokenKind.Text:
                return new TextValue(token.Text, reader.TryTake(TokenKind.Ellipsis, out _));
            case TokenKind.Word when _functions.Contains(token.Text):
                reader.Expect('(');
                return new FunctionValue(token.Text, ParseList(reader, ')'));
            case TokenKind.Word:
                return new SymbolValue(token.Text);
            case TokenKind.Symbol when token.Is('['):
                return new ListValue(ParseList(reader, ']'));
            case TokenKind.Symbol when token.Is('{'):
                return ParseStruct(reader);
            default:
                throw TokenReader.Error($"expected a value, found {token}", token);
        }
    }

    private static List<ScriptValue> ParseList(TokenReader reader, char end)
    {
        var items = new List<ScriptValue>();
        if (reader.TryTake(end))
        {
            return items;
        }

        do
        {
            items.Add(ParseValue(reader));
        }
        while (reader.TryTake(','));
        reader.Expect(end);
        return items;
    }

    private static StructValue ParseStruct(TokenReader reader)
    {
        var members = new List<StructMember>();
        do
        {
            var token = reader.Current;
            if (token.Kind == TokenKind.Word && (reader.Following.Is('=') || (reader.Following.Is('(') && !_functions.Contains(token.Text))))
            {
                reader.Take();
                ScriptValue? count = null;
                if (reader.TryTake('('))
                {
                    count = ParseValue(reader);
                    reader.Expect(')');
                }

                reader.Expect('=');
                members.Add(new StructMember(token.Text, count, ParseValue(reader)));
            }
            else
            {
                members.Add(new StructMember(null, null, ParseValue(reader)));
            }
        }
        while (reader.TryTake(','));
        reader.Expect('}');
        return new StructValue(members);
    }

    private static string? ParseNote(TokenReader reader)
    {
        if (!reader.TryTake('('))
        {
            return null;
        }

        var words = new List<string>();
        while (!reader.TryTake(')'))
        {
            words.Add(reader.Current.Kind == TokenKind.End ? throw reader.Expected("')'") : reader.Take().Text);
        }

        return string.Join(' ', words);
    }
}
