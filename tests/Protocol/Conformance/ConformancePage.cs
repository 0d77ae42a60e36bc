using System.Globalization;
using System.Text;

namespace Kestrel.Sctp.Protocol.Tests.Conformance;

/// <summary>Writes docs/conformance.md: what is demanded, and the tests that show it.</summary>
internal static class ConformancePage
{
    private const string Head = """
        # Conformance

        What SCTP demands of an implementation where it is hard to get right, and the tests that show that it holds here. Sections are of
        RFC 9260 unless another RFC is named. A test carries the number of its requirement as a trait, so that

            dotnet run --project tests/Protocol -- --filter-trait "Requirement=R-03"

        runs those of one. This page is written from the traits by `./build.sh conformance`; a test compares it with them, and fails when a
        requirement has no test.

        """;

    public static string Write(List<Requirement> requirements, List<TaggedTest> tests, List<string[]> failures, List<TaggedTest> failureTests)
    {
        var page = new StringBuilder(Head.ReplaceLineEndings("\n"));
        var protocol = requirements.Where(requirement => requirement.Id.StartsWith('R')).ToList();
        var connect = requirements.Where(requirement => requirement.Id.StartsWith('C')).ToList();
        var tested = protocol.Count(requirement => tests.Exists(test => test.Value == requirement.Id));
        page.Append(CultureInfo.InvariantCulture, $"\nOf {protocol.Count} requirements {tested} have tests, {tests.Select(Name).Distinct().Count()} tests in all.\n");
        Table(page, "The protocol", protocol, tests);
        Table(page, "Connecting to several addresses, as sctp_connectx(3) does", connect, tests);
        page.Append("\n## Known failures of other stacks\n\nEach was a defect of some implementation once. The tests provoke it here.\n\n| failure | known as | tests |\n|---|---|---|\n");
        foreach (var failure in failures)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {failure[1]} | {failure.ElementAtOrDefault(2)} | {Tests(failureTests, failure[0])} |\n");
        }

        return page.ToString();
    }

    private static void Table(StringBuilder page, string title, List<Requirement> requirements, List<TaggedTest> tests)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| requirement | section | demand | tests | status |\n|---|---|---|---|---|\n");
        foreach (var requirement in requirements)
        {
            var status = requirement.Describe(tests.Exists(test => test.Value == requirement.Id));
            page.Append(CultureInfo.InvariantCulture, $"| {requirement.Id} | {requirement.Sections} | {requirement.Demand} | {Tests(tests, requirement.Id)} | {status} |\n");
        }
    }

    private static string Tests(List<TaggedTest> tests, string value)
    {
        var classes = tests
            .Where(test => test.Value == value)
            .GroupBy(test => $"{test.Project}: {test.Class}")
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Key}{string.Concat(group.Select(test => $"<br>.{test.Method}").Distinct().Order(StringComparer.Ordinal))}");
        return string.Join("<br>", classes);
    }

    private static string Name(TaggedTest test) => $"{test.Project}.{test.Class}.{test.Method}";
}
