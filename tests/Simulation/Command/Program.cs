// Runs seeds of the simulation: see Arguments.Usage.

using System.Globalization;
using Kestrel.Sctp.Simulation;
using Kestrel.Sctp.Simulation.Command;

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
        if (result.Failure is { } failure && shown++ < maxFailuresShown)
        {
            Console.WriteLine($"seed {result.Seed} failed, alone by --seeds {result.Seed}..{result.Seed} --trace: {failure}");
        }
    },
};
range.Run(arguments.First, arguments.Last, arguments.Threads, TimeSpan.FromMinutes(Math.Min(arguments.Minutes, 1e6)));
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{range.Seeds} seeds, {range.Failed} failed, messages {range.Messages}, virtual hours {range.VirtualHours:F1}, digest {range.Digest}"));
return range.Failed == 0 ? 0 : 1;

SeedResult Run(int seed)
{
    var simulation = new SimulationRun(seed);
    string? failure = null;
    try
    {
        simulation.Run();
    }
    catch (Exception e)
    {
        failure = $"{simulation.Ending}: {simulation.Describe()}: {e}";
    }

    if (arguments.Trace)
    {
        simulation.Network.Sent.ForEach(datagram => Console.WriteLine(PacketTrace.Of(datagram)));
    }

    return simulation.Result(failure);
}
