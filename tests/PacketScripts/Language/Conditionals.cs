namespace Kestrel.Sctp.PacketScripts.Language;

/// <summary><c>#ifdef NAME</c>, <c>#ifndef NAME</c>, <c>#else</c>, <c>#endif</c>, each on a line of its own.</summary>
internal static class Conditionals
{
    /// <summary>The lines that count under these names; the others are empty, so that lines keep their numbers.</summary>
    public static string Apply(string text, IReadOnlySet<string> defines)
    {
        var lines = text.Split('\n');
        var open = new Stack<(int Line, bool Active, bool ElseSeen)>();
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimStart();
            if (!line.StartsWith('#'))
            {
                if (open.Any(condition => !condition.Active))
                {
                    lines[i] = "";
                }

                continue;
            }

            var column = lines[i].Length - line.Length + 1;
            var words = line[1..].Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            lines[i] = "";
            switch (words.FirstOrDefault())
            {
                case "ifdef" or "ifndef" when words.Length >= 2:
                    open.Push((i + 1, defines.Contains(words[1]) == (words[0] == "ifdef"), false));
                    break;
                case "else" when open.TryPop(out var condition) && !condition.ElseSeen:
                    open.Push((condition.Line, !condition.Active, true));
                    break;
                case "endif" when open.TryPop(out _):
                    break;
                default:
                    throw new ScriptSyntaxException($"'{line.TrimEnd()}' is no condition that can stand here", i + 1, column);
            }
        }

        return open.TryPeek(out var first)
            ? throw new ScriptSyntaxException("this condition has no #endif", first.Line, 1)
            : string.Join('\n', lines);
    }
}
