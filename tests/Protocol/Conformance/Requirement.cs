namespace Kestrel.Sctp.Protocol.Tests.Conformance;

/// <summary>A line of requirements.tsv.</summary>
internal sealed record Requirement(string Id, string Sections, string Demand, string Status, string Note)
{
    public static List<Requirement> ReadAll(string file) =>
    [
        .. File.ReadAllLines(file)
            .Where(line => line.Length > 0 && !line.StartsWith('#'))
            .Select(line => line.Split('\t'))
            .Select(columns => new Requirement(columns[0], columns[1], columns[2], columns.ElementAtOrDefault(3) ?? "", columns.ElementAtOrDefault(4) ?? "")),
    ];

    /// <summary>Whether at least one test must carry its number.</summary>
    public bool NeedsTest => Status is "" or "engine";

    public string Describe(bool tested) => (Status, tested) switch
    {
        ("none", _) => $"not applicable: {Note}",
        ("extension", _) => "not yet: an extension; without it its chunks and parameters count as unknown ones",
        (_, false) => "not yet",
        ("engine", true) => $"the engine's side. {Note}".TrimEnd(),
        _ => $"implemented. {Note}".TrimEnd(' ', '.'),
    };
}
