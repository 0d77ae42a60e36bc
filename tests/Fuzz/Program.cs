using System.Globalization;
using System.IO;
using Kestrel.Sctp.Fuzz.Coverage;
using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Fuzz.Replay;
using Kestrel.Sctp.Fuzz.Targets;

const string usage = """
    usage: dotnet run --project tests/Fuzz -- COMMAND
      --replay FOLDER [--prefix-byte]   gives each file of the folder to an engine: as a packet, as a run of chunks to an established
                                        association, and chunk by chunk; with --prefix-byte the first byte of a file is no part of it
      --run TARGET FILE...              gives each file to a target, as the search does
      --targets                         names the targets
    and for a published copy whose assemblies count their branches, which build.sh fuzz makes:
      --instrument                      has them count
      --fuzz FOLDER OUTPUT --minutes N [--target NAME] [--with afl]
                                        searches all targets, or one, beginning with FOLDER/corpus
      --minimise FOLDER OUTPUT          replaces FOLDER/corpus by few of its inputs and of those found, that take all branches
    """;

CoverageMap.Install();
switch (args)
{
    case ["--replay", var folder]:
        return ReplayCommand.Run(folder, prefixByte: false, Console.Out);
    case ["--replay", var folder, "--prefix-byte"]:
        return ReplayCommand.Run(folder, prefixByte: true, Console.Out);
    case ["--replay", "--prefix-byte", var folder]:
        return ReplayCommand.Run(folder, prefixByte: true, Console.Out);
    case ["--prefix-byte", "--replay", var folder]:
        return ReplayCommand.Run(folder, prefixByte: true, Console.Out);
    case ["--run", var name, .. var files] when Target.Find(name) is { } target:
        return RunFiles(target, files);
    case ["--targets"]:
        Console.WriteLine(string.Join('\n', Target.All.Select(target => target.Name)));
        return 0;
    case ["--instrument"]:
        Instrumentation.Apply(AppContext.BaseDirectory);
        return 0;
    case ["--fuzz", var folder, var output, .. var options]:
        return new FuzzCommand(folder, output).Run(options);
    case ["--search", var name, var seconds, var folder, var output] when Target.Find(name) is { } target:
        return SearchProcess.Run(target, new Folders(folder, output, name), TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)));
    case ["--afl", var name] when Target.Find(name) is { } target:
        return AflSearch.Serve(target);
    case ["--minimise", var folder, var output]:
        return Minimise(folder, output);
    default:
        Console.Error.WriteLine(usage);
        return 2;
}

static int RunFiles(Target target, string[] files)
{
    foreach (var file in files)
    {
        var meter = new StepMeter();
        target.Run(File.ReadAllBytes(file), meter);
        Console.WriteLine($"{file}: nothing happens, {meter.Strain:P0} of a bound");
    }

    return 0;
}

static int Minimise(string folder, string output)
{
    foreach (var target in Target.All)
    {
        var folders = new Folders(folder, output, target.Name);
        using var search = new Search(target, folders);
        var kept = search.Minimise();
        folders.Kept.Replace(kept);
        Console.WriteLine($"{search}; {kept.Count} inputs kept, {kept.Sum(input => input.Length)} bytes");
    }

    return 0;
}
