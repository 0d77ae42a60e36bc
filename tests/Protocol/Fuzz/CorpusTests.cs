using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Fuzz.Targets;
using Kestrel.Sctp.Tests;

namespace Kestrel.Sctp.Protocol.Tests.Fuzz;

/// <summary>What fuzzing has found so far: the inputs that take all branches, and those that something failed on once.</summary>
public class CorpusTests
{
    private static readonly string _folder = Path.Combine(Repository.Root, "tests", "Fuzz");

    public static TheoryData<string> Targets => [.. Target.All.Select(target => target.Name)];

    [Theory, Trait("Requirement", "R-125")]
    [MemberData(nameof(Targets))]
    public void R_125_no_input_of_the_corpus_escapes(string name)
    {
        var target = Target.Find(name)!;
        var files = FilesOf("corpus", name);
        Assert.NotEmpty(files);
        foreach (var file in files.Concat(FilesOf("regressions", name)))
        {
            Run(target, File.ReadAllBytes(file), file);
        }

        foreach (var seed in target.Seeds)
        {
            Run(target, seed, Convert.ToHexString(seed));
        }
    }

    [Fact]
    public void A_regression_belongs_to_a_target()
    {
        Assert.Subset(
            Target.All.Select(target => target.Name).ToHashSet(),
            Directory.GetDirectories(Path.Combine(_folder, "regressions")).Select(folder => Path.GetFileName(folder)!).ToHashSet());
    }

    private static string[] FilesOf(string kind, string name)
    {
        var folder = Path.Combine(_folder, kind, name);
        return Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
    }

    private static void Run(Target target, byte[] input, string what)
    {
        if (Record.Exception(() => target.Run(input, new StepMeter())) is { } escaped)
        {
            Assert.Fail($"{what}: {escaped}");
        }
    }
}
