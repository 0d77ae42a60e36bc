using System.Globalization;

namespace Kestrel.Sctp.PacketScripts.Language;

/// <summary>Reads tokens one by one and says where something else stands than can.</summary>
internal sealed class TokenReader(List<Token> tokens)
{
    private int _position;

    public Token Current => tokens[_position];

    public Token Following => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    public Token Take()
    {
        var token = Current;
        if (token.Kind != TokenKind.End)
        {
            _position++;
        }

        return token;
    }

    public bool TryTake(char symbol)
    {
        var found = Current.Is(symbol);
        if (found)
        {
            _position++;
        }

        return found;
    }

    public bool TryTake(string word)
    {
        var found = Current.IsWord(word);
        if (found)
        {
            _position++;
        }

        return found;
    }

    public bool TryTake(TokenKind kind, out Token token)
    {
        token = Current;
        if (token.Kind != kind)
        {
            return false;
        }

        Take();
        return true;
    }

    public void Expect(char symbol)
    {
        if (!TryTake(symbol))
        {
            throw Expected($"'{symbol}'");
        }
    }

    public void Expect(string word)
    {
        if (!TryTake(word))
        {
            throw Expected($"'{word}'");
        }
    }

    public Token Expect(TokenKind kind, string what) => TryTake(kind, out var token) ? token : throw Expected(what);

    /// <summary>A decimal or hexadecimal number from 0 to <paramref name="max"/>.</summary>
    public uint ExpectNumber(string what, uint max)
    {
        var token = Current;
        if (token.Kind is not (TokenKind.Integer or TokenKind.HexInteger))
        {
            throw Expected(what);
        }

        var value = ToInteger(Take());
        return value >= 0 && value <= max ? (uint)value : throw Error($"{what} is out of range: {token.Text}, at most {max}", token);
    }

    public long ToInteger(Token token)
    {
        var hex = token.Kind == TokenKind.HexInteger;
        return long.TryParse(
            hex ? token.Text.AsSpan(2) : token.Text, hex ? NumberStyles.HexNumber : NumberStyles.Integer, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Error($"{token.Text} is too large a number", token);
    }

    public ScriptSyntaxException Expected(string what) => Error($"expected {what}, found {Current}", Current);

    public static ScriptSyntaxException Error(string message, Token at) => new(message, at.Line, at.Column);
}
