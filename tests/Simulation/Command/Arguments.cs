using System.Globalization;

namespace Kestrel.Sctp.Simulation.Command;

/// <summary>What the command line asks for.</summary>
internal sealed record Arguments
{
    public const string Usage = """
        usage: dotnet run -c Release --project tests/Simulation -- --seeds A..B [--minutes N] [--threads N] [--trace] [--situations]
                                                                   [--no-shrink] [--plans FOLDER]
               dotnet run -c Release --project tests/Simulation -- --plan FILE [--trace]

          --seeds A..B     runs the seeds from A to B, both among them; one seed is A..A
          --plan FILE      runs the plan in the file, such as a failure prints
          --minutes N      begins no seed after N minutes; the last line says how many were run
          --threads N      seeds run at once; as many as there are processors when not given
          --trace          prints the plan and every packet; for a single seed, or a plan
          --situations     says how many seeds got into which situation
          --no-shrink      doesn't look for the shortest plans that fail as the first failures did
          --plans FOLDER   writes those plans there, too

        The last line is "N seeds, N failed, messages N, virtual hours N, digest HEX". The same seeds give the same digest.
        Exit code 0: all seeds passed; 1: some failed; 2: wrong arguments.
        """;

    public int First { get; private init; }

    public int Last { get; private init; }

    /// <summary>Instead of seeds.</summary>
    public string? PlanFile { get; private init; }

    public double Minutes { get; private init; } = double.PositiveInfinity;

    public int Threads { get; private init; } = Environment.ProcessorCount;

    public bool Trace { get; private init; }

    /// <summary>Say how many seeds got into which situation.</summary>
    public bool Situations { get; private init; }

    /// <summary>Look for the shortest plans that fail.</summary>
    public bool Shrinks { get; private init; } = true;

    public string? PlanFolder { get; private init; }

    /// <summary>Null and what is wrong, for arguments that say nothing sensible.</summary>
    public static Arguments? Parse(IReadOnlyList<string> arguments, out string error)
    {
        error = "";
        var parsed = new Arguments { First = -1 };
        for (var i = 0; i < arguments.Count && error.Length == 0; i++)
        {
            var name = arguments[i];
            if (parsed.WithFlag(name) is { } flagged)
            {
                parsed = flagged;
            }
            else if (name is not ("--seeds" or "--plan" or "--minutes" or "--threads" or "--plans"))
            {
                error = $"'{name}' is no option";
            }
            else if (++i == arguments.Count)
            {
                error = $"{name} needs a value";
            }
            else
            {
                parsed = parsed.With(name, arguments[i], ref error);
            }
        }

        if (error.Length == 0)
        {
            error = parsed.Contradiction();
        }

        return error.Length == 0 ? parsed with { First = Math.Max(parsed.First, 0) } : null;
    }

    private string Contradiction() =>
        First < 0 && PlanFile is null ? "--seeds is missing"
        : First >= 0 && PlanFile is not null ? "--seeds and --plan exclude each other"
        : Trace && First != Last && PlanFile is null ? "--trace is for a single seed"
        : "";

    private Arguments? WithFlag(string name) => name switch
    {
        "--trace" => this with { Trace = true },
        "--situations" => this with { Situations = true },
        "--no-shrink" => this with { Shrinks = false },
        _ => null,
    };

    private Arguments With(string name, string value, ref string error)
    {
        switch (name)
        {
            case "--plan":
                return this with { PlanFile = value };
            case "--plans":
                return this with { PlanFolder = value };
            case "--seeds" when TryParseSeeds(value, out var first, out var last):
                return this with { First = first, Last = last };
            case "--seeds":
                error = $"--seeds takes A..B with 0 <= A <= B <= {int.MaxValue - 1}, not '{value}'";
                return this;
            case "--minutes" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes) && minutes > 0:
                return this with { Minutes = minutes };
            case "--threads" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var threads) && threads is > 0 and <= 1_024:
                return this with { Threads = threads };
            default:
                error = $"{name} takes a number above 0, not '{value}'";
                return this;
        }
    }

    private static bool TryParseSeeds(string value, out int first, out int last)
    {
        last = -1;
        var dots = value.IndexOf("..", StringComparison.Ordinal);
        return int.TryParse(dots < 0 ? "" : value[..dots], NumberStyles.None, CultureInfo.InvariantCulture, out first)
            && int.TryParse(value[(dots + 2)..], NumberStyles.None, CultureInfo.InvariantCulture, out last)
            && first <= last && last < int.MaxValue;
    }
}
