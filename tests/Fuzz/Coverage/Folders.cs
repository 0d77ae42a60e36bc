using System.IO;

namespace Kestrel.Sctp.Fuzz.Coverage;

/// <summary>Where the inputs of one target lie: those of the repository, and what a search leaves in its output folder.</summary>
internal sealed class Folders(string repository, string output, string target)
{
    /// <summary>Beside the file of a finding: what was thrown.</summary>
    public const string DescriptionSuffix = ".txt";

    public string Work { get; } = Path.Combine(output, target);

    /// <summary>The minimal set in the repository.</summary>
    public Corpus Kept { get; } = new(Path.Combine(repository, "corpus", target));

    /// <summary>What searches found beside it.</summary>
    public Corpus Found { get; } = new(Path.Combine(output, target, "corpus"));

    public Corpus Findings { get; } = new(Path.Combine(output, target, "findings"));

    /// <summary>The input under way: its length in 32 bits, then its bytes.</summary>
    public string UnderWay => Path.Combine(Work, $"under-way-{Environment.ProcessId}");
}
