using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>Type, flags or length in the header.</summary>
internal sealed class HeaderSyntax(string name, uint max, string letters = "") : FieldSyntax(name)
{
    /// <summary>Names that may stand for a number.</summary>
    public IReadOnlyDictionary<string, uint> Names { get; init; } = new Dictionary<string, uint>();

    public override bool IsHeader => true;

    public override FieldValue Parse(TokenReader reader)
    {
        var token = reader.Current;
        if (token.Kind != TokenKind.Word)
        {
            return new NumberField(reader.ExpectNumber(Name, max));
        }

        if (Names.TryGetValue(token.Text, out var named))
        {
            reader.Take();
            return new NumberField(named);
        }

        if (letters.Length == 0)
        {
            throw reader.Expected("a number");
        }

        var flags = 0u;
        foreach (var letter in reader.Take().Text)
        {
            // The last letter is the lowest bit.
            var bit = letters.IndexOf(letter, StringComparison.Ordinal);
            var flag = 1u << (letters.Length - 1 - bit);
            flags = bit >= 0 && (flags & flag) == 0
                ? flags | flag
                : throw TokenReader.Error($"the flags are letters of {letters}, each once, or a number: {token.Text}", token);
        }

        return new NumberField(flags);
    }

    public string Format(FieldValue value) =>
        value is not NumberField { Value: var number } ? $"{value}"
        : number != 0 && number < 1u << letters.Length
            ? string.Concat(letters.Where((_, index) => (number & (1u << (letters.Length - 1 - index))) != 0))
        : Name == "len" || number == 0 ? $"{number}" : $"0x{number:x2}";

    public override int? SizeOf(FieldValue value) => 0;

    public override void Write(FieldValue value, SequenceMap map, List<byte> body)
    {
    }

    public override bool TryRead(ref ReadOnlyMemory<byte> body, SequenceMap map, ReadState state, out FieldValue value)
    {
        value = FieldValue.Any;
        return true;
    }
}
