using System.Globalization;
using System.Text;

namespace Kestrel.Sctp.Attacks.Harness;

/// <summary>The results as docs/security.md shows them.</summary>
internal static class MarkdownTables
{
    public static string Write(IReadOnlyList<AttackResult> results)
    {
        var text = new StringBuilder();
        Append(
            text,
            results,
            "| attack | what is done | for one packet, at most | because |",
            "|---|---|---|---|",
            result => $"| {result.Attack.Name} | {result.Attack.Description} | {Show(result.Attack.Bound)} | {result.Attack.Bound.Why} |");
        Append(
            text,
            results,
            "| attack | packets | a second | lost in the system | answers for a packet | the most for one | bytes for a byte | the most beyond its own |",
            "|---|--:|--:|--:|--:|--:|--:|--:|",
            ShowTraffic);
        Append(
            text,
            results,
            "| attack | echoes lost | of | ms before | during | the longest | after | set-up during, ms | refused |",
            "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
            ShowClients);
        Append(
            text,
            results,
            "| attack | heap before, MiB | after each repeat | resident | CPU for a packet, µs | allocated, bytes | under load |",
            "|---|--:|--:|--:|--:|--:|---|",
            ShowServer);
        return text.ToString();
    }

    /// <summary>In one line, for who waits and for a failure's message.</summary>
    public static string Summary(AttackResult result)
    {
        var (before, last) = (result.Server[0], result.Server[^1]);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Attack.Name}: {result.Traffic.Packets:N0} packets in {result.Duration.TotalSeconds:F1} s, {last.DroppedPackets - before.DroppedPackets:N0} lost in all repeats; honest echoes {result.Before.Count:N0}, {result.During.Count:N0} and {result.After.Count:N0}, in {Show(result.Before)}, {Show(result.During)} and {Show(result.After)} ms, the longest {result.During.Max:F0}; heap {string.Join(", ", result.Server.Select(f => Mebibytes(f.HeapBytes)))} MiB{ShowHeld(result, "; under load ")}; handles {before.Handles} to {last.Handles}, threads {before.Threads} to {last.Threads}; {last.Exceptions - before.Exceptions:N0} exceptions, {last.LogLines - before.LogLines} log lines");
    }

    private static void Append(StringBuilder text, IReadOnlyList<AttackResult> results, string header, string rule, Func<AttackResult, string> row)
    {
        text.AppendLine(header).AppendLine(rule);
        foreach (var result in results)
        {
            text.AppendLine(row(result));
        }

        text.AppendLine();
    }

    private static string ShowTraffic(AttackResult result)
    {
        var traffic = result.Traffic;
        var dropped = (result.Server[^1].DroppedPackets - result.Server[0].DroppedPackets) / (result.Server.Count - 1);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {result.Attack.Name} | {traffic.Packets:N0} | {traffic.Packets / result.Duration.TotalSeconds:N0} | {dropped:N0} | {result.Replies:F2} | {result.Traffics.Max(t => t.MostReplies)} | {result.Amplification:F2} | {result.Traffics.Max(t => t.MostExtraBytes):+#;-#;0} |");
    }

    private static string ShowClients(AttackResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {result.Attack.Name} | {result.HonestFailures} | {result.Before.Count + result.During.Count + result.After.Count:N0} | {Show(result.Before)} | {Show(result.During)} | {result.During.Max:F0} | {Show(result.After)} | {Show(result.Newcomers)} | {result.NewcomersRefused} of {result.Newcomers.Count + result.NewcomersRefused} |");

    private static string ShowServer(AttackResult result)
    {
        var (before, last) = (result.Server[0], result.Server[^1]);
        var packets = Math.Max(1, result.Traffics.Sum(traffic => traffic.Packets));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {result.Attack.Name} | {Mebibytes(before.HeapBytes)} | {string.Join(", ", result.Server.Skip(1).Select(f => Mebibytes(f.HeapBytes)))} | {Mebibytes(before.ResidentBytes)} to {Mebibytes(last.ResidentBytes)} | {(last.CpuTime - before.CpuTime).TotalMicroseconds / packets:F1} | {(last.AllocatedBytes - before.AllocatedBytes) / packets} | {ShowHeld(result, "")} |");
    }

    private static string Show(AmplificationBound bound) => bound.ExtraBytes == 0
        ? $"{bound.Packets}, not longer"
        : $"{bound.Packets}, and {bound.ExtraBytes.ToString("N0", CultureInfo.InvariantCulture)} bytes more";

    private static string Show(Latencies latencies) => string.Create(CultureInfo.InvariantCulture, $"{latencies.Median:F1} / {latencies.P99:F1}");

    private static string Mebibytes(long bytes) => (bytes / (double)(1 << 20)).ToString("F1", CultureInfo.InvariantCulture);

    private static string ShowHeld(AttackResult result, string before) => result.Held is { } held
        ? $"{before}{Mebibytes(held.HeapBytes)} MiB: {result.HeldBy}{(result.Remark is { } remark ? $", {remark}" : "")}"
        : "";
}
