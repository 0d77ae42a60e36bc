using System.Text.RegularExpressions;

namespace Kestrel.Sctp.PacketScripts.Language;

/// <summary>Cuts a script into tokens. Where several kinds fit, the longest wins, and of equally long ones the first.</summary>
internal static partial class ScriptLexer
{
    private static readonly (TokenKind Kind, Regex Pattern)[] _kinds =
    [
        (TokenKind.Ellipsis, EllipsisPattern()),
        (TokenKind.Option, OptionPattern()),
        (TokenKind.Float, FloatPattern()),
        (TokenKind.Integer, IntegerPattern()),
        (TokenKind.HexInteger, HexPattern()),
        (TokenKind.Word, WordPattern()),
        (TokenKind.Text, TextPattern()),
        (TokenKind.Shell, ShellPattern()),
        (TokenKind.Code, CodePattern()),
        (TokenKind.IPv4Address, IPv4Pattern()),
        (TokenKind.IPv6Address, IPv6Pattern()),
    ];

    public static List<Token> Tokenize(string text)
    {
        var tokens = new List<Token>();
        int position = 0, line = 1, lineStart = 0;
        var startsLine = true;
        while (true)
        {
            while (position < text.Length && BlankPattern().Match(text, position) is { Success: true } blank)
            {
                var breaks = blank.ValueSpan.Count('\n');
                if (breaks > 0)
                {
                    line += breaks;
                    lineStart = blank.Index + blank.ValueSpan.LastIndexOf('\n') + 1;
                    startsLine = true;
                }

                position += blank.Length;
            }

            var column = position - lineStart + 1;
            if (position == text.Length)
            {
                tokens.Add(new Token(TokenKind.End, "", line, column, true));
                return tokens;
            }

            var kind = TokenKind.Symbol;
            var length = 0;
            foreach (var (candidate, pattern) in _kinds)
            {
                if (pattern.Match(text, position) is { Success: true } match && match.Length > length)
                {
                    (kind, length) = (candidate, match.Length);
                }
            }

            if (length == 0)
            {
                var unended = text[position] is '"' or '`' || text.AsSpan(position).StartsWith("/*") || text.AsSpan(position).StartsWith("%{");
                length = unended ? throw new ScriptSyntaxException("what begins here has no end", line, column) : 1;
            }

            var whole = text.AsSpan(position, length);
            var inner = kind switch
            {
                TokenKind.Text or TokenKind.Shell => whole[1..^1],
                TokenKind.Code => whole[2..^2],
                TokenKind.Option => whole[2..],
                _ => whole,
            };
            tokens.Add(new Token(kind, inner.ToString(), line, column, startsLine));
            startsLine = false;
            position += length;
            if (whole.Contains('\n'))
            {
                line += whole.Count('\n');
                lineStart = position - length + whole.LastIndexOf('\n') + 1;
            }
        }
    }

    [GeneratedRegex(@"\G(?:\s+|//[^\n]*|/\*.*?\*/)", RegexOptions.Singleline)]
    private static partial Regex BlankPattern();

    [GeneratedRegex(@"\G\.\.\.")]
    private static partial Regex EllipsisPattern();

    [GeneratedRegex(@"\G--[a-zA-Z0-9_]+")]
    private static partial Regex OptionPattern();

    [GeneratedRegex(@"\G-?[0-9]*\.[0-9]+")]
    private static partial Regex FloatPattern();

    [GeneratedRegex(@"\G-?[0-9]+")]
    private static partial Regex IntegerPattern();

    [GeneratedRegex(@"\G0x[0-9a-fA-F]+")]
    private static partial Regex HexPattern();

    [GeneratedRegex(@"\G(?:I-DATA|[a-zA-Z0-9_]+)")]
    private static partial Regex WordPattern();

    [GeneratedRegex(@"\G""(?:\\.|[^""\\])*""", RegexOptions.Singleline)]
    private static partial Regex TextPattern();

    [GeneratedRegex(@"\G`(?:\\.|[^`\\])*`", RegexOptions.Singleline)]
    private static partial Regex ShellPattern();

    [GeneratedRegex(@"\G%\{.*?\}%", RegexOptions.Singleline)]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"\G[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")]
    private static partial Regex IPv4Pattern();

    // Two numbers with a colon between them are a gap of a SACK: an address has two colons side by side, or seven.
    [GeneratedRegex(@"\G(?:(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){0,6})?::[0-9a-fA-F:.]*)")]
    private static partial Regex IPv6Pattern();
}
