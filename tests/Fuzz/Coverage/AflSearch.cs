using System.Diagnostics;
using System.Globalization;
using System.IO;
using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Fuzz.Targets;

namespace Kestrel.Sctp.Fuzz.Coverage;

/// <summary>The search of one target by AFL++, where that is installed: other changes to inputs than ours, and another choice among them.</summary>
internal static class AflSearch
{
    private const string Program = "afl-fuzz";
    private const string MillisecondsOfRun = "5000";

    // It instruments nothing itself, and neither the names of core files nor the processor's clock matter to it here.
    private static readonly string[] _environment =
    [
        "AFL_SKIP_BIN_CHECK", "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "AFL_SKIP_CPUFREQ", "AFL_NO_UI", "AFL_NO_AFFINITY",
    ];

    public static bool IsInstalled =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, Program)));

    /// <summary>What afl-fuzz runs: input after input from it, an exception is a crash.</summary>
    public static int Serve(Target target)
    {
        var meter = new StepMeter();
        SharpFuzz.Fuzzer.Run((Stream stream) =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            target.Run(input.GetBuffer().AsSpan(0, (int)input.Length), meter);
        });
        return 0;
    }

    /// <summary>Returns whether nothing was found.</summary>
    public static bool Run(Target target, Folders folders, double seconds)
    {
        // Several may search the same target.
        var work = Path.Combine(folders.Work, $"afl-{Guid.NewGuid():N}");
        var output = Path.Combine(work, "out");
        var inputs = new Corpus(Path.Combine(work, "in"));
        inputs.Replace(target.Seeds.Concat(folders.Kept.Read()).Concat(folders.Found.Read()).Where(input => input.Length is > 0 and <= Mutator.MaxLength));
        var start = new ProcessStartInfo(
            Program,
            [
                "-V", Math.Ceiling(seconds).ToString(CultureInfo.InvariantCulture), "-t", MillisecondsOfRun, "-m", "none", "-i", inputs.Folder, "-o", output,
                "--", Environment.ProcessPath!, typeof(AflSearch).Assembly.Location, "--afl", target.Name,
            ])
        {
            RedirectStandardOutput = true,
        };
        foreach (var variable in _environment)
        {
            start.Environment[variable] = "1";
        }

        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            Console.WriteLine($"{target.Name}: {Program} ended with exit code {process.ExitCode}:\n{said}");
            return false;
        }

        Console.WriteLine($"{target.Name}: {said.Split('\n').LastOrDefault(line => line.Contains("Statistics", StringComparison.Ordinal))}");
        Move(Path.Combine(output, "default", "queue"), folders.Found);
        return Move(Path.Combine(output, "default", "crashes"), folders.Findings) + Move(Path.Combine(output, "default", "hangs"), folders.Findings) == 0;
    }

    private static int Move(string from, Corpus to)
    {
        var files = Directory.Exists(from) ? Directory.GetFiles(from, "id*") : [];
        foreach (var file in files)
        {
            to.Write(File.ReadAllBytes(file));
        }

        return files.Length;
    }
}
