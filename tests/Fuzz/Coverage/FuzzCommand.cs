using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using Kestrel.Sctp.Fuzz.Targets;

namespace Kestrel.Sctp.Fuzz.Coverage;

/// <summary><c>--fuzz</c>: all targets, or one, for some minutes on all processors, each search in a process of its own.</summary>
internal sealed class FuzzCommand(string repository, string output)
{
    public const string Usage = "--minutes N [--target NAME] [--with afl]";

    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(60);

    public int Run(ReadOnlySpan<string> arguments)
    {
        double minutes = 0;
        Target? only = null;
        var withAfl = false;
        for (; arguments is [var option, var value, ..]; arguments = arguments[2..])
        {
            var isValid = option switch
            {
                "--minutes" => double.TryParse(value, CultureInfo.InvariantCulture, out minutes) && minutes > 0,
                "--target" => (only = Target.Find(value)) is not null,
                "--with" => withAfl = value == "afl",
                _ => false,
            };
            if (!isValid)
            {
                return Fail($"{option} {value} is not known.");
            }
        }

        if (withAfl && !AflSearch.IsInstalled)
        {
            return Fail("There is no afl-fuzz on the PATH (Debian: apt-get install afl++); without it, leave --with out.");
        }

        return arguments.IsEmpty && minutes > 0 ? Run(minutes, only is null ? Target.All : [only], withAfl) : Fail("For how long?");
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine($"{message} The arguments are {Usage}, the targets {string.Join(", ", Target.All.Select(target => target.Name))}.");
        return 2;
    }

    private int Run(double minutes, IReadOnlyList<Target> targets, bool withAfl)
    {
        foreach (var target in targets)
        {
            new Folders(repository, output, target.Name).Findings.Replace([]);
        }

        // One target alone is searched by all processors at once.
        var processors = Environment.ProcessorCount;
        Target[] searches = targets.Count >= processors ? [.. targets] : [.. Enumerable.Repeat(targets, processors).SelectMany(all => all)];
        var seconds = Math.Max(minutes * 60 * processors / searches.Length, 1);
        var waiting = new ConcurrentQueue<Target>(searches);
        var failed = new ConcurrentBag<Target>();
        Task.WaitAll([.. Enumerable.Range(0, processors).Select(_ => Task.Run(() =>
        {
            while (waiting.TryDequeue(out var target))
            {
                var folders = new Folders(repository, output, target.Name);
                if (!(withAfl ? AflSearch.Run(target, folders, seconds) : Search(target, folders, seconds)))
                {
                    failed.Add(target);
                }
            }
        }))]);
        foreach (var target in failed.Distinct().OrderBy(target => target.Name))
        {
            Report(target);
        }

        return failed.IsEmpty ? 0 : 1;
    }

    private bool Search(Target target, Folders folders, double seconds)
    {
        string[] arguments =
        [
            typeof(FuzzCommand).Assembly.Location, "--search", target.Name, seconds.ToString(CultureInfo.InvariantCulture), repository, output,
        ];
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments))!;
        var ended = process.WaitForExit(TimeSpan.FromSeconds(seconds) + _grace);
        if (!ended)
        {
            process.Kill();
            process.WaitForExit();
        }

        if (ended && process.ExitCode is 0 or 1)
        {
            return process.ExitCode == 0;
        }

        var underWay = Path.Combine(folders.Work, $"under-way-{process.Id}");
        if (File.Exists(underWay))
        {
            SearchProcess.TakeUnderWay(folders, underWay, ended ? $"The process ended with exit code {process.ExitCode}." : "The process did not end.");
        }

        return false;
    }

    private void Report(Target target)
    {
        var folder = new Folders(repository, output, target.Name).Findings.Folder;
        if (!Directory.Exists(folder))
        {
            Console.WriteLine($"{target.Name}: the search failed");
            return;
        }

        foreach (var file in Directory.GetFiles(folder).Where(file => !file.EndsWith(Folders.DescriptionSuffix, StringComparison.Ordinal)))
        {
            Console.WriteLine($"""
                {target.Name}: {file}
                  replay it:  dotnet run --project tests/Fuzz -- --run {target.Name} {file}
                  keep it:    cp {file} tests/Fuzz/regressions/{target.Name}/
                """);
        }
    }
}
