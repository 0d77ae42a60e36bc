using System.Globalization;

namespace Kestrel.Sctp.Simulation.Command;

/// <summary>What the command line asks for.</summary>
internal sealed record Arguments
{
    public const string Usage = """
        usage: dotnet run -c Release --project tests/Simulation -- --seeds A..B [--minutes N] [--threads N] [--trace] [--situations]

          --seeds A..B   runs the seeds from A to B, both among them; one seed is A..A
          --minutes N    begins no seed after N minutes; the last line says how many were run
          --threads N    seeds run at once; as many as there are processors when not given
          --trace        prints every packet; for a single seed
          --situations   says how many seeds got into which situation

        The last line is "N seeds, N failed, messages N, virtual hours N, digest HEX". The same seeds give the same digest.
        Exit code 0: all seeds passed; 1: some failed; 2: wrong arguments.
        """;

    public int First { get; private init; }

    public int Last { get; private init; }

    public double Minutes { get; private init; } = double.PositiveInfinity;

    public int Threads { get; private init; } = Environment.ProcessorCount;

    public bool Trace { get; private init; }

    /// <summary>Say how many seeds got into which situation.</summary>
    public bool Situations { get; private init; }

    /// <summary>Null and what is wrong, for arguments that say nothing sensible.</summary>
    public static Arguments? Parse(IReadOnlyList<string> arguments, out string error)
    {
        error = "";
        var parsed = new Arguments { First = -1 };
        for (var i = 0; i < arguments.Count && error.Length == 0; i++)
        {
            var name = arguments[i];
            if (name is "--trace" or "--situations")
            {
                parsed = parsed with { Trace = parsed.Trace || name == "--trace", Situations = parsed.Situations || name == "--situations" };
                continue;
            }

            if (name is not ("--seeds" or "--minutes" or "--threads"))
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

        if (error.Length == 0 && parsed.First < 0)
        {
            error = "--seeds is missing";
        }
        else if (error.Length == 0 && parsed.Trace && parsed.First != parsed.Last)
        {
            error = "--trace is for a single seed";
        }

        return error.Length == 0 ? parsed : null;
    }

    private Arguments With(string name, string value, ref string error)
    {
        switch (name)
        {
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
