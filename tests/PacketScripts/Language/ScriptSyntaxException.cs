namespace Kestrel.Sctp.PacketScripts.Language;

/// <summary>The script isn't written in the language, or says what can't be meant.</summary>
/// <param name="message">What is wrong there.</param>
/// <param name="line">From 1.</param>
/// <param name="column">From 1.</param>
internal sealed class ScriptSyntaxException(string message, int line, int column) : Exception(message)
{
    public int Line { get; } = line;

    public int Column { get; } = column;
}
