namespace Kestrel.Sctp.PacketScripts.Language;

internal enum TokenKind
{
    End,
    Word,
    Integer,
    HexInteger,
    Float,

    /// <summary>Between double quotes.</summary>
    Text,

    /// <summary>Between backquotes: a shell line.</summary>
    Shell,

    /// <summary>Between %{ and }%.</summary>
    Code,

    /// <summary>Behind two dashes.</summary>
    Option,
    IPv4Address,
    IPv6Address,
    Ellipsis,

    /// <summary>Any other character.</summary>
    Symbol,
}

/// <param name="Text">The token without its quotes or dashes.</param>
/// <param name="StartsLine">Nothing but blanks stands before it in its line.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line, int Column, bool StartsLine)
{
    public bool Is(char symbol) => Kind == TokenKind.Symbol && Text[0] == symbol;

    public bool IsWord(string word) => Kind == TokenKind.Word && Text == word;

    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end of the script",
        TokenKind.Text => $"\"{Text}\"",
        TokenKind.Shell => $"`{Text}`",
        TokenKind.Option => $"--{Text}",
        _ => $"'{Text}'",
    };
}
