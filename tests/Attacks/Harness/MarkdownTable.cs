using System.Globalization;

namespace Kestrel.Sctp.Attacks.Harness;

/// <summary>The results as docs/security.md shows them.</summary>
internal static class MarkdownTable
{
    public static string Header =>
        """
        | attack | packets | a second | dropped by the system | replies for each packet (most for one) | bytes for each byte (most beyond one) | echoes during, lost | ms before | during | after | set-up during, ms (refused) | heap before, MiB | after each | under load |
        |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
        """;

    public static string Row(AttackResult result)
    {
        var traffic = result.Traffic;
        var (before, last) = (result.Server[0], result.Server[^1]);
        var repeats = result.Server.Count - 1;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {result.Attack.Name} | {traffic.Packets:N0} | {traffic.Packets / result.Duration.TotalSeconds:N0} | {(last.DroppedPackets - before.DroppedPackets) / repeats:N0} | {result.Replies:F2} ({result.Traffics.Max(t => t.MostReplies)}) | {result.Amplification:F2} ({result.Traffics.Max(t => t.MostExtraBytes):+#;-#;0}) | {result.During.Count:N0}, {(result.Failures.Count == 0 ? "none" : "see below")} | {Show(result.Before)} | {Show(result.During)} | {Show(result.After)} | {Show(result.Newcomers)} ({result.NewcomersRefused} of {result.Newcomers.Count + result.NewcomersRefused}) | {Mebibytes(before.HeapBytes)} | {string.Join(", ", result.Server.Skip(1).Select(f => Mebibytes(f.HeapBytes)))} | {ShowHeld(result)} |");
    }

    /// <summary>What is of interest beyond the table.</summary>
    public static string Details(AttackResult result)
    {
        var (before, last) = (result.Server[0], result.Server[^1]);
        var packets = Math.Max(1, result.Traffic.Packets * (result.Server.Count - 1));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Attack.Name}: {result.Duration.TotalSeconds:F1} s; resident {string.Join(", ", result.Server.Select(f => Mebibytes(f.ResidentBytes)))} MiB; handles {before.Handles} to {last.Handles}, threads {before.Threads} to {last.Threads}; for each packet {(last.AllocatedBytes - before.AllocatedBytes) / packets} bytes allocated, {(last.CpuTime - before.CpuTime).TotalMicroseconds / packets:F1} µs of CPU; {last.Exceptions - before.Exceptions} exceptions, {last.LogLines - before.LogLines} log lines; honest echoes {result.Before.Count}, {result.During.Count}, {result.After.Count}, the longest during took {result.During.Max:F0} ms");
    }

    private static string Show(Latencies latencies) => string.Create(CultureInfo.InvariantCulture, $"{latencies.Median:F1} / {latencies.P99:F1}");

    private static string Mebibytes(long bytes) => (bytes / (double)(1 << 20)).ToString("F1", CultureInfo.InvariantCulture);

    private static string ShowHeld(AttackResult result) => result.Held is { } held
        ? $"{Mebibytes(held.HeapBytes)} ({result.HeldBy}{(result.Remark is { } remark ? $", {remark}" : "")})"
        : "";
}
