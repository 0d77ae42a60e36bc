using Kestrel.Sctp.Tests;

namespace Kestrel.Sctp.Protocol.Tests.Conformance;

public class ConformanceTests
{
    private static readonly string _here = System.IO.Path.Combine(Repository.Root, "tests/Protocol/Conformance");
    private static readonly List<Requirement> _requirements = Requirement.ReadAll(System.IO.Path.Combine(_here, "requirements.tsv"));
    private static readonly List<TaggedTest> _tests = Scan("Requirement");

    [Fact]
    public void Every_requirement_has_a_test()
    {
        var without = _requirements.Where(requirement => requirement.NeedsTest && !_tests.Exists(test => test.Value == requirement.Id));
        Assert.Empty(without.Select(requirement => requirement.Id));
    }

    [Fact]
    public void Every_trait_names_a_requirement()
    {
        var unknown = _tests.Where(test => !_requirements.Exists(requirement => requirement.Id == test.Value));
        Assert.Empty(unknown);
        Assert.Empty(_requirements.GroupBy(requirement => requirement.Id).Where(group => group.Count() > 1).Select(group => group.Key));
        Assert.All(_requirements, requirement => Assert.Contains(requirement.Status, (string[])["", "engine", "extension", "later", "none"]));
    }

    [Fact]
    public void Every_known_failure_has_a_test()
    {
        var tests = Scan("KnownFailure");
        Assert.Empty(KnownFailures().Select(failure => failure[0]).Except(tests.Select(test => test.Value)));
        Assert.Empty(tests.Select(test => test.Value).Except(KnownFailures().Select(failure => failure[0])));
    }

    [Fact]
    [Trait("Category", "Conformance")]
    public void The_page_says_what_the_traits_say()
    {
        var page = ConformancePage.Write(_requirements, _tests, KnownFailures(), Scan("KnownFailure"));
        var file = System.IO.Path.Combine(Repository.Root, "docs/conformance.md");
        if (Environment.GetEnvironmentVariable("UPDATE_CONFORMANCE") == "1")
        {
            File.WriteAllText(file, page);
            return;
        }

        if (!File.Exists(file) || File.ReadAllText(file).ReplaceLineEndings("\n") != page)
        {
            Assert.Fail("docs/conformance.md is not what the traits of the tests say. Run './build.sh conformance' and commit the page.");
        }
    }

    [Fact]
    public void A_trait_belongs_to_the_test_below_it()
    {
        // Marks, not traits, or they would be taken for this file's.
        const string source = """
            public sealed class FirstTests
            {
                [Fact, Mark("Requirement", "R-01"), Mark("Category", "Slow")]
                public void One() => Run("public void Other()");

                private sealed class Helper
                {
                }

                [Theory]
                [InlineData(1)]
                [Mark("Requirement", "R-02")]
                [Mark("Requirement", "R-03")]
                public async Task Two(int value)
                {
                }
            }

            [Mark("Requirement", "R-04")]
            internal class SecondTests : Base
            {
                public static TheoryData<int> Values => new(1);

                [Fact]
                public void Untagged() { }

                [Mark("Requirement", "R-01")]
                public Task<int> Three() => null!;
            }
            """;
        var found = new List<TaggedTest>();
        TaggedTest.Scan(source.Replace("Mark(", "Trait("), "Requirement", "Protocol", found);
        Assert.Equal(
            ["R-01 FirstTests.One", "R-02 FirstTests.Two", "R-03 FirstTests.Two", "R-04 SecondTests.*", "R-01 SecondTests.Three"],
            found.Select(test => $"{test.Value} {test.Class}.{test.Method}"));
    }

    private static List<TaggedTest> Scan(string trait) => TaggedTest.Scan(System.IO.Path.Combine(Repository.Root, "tests"), trait);

    private static List<string[]> KnownFailures() =>
    [
        .. File.ReadAllLines(System.IO.Path.Combine(_here, "known-failures.tsv"))
            .Where(line => line.Length > 0 && !line.StartsWith('#'))
            .Select(line => line.Split('\t')),
    ];
}
