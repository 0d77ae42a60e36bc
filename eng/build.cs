#:property PublishAot=false
// The build's verbs, for build.sh and build.cmd alike.

using System.Diagnostics;
using System.Text.RegularExpressions;

const string solution = "Kestrel.Sctp.sln";
const string benchmarks = "bench/Kestrel.Sctp.Bench.csproj";

var verb = args.FirstOrDefault();
string[] rest = [.. args.Skip(1)];
return verb switch
{
    "build" => DotNet(["build", solution, .. rest]),
    "test" => Test(rest),
    "pack" => DotNet(["pack", solution, "-c", "Release", "-o", "artifacts/packages", .. rest]),
    "bench" => File.Exists(benchmarks) ? DotNet(["run", "-c", "Release", "--project", benchmarks, "--", .. rest]) : Fail($"There is no {benchmarks} yet."),
    "api" => Api(),
    "conformance" => Conformance(),
    "fuzz" => Fuzz(rest),
    _ => Fail("""
        usage: build VERB [arguments for dotnet]
          build        builds everything
          test         builds everything and runs all tests
          pack         makes the packages, in artifacts/packages
          bench        runs the benchmarks
          api          accepts the public API as it is now into the approved snapshots
          conformance  writes docs/conformance.md as the traits of the tests say
          fuzz         --minutes N [--target NAME]: searches for inputs that break something; --minimise: keeps few of those found
        """),
};

// Builds, runs every test project and ends with the one line "N passed, N failed, N skipped".
static int Test(string[] arguments)
{
    var result = DotNet("build", solution);
    if (result != 0)
    {
        return result;
    }

    var counts = new Dictionary<string, int> { ["succeeded"] = 0, ["failed"] = 0, ["skipped"] = 0 };
    var inSummary = false;
    result = Run(["test", "--solution", solution, "--no-build", .. arguments], line =>
    {
        Console.WriteLine(line);
        inSummary |= line.StartsWith("Test run summary:", StringComparison.Ordinal);
        if (inSummary && Regex.Match(line, @"^\s+(succeeded|failed|skipped): (\d+)\s*$") is { Success: true } match)
        {
            counts[match.Groups[1].Value] = int.Parse(match.Groups[2].Value);
        }
    });

    if (result == 0 && counts["failed"] > 0)
    {
        result = 1;
    }

    if (result == 0 && counts["succeeded"] == 0)
    {
        Console.Error.WriteLine("No test was run.");
        result = 1;
    }

    if (result == 0 && counts["skipped"] > 0 && Environment.GetEnvironmentVariable("CI") == "true")
    {
        Console.Error.WriteLine("CI=true: a skipped test is a failure.");
        result = 1;
    }

    Console.Error.Flush();
    Console.WriteLine($"{counts["succeeded"]} passed, {counts["failed"]} failed, {counts["skipped"]} skipped");
    return result;
}

// The snapshot tests write what they find when UPDATE_API is set.
static int Api()
{
    Environment.SetEnvironmentVariable("UPDATE_API", "1");
    foreach (var project in new[] { "Sockets", "Transport", "Client" })
    {
        var result = DotNet("run", "--project", $"tests/{project}", "--", "--filter-trait", "Category=PublicApi");
        if (result != 0)
        {
            return result;
        }
    }

    return 0;
}

// The test that compares the page writes it when UPDATE_CONFORMANCE is set.
static int Conformance()
{
    Environment.SetEnvironmentVariable("UPDATE_CONFORMANCE", "1");
    return DotNet("run", "--project", "tests/Protocol", "--", "--filter-trait", "Category=Conformance");
}

// The assemblies under test are made to count their branches, in a copy.
static int Fuzz(string[] arguments)
{
    const string copy = "artifacts/fuzz/bin";
    const string program = $"{copy}/Kestrel.Sctp.Fuzz.dll";
    if (Directory.Exists(copy))
    {
        Directory.Delete(copy, recursive: true);
    }

    var result = DotNet("publish", "tests/Fuzz", "-c", "Release", "-o", copy, "-v", "quiet");
    result = result == 0 ? DotNet(program, "--instrument") : result;
    string[] command = arguments is ["--minimise"] ? ["--minimise"] : ["--fuzz"];
    return result == 0 ? DotNet([program, .. command, "tests/Fuzz", "artifacts/fuzz", .. arguments.Except(command)]) : result;
}

static int DotNet(params string[] arguments) => Run(arguments, null);

static int Run(string[] arguments, Action<string>? onLine)
{
    var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet", arguments)
    {
        RedirectStandardOutput = onLine is not null,
    };
    using var process = Process.Start(start)!;
    while (onLine is not null && process.StandardOutput.ReadLine() is { } line)
    {
        onLine(line);
    }

    process.WaitForExit();
    return process.ExitCode;
}

static int Fail(string message)
{
    Console.Error.WriteLine(message);
    return 2;
}
