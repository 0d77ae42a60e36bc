// Runs seeds of the simulation, or one plan: see Arguments.Usage.

using System.Globalization;
using Kestrel.Sctp.Simulation;
using Kestrel.Sctp.Simulation.Command;
using Kestrel.Sctp.Simulation.Drawing;
using Kestrel.Sctp.Simulation.Runs;

if (args is ["--help" or "-h"])
{
    Console.WriteLine(Arguments.Usage);
    return 0;
}

if (Arguments.Parse(args, out var error) is not { } arguments)
{
    Console.Error.WriteLine(error);
    Console.Error.WriteLine();
    Console.Error.WriteLine(Arguments.Usage);
    return 2;
}

const int maxFailuresShown = 20;
var shown = 0;
var range = new SeedRange(Run)
{
    Finished = result =>
    {
        if (result.Outcome.Failure is { } failure && shown++ < maxFailuresShown)
        {
            Console.WriteLine($"seed {result.Seed} failed, alone by --seeds {result.Seed}..{result.Seed} --trace: {failure.Message}");
        }
    },
};
range.Run(arguments.First, arguments.Last, arguments.Threads, TimeSpan.FromMinutes(Math.Min(arguments.Minutes, 1e6)));
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

SeedResult Run(int seed)
{
    var plan = PlanDrawer.Draw(seed);
    if (arguments.Trace)
    {
        Console.WriteLine(plan);
    }

    return new SeedResult(seed, Runner.Run(plan, arguments.Trace ? Console.WriteLine : null));
}
