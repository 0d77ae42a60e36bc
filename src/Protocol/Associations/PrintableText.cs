namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>Text of the peer's, fit for a message or a log: no line breaks, no control characters.</summary>
internal static class PrintableText
{
    public static string From(string text) =>
        string.Create(text.Length, text, static (destination, source) =>
        {
            for (var i = 0; i < source.Length; i++)
            {
                destination[i] = char.IsControl(source[i]) ? '?' : source[i];
            }
        });
}
