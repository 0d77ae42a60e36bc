using System.Globalization;
using Kestrel.Sctp.Simulation.Plans;
using Kestrel.Sctp.Simulation.Runs;
using Kestrel.Sctp.Simulation.Shrinking;
using File = System.IO.File;
using Path = System.IO.Path;

namespace Kestrel.Sctp.Simulation.Command;

/// <summary>What is printed of a run that failed, and the shortest plan that fails alike.</summary>
internal static class FailureReport
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    public static void PrintShortest(string name, Plan plan, Failure failure, string? folder)
    {
        var shrinker = new Shrinker(candidate => Runner.Run(candidate).Failure?.Kind, limit: _limit);
        var shortest = shrinker.Shrink(plan, failure.Kind);
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"# {failure.Kind}, as {name} of {plan.Actions.Count} actions; {shortest.Actions.Count} of them left after {shrinker.Runs} runs\n{shortest}");
        Console.WriteLine($"The shortest plan found that fails alike, to be run again by --plan FILE --trace: {Runner.Run(shortest).Failure?.Message}");
        Console.WriteLine();
        Console.WriteLine(text);
        if (folder is not null)
        {
            System.IO.Directory.CreateDirectory(folder);
            var path = Path.Combine(folder, $"{name.Replace(' ', '-')}.plan");
            File.WriteAllText(path, text);
            Console.WriteLine($"written to {path}");
        }
    }
}
