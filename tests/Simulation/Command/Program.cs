// Runs seeds of the simulation, or one plan: see Arguments.Usage.

using System.Globalization;
using Kestrel.Sctp.Simulation.Command;
using Kestrel.Sctp.Simulation.Drawing;
using Kestrel.Sctp.Simulation.Plans;
using Kestrel.Sctp.Simulation.Runs;

if (args is ["--help" or "-h"])
{
    Console.WriteLine(Arguments.Usage);
    return 0;
}

if (Arguments.Parse(args, out var error) is not { } arguments)
{
    return Refuse($"{error}{Environment.NewLine}{Environment.NewLine}{Arguments.Usage}");
}

Plan? planned = null;
if (arguments.PlanFile is { } file)
{
    try
    {
        planned = Plan.Parse(System.IO.File.ReadAllText(file));
    }
    catch (Exception e) when (e is FormatException or System.IO.IOException or UnauthorizedAccessException)
    {
        return Refuse($"{file}: {e.Message}");
    }
}

const int maxFailuresShown = 20;
const int maxFailuresShrunk = 3;
var failures = new List<SeedResult>();
var range = new SeedRange(seed => new SeedResult(seed, Runner.Run(PlanOf(seed), arguments.Trace ? Console.WriteLine : null)))
{
    Finished = result =>
    {
        if (result.Outcome.Failure is { } failure && failures.Count < maxFailuresShown)
        {
            failures.Add(result);
            Console.WriteLine(planned is null
                ? $"seed {result.Seed} failed, alone with all its packets by --seeds {result.Seed}..{result.Seed} --trace: {failure.Message}"
                : $"the plan failed: {failure.Message}");
        }
    },
};
if (arguments.Trace)
{
    Console.WriteLine(PlanOf(arguments.First));
}

range.Run(arguments.First, arguments.Last, arguments.Threads, TimeSpan.FromMinutes(Math.Min(arguments.Minutes, 1e6)));
foreach (var failed in failures.Take(arguments.Shrinks ? maxFailuresShrunk : 0))
{
    FailureReport.PrintShortest(planned is null ? $"seed {failed.Seed}" : "plan", PlanOf(failed.Seed), failed.Outcome.Failure!, arguments.PlanFolder);
}

if (arguments.Situations)
{
    foreach (var (situation, count) in range.Seen.OrderByDescending(item => item.Value))
    {
        Console.WriteLine($"{count,10} {situation}");
    }
}

Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{range.Seeds} seeds, {range.Failed} failed, messages {range.Messages}, virtual hours {range.VirtualHours:F1}, digest {range.Digest}"));
return range.Failed == 0 ? 0 : 1;

Plan PlanOf(int seed) => planned ?? PlanDrawer.Draw(seed);

static int Refuse(string why)
{
    Console.Error.WriteLine(why);
    return 2;
}
