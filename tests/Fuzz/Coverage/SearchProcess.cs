using System.Diagnostics;
using System.IO;
using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Fuzz.Targets;

namespace Kestrel.Sctp.Fuzz.Coverage;

/// <summary>One search in a process of its own: the counters of branches are one to a process, and a search may bring it down.</summary>
internal static class SearchProcess
{
    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>The body of the process; returns its exit code.</summary>
    public static int Run(Target target, Folders folders, TimeSpan time)
    {
        using var search = new Search(target, folders);
        var watch = new StepWatch(search.Meter);
        var started = Stopwatch.GetTimestamp();
        var thread = new Thread(() => search.Run(time)) { IsBackground = true };
        thread.Start();
        while (!thread.Join(_lookEvery))
        {
            if (watch.IsStuck())
            {
                Console.WriteLine($"{target.Name}: a step does not end");
                return TakeUnderWay(folders, folders.UnderWay, "A step does not end.");
            }
        }

        File.Delete(folders.UnderWay);
        Console.WriteLine($"{search}, {search.Runs / Stopwatch.GetElapsedTime(started).TotalSeconds:F0} a second");
        return search.Findings > 0 ? 1 : 0;
    }

    /// <summary>Keeps the input that was under way when a process ended before its time.</summary>
    public static int TakeUnderWay(Folders folders, string underWay, string description)
    {
        var bytes = File.ReadAllBytes(underWay);
        var file = folders.Findings.Write(bytes.AsSpan(sizeof(int), BitConverter.ToInt32(bytes)));
        File.WriteAllText(file + Folders.DescriptionSuffix, description + "\n");
        File.Delete(underWay);
        return 1;
    }
}
