using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>Compares a packet that was sent, field by field, with what the script expects.</summary>
internal sealed class PacketComparison
{
    private readonly List<string> _differences = [];

    /// <summary>Each field that differs, in the packet's order; none when it is as expected.</summary>
    public static IReadOnlyList<string> Compare(PacketPattern expected, ReadPacket actual)
    {
        var comparison = new PacketComparison();
        comparison.CompareLists(expected.Chunks, actual.Chunks, "", "chunks");
        if (!actual.Rest.IsEmpty)
        {
            comparison._differences.Add($"{actual.Rest.Length} bytes at the end of the packet are no chunk");
        }

        foreach (var chunk in actual.Chunks)
        {
            comparison.ComparePadding(chunk, $"{chunk.Read().Syntax.Name}: ");
        }

        return comparison._differences;
    }

    private void CompareLists(IReadOnlyList<Element> expected, IReadOnlyList<SentElement> actual, string path, string what)
    {
        if (expected.Count != actual.Count)
        {
            Differ(path + what, $"{expected.Count} ({Names(expected.Select(item => item.Syntax.Name))})",
                $"{actual.Count} ({Names(actual.Select(item => item.Read().Syntax.Name))})");
        }

        for (var i = 0; i < Math.Min(expected.Count, actual.Count); i++)
        {
            CompareElement(expected[i], actual[i], expected.Count > 1 ? $"{path}{expected[i].Syntax.Name} ({i + 1})" : path + expected[i].Syntax.Name);
        }
    }

    private void CompareElement(Element expected, SentElement actual, string path)
    {
        if (expected.Type is { } type && type != actual.Type)
        {
            var name = actual.Read().Syntax;
            Differ($"{path}: type", Hex(type), $"{Hex(actual.Type)}{(name.Type is null ? "" : $" ({name.Name})")}");
            return;
        }

        if (expected.Syntax.Kind == ElementKind.Chunk && expected.Flags is { } flags && flags != actual.Flags)
        {
            Differ($"{path}.flgs", Hex(flags), Hex(actual.Flags));
        }

        if (expected.Length is { } length && length != actual.Length)
        {
            Differ($"{path}: length", $"{length}", $"{actual.Length}");
        }

        if (!actual.TryRead(expected.Syntax, out var read))
        {
            if (expected.Length is null || expected.Length == actual.Length)
            {
                _differences.Add($"{path}: its {actual.Length} bytes are not its fields");
            }

            return;
        }

        for (var i = 0; i < expected.Values.Length; i++)
        {
            if (!expected.Syntax.Fields[i].IsHeader)
            {
                CompareField(expected, i, read.Values[i], path);
            }
        }
    }

    private void CompareField(Element element, int index, FieldValue actual, string path)
    {
        var field = element.Syntax.Fields[index];
        var expected = element.Values[index];
        switch (expected, actual)
        {
            case (AnyField, _):
                break;
            case (ElementsField list, SentElementsField sent):
                CompareLists(list.Items, sent.Items, path + " ", field.Name.Length > 0 ? field.Name : element.Syntax.Name is "ABORT" or "ERROR" ? "causes" : "parameters");
                if (!sent.Rest.IsEmpty)
                {
                    _differences.Add($"{path}: {sent.Rest.Length} bytes at its end are no element");
                }

                // The last one's padding is the padding of what holds it, but of an unrecognized chunk, which comes whole.
                foreach (var item in sent.Items.Where((item, index) => index < sent.Items.Count - 1 || !item.Padding.IsEmpty))
                {
                    ComparePadding(item, $"{path} {item.Read().Syntax.Name}: ");
                }

                break;
            case (BytesField bytes, BytesField sent):
                // What the script doesn't give, up to the length, is as it would be injected.
                var whole = element.ToBytes(default).AsSpan(Tlv.HeaderSize);
                if (sent.Value.Length > whole.Length || !whole[^sent.Value.Length..].SequenceEqual(sent.Value.Span))
                {
                    Differ($"{path}.{field.Name}", $"{bytes}", $"{sent}");
                }

                break;
            default:
                if (expected.ToString() != actual.ToString())
                {
                    Differ($"{path}.{field.Name}", $"{expected}", $"{actual}");
                }

                break;
        }
    }

    /// <summary>RFC 9260, 3.2: padded with zeros to 4 bytes.</summary>
    private void ComparePadding(SentElement element, string path)
    {
        if (element.Padding.Length != Tlv.Pad(element.Length) - element.Length)
        {
            _differences.Add($"{path}{element.Length} bytes are followed by {element.Padding.Length} bytes of padding");
        }
        else if (element.Padding.Span.ContainsAnyExcept((byte)0))
        {
            _differences.Add($"{path}the padding is not zero");
        }
    }

    private void Differ(string path, string expected, string actual) => _differences.Add($"{path}: expected {expected}, got {actual}");

    private static string Names(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } text ? text : "none";

    private static string Hex(uint value) => $"0x{value:x2}";
}
