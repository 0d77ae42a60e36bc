using System.Text.RegularExpressions;

namespace Kestrel.Sctp.Protocol.Tests.Conformance;

/// <summary>
/// A test that carries a trait; the method "*" stands for all of a class that carries it. They are read from the sources, not from the built assemblies: so the page comes out the
/// same whatever has been built, in whatever order.
/// </summary>
internal sealed partial record TaggedTest(string Value, string Project, string Class, string Method)
{
    /// <summary>All tests with traits of this name in the sources under a folder.</summary>
    public static List<TaggedTest> Scan(string folder, string trait)
    {
        var found = new List<TaggedTest>();
        foreach (var file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        {
            var path = System.IO.Path.GetRelativePath(folder, file).Split(System.IO.Path.DirectorySeparatorChar);
            if (path.Length > 1 && !path.Contains("obj") && !path.Contains("bin"))
            {
                Scan(File.ReadAllText(file), trait, path[0], found);
            }
        }

        return found;
    }

    /// <summary>The tests of one source.</summary>
    public static void Scan(string source, string trait, string project, List<TaggedTest> found)
    {
        var type = "";
        var values = new List<string>();
        foreach (Match match in Tokens().Matches(source))
        {
            if (match.Groups["value"].Success)
            {
                if (match.Groups["trait"].Value == trait)
                {
                    values.Add(match.Groups["value"].Value);
                }

                continue;
            }

            type = match.Groups["class"].Success ? match.Groups["class"].Value : type;
            var method = match.Groups["method"].Success ? match.Groups["method"].Value : "*";
            found.AddRange(values.Select(value => new TaggedTest(value, project, type, method)));
            values.Clear();
        }
    }

    // Traits, and the declarations that they may belong to.
    [GeneratedRegex("""
        \bTrait\("(?<trait>\w+)",\s*"(?<value>[^"]+)"\)
        | ^(?:(?:public|internal|private|protected|static|sealed|abstract|partial|file)[ ])*class[ ](?<class>\w+)
        | ^[ ]{4}public[ ][^=;({]*?\b(?<method>\w+)\(
        """, RegexOptions.Multiline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Tokens();
}
