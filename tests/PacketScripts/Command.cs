using System.Globalization;
using System.IO;
using Kestrel.Sctp.PacketScripts.Calls;
using Kestrel.Sctp.PacketScripts.Running;

namespace Kestrel.Sctp.PacketScripts;

/// <summary>Runs files and folders of scripts and prints a line for each, then how many passed, failed and were skipped.</summary>
internal sealed class Command(TextWriter output, Func<ISystemCalls> createSystem)
{
    private const string Usage = "usage: PacketScripts [--define NAME]... [--tolerance_usecs=N] PATH...";

    private readonly HashSet<string> _defines = [];
    private readonly List<string> _paths = [];
    private long? _tolerance;

    /// <summary>0 when none failed, 1 when one did, 2 when the arguments are no use.</summary>
    public int Run(IReadOnlyList<string> arguments)
    {
        if (!TryParse(arguments))
        {
            output.WriteLine(Usage);
            return 2;
        }

        var files = new List<string>();
        foreach (var path in _paths)
        {
            if (Directory.Exists(path))
            {
                files.AddRange(Directory.EnumerateFiles(path, "*.pkt", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
            }
            else if (File.Exists(path))
            {
                files.Add(path);
            }
            else
            {
                output.WriteLine($"there is no file or folder {path}");
                return 2;
            }
        }

        var runner = new ScriptFile(_defines.Count > 0 ? _defines : ScriptFile.DefaultDefines, _tolerance, createSystem);
        var outcomes = files.Select(file => RunFile(runner, file)).CountBy(outcome => outcome).ToDictionary();
        var failed = outcomes.GetValueOrDefault(ScriptOutcome.Failed);
        output.WriteLine(
            $"{outcomes.GetValueOrDefault(ScriptOutcome.Passed)} passed, {failed} failed, {outcomes.GetValueOrDefault(ScriptOutcome.Skipped)} skipped");
        return failed > 0 ? 1 : 0;
    }

    private ScriptOutcome RunFile(ScriptFile runner, string file)
    {
        var text = File.ReadAllText(file);
        ScriptResult result;
        try
        {
            result = runner.Run(text);
        }
        catch (Exception error)
        {
            // One script that breaks the engine doesn't keep the others from running.
            result = ScriptResult.Failed(0, $"{error.GetType().Name}: {error.Message}", [.. $"{error.StackTrace}".Split('\n').Take(5)]);
        }

        Print(file, text, result);
        return result.Outcome;
    }

    private void Print(string file, string text, ScriptResult result)
    {
        switch (result.Outcome)
        {
            case ScriptOutcome.Passed:
                output.WriteLine($"pass {file}");
                break;
            case ScriptOutcome.Skipped:
                output.WriteLine($"skip {file}:{result.Line}: {result.Message}");
                break;
            default:
                output.WriteLine($"FAIL {file}:{result.Line}: {result.Message}");
                if (result.Line > 0)
                {
                    output.WriteLine($"     script:   {text.Split('\n').ElementAtOrDefault(result.Line - 1)?.Trim()}");
                }

                foreach (var detail in result.Details)
                {
                    output.WriteLine($"     {detail.Trim()}");
                }

                break;
        }
    }

    private bool TryParse(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument == "--define" && i + 1 < arguments.Count)
            {
                _defines.Add(arguments[++i]);
            }
            else if (argument.StartsWith("--define=", StringComparison.Ordinal))
            {
                _defines.Add(argument["--define=".Length..]);
            }
            else if (argument.StartsWith("--tolerance_usecs=", StringComparison.Ordinal)
                && long.TryParse(argument["--tolerance_usecs=".Length..], CultureInfo.InvariantCulture, out var tolerance) && tolerance >= 0)
            {
                _tolerance = tolerance;
            }
            else if (argument.StartsWith('-'))
            {
                return false;
            }
            else
            {
                _paths.Add(argument);
            }
        }

        return _paths.Count > 0;
    }
}
