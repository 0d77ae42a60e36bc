using System.Diagnostics;
using System.IO;
using System.IO.MemoryMappedFiles;
using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Fuzz.Targets;

namespace Kestrel.Sctp.Fuzz.Coverage;

/// <summary>
/// The search of one target: inputs made of those known; one that takes a branch not taken before, or as often as never before, or
/// whose packet comes nearer to a bound of what it may cost, is kept and built upon.
/// </summary>
internal sealed class Search : IDisposable
{
    private const int MaxTrims = 400;
    private const int MaxFindings = 50;
    private const int RunsBetweenLooksAtTheClock = 32;
    private const int RunsPerInput = 64;

    private const double LeastMoreStrain = 1.1;

    // Of a target, in the repository.
    private const int MaxKept = 45;

    private readonly Target _target;
    private readonly Folders _folders;
    private readonly CoverageMap _coverage = new();
    private readonly Random _random = new();
    private readonly Mutator _mutator;
    private readonly List<byte[]> _pool = [];
    private readonly Dictionary<string, Finding> _findings = [];
    private readonly MemoryMappedFile _underWayFile;
    private readonly MemoryMappedViewAccessor _underWay;
    private double _mostStrain;

    public Search(Target target, Folders folders)
    {
        _target = target;
        _folders = folders;
        _mutator = new Mutator(_random);
        Directory.CreateDirectory(folders.Work);
        _underWayFile = MemoryMappedFile.CreateFromFile(folders.UnderWay, FileMode.Create, null, sizeof(int) + Mutator.MaxLength);
        _underWay = _underWayFile.CreateViewAccessor();
    }

    /// <summary>For who watches: whether a step ends.</summary>
    public StepMeter Meter { get; } = new();

    public long Runs { get; private set; }

    public int Findings => _findings.Count;

    /// <summary>Runs everything known, then searches until the time is over.</summary>
    public void Run(TimeSpan time)
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var input in Known())
        {
            if (TryRun(input) && (_coverage.Merge() || _pool.Count == 0))
            {
                _pool.Add(input);
            }
        }

        if (_coverage.Edges == 0)
        {
            throw new InvalidOperationException("The assemblies under test do not count their branches: use build.sh fuzz.");
        }

        while (Stopwatch.GetElapsedTime(started) < time && _findings.Count < MaxFindings)
        {
            // Half of the time what came last, for it is least explored.
            var input = _pool[_random.Next(2) == 0 ? _random.Next(_pool.Count) : _random.Next(_pool.Count - (_pool.Count / 8) - 1, _pool.Count)];
            for (var i = 0; i < RunsPerInput && (i % RunsBetweenLooksAtTheClock != 0 || Stopwatch.GetElapsedTime(started) < time); i++)
            {
                var mutated = Mutate(input);
                if (!TryRun(mutated))
                {
                    continue;
                }

                if (Meter.Strain > _mostStrain * LeastMoreStrain)
                {
                    _mostStrain = Meter.Strain;
                    _coverage.Merge();
                    _pool.Add(mutated.ToArray());
                }
                else if (_coverage.Merge())
                {
                    var trimmed = Trim(mutated.ToArray());
                    _pool.Add(trimmed);
                    _folders.Found.Write(trimmed);
                }
            }
        }
    }

    /// <summary>Of all inputs known, few that take all branches between them: again and again the one that takes most of those left.</summary>
    public List<byte[]> Minimise()
    {
        var candidates = new List<(byte[] Input, HashSet<int> Edges)>();
        foreach (var input in Known().OrderBy(input => input.Length).ToList())
        {
            if (TryRun(input) && _coverage.Merge())
            {
                candidates.Add((input, CoverageMap.EdgesTaken()));
            }
        }

        var kept = new List<byte[]>();
        while (kept.Count < MaxKept && candidates.MaxBy(candidate => candidate.Edges.Count) is { Edges.Count: > 0 } best)
        {
            kept.Add(best.Input);
            candidates.Remove(best);
            foreach (var (_, edges) in candidates)
            {
                edges.ExceptWith(best.Edges);
            }
        }

        return kept;
    }

    public override string ToString() =>
        $"{_target.Name}: {Runs} runs, {_coverage.Edges} edges, {_coverage.Features} features, {_pool.Count} inputs, {_mostStrain:P0} of a bound, {_findings.Count} findings";

    public void Dispose()
    {
        _underWay.Dispose();
        _underWayFile.Dispose();
    }

    /// <summary>Changed by bytes, or in its form, or both.</summary>
    private ReadOnlySpan<byte> Mutate(byte[] input)
    {
        for (var changes = _random.Next(5); changes > 0; changes--)
        {
            input = _target.Mutate(input, _random);
        }

        return _random.Next(3) == 0 && input.Length <= Mutator.MaxLength ? input : _mutator.Mutate(input, _pool[_random.Next(_pool.Count)]);
    }

    private IEnumerable<byte[]> Known() =>
        _target.Seeds.Concat(_folders.Kept.Read()).Concat(_folders.Found.Read()).Where(input => input.Length <= Mutator.MaxLength);

    /// <summary>False when the target failed, which is noted.</summary>
    private bool TryRun(ReadOnlySpan<byte> input)
    {
        try
        {
            Execute(input);
            return true;
        }
        catch (Exception e)
        {
            Note(Finding.Of(input, e));
            return false;
        }
    }

    private void Execute(ReadOnlySpan<byte> input)
    {
        // Should the process die of it, the file remains.
        _underWay.Write(0, input.Length);
        _underWay.SafeMemoryMappedViewHandle.WriteSpan(sizeof(int), input);
        Runs++;
        CoverageMap.Clear();
        Meter.Reset();
        Meter.BeginStep();
        _target.Run(input, Meter);
        Meter.EndStep();
    }

    private void Note(Finding finding)
    {
        Meter.EndStep();
        if (_findings.TryAdd(finding.Key, finding))
        {
            var shorter = Shorten(finding);
            var file = _folders.Findings.Write(shorter.Input);
            File.WriteAllText(file + Folders.DescriptionSuffix, shorter.Description);
            Console.WriteLine($"{_target.Name}: {file}: {shorter.Description.Split('\n')[0]}");
        }
    }

    private Finding Shorten(Finding finding)
    {
        var shortest = finding;
        Reduce(finding.Input, candidate =>
        {
            try
            {
                Execute(candidate);
                return false;
            }
            catch (Exception e) when (Finding.Of(candidate, e) is var shorter && shorter.Key == finding.Key)
            {
                shortest = shorter;
                return true;
            }
            catch (Exception)
            {
                return false;
            }
        });
        Meter.EndStep();
        return shortest;
    }

    /// <summary>The input without what makes no difference.</summary>
    private byte[] Trim(byte[] input)
    {
        var fingerprint = CoverageMap.Fingerprint();
        return Reduce(input, candidate => TryRun(candidate) && CoverageMap.Fingerprint() == fingerprint);
    }

    private static byte[] Reduce(byte[] input, Func<byte[], bool> isAsGood)
    {
        var tries = 0;
        for (var block = Math.Max(input.Length / 2, 1); block > 0; block /= 2)
        {
            for (var start = 0; start < input.Length && tries < MaxTrims;)
            {
                byte[] candidate = [.. input.AsSpan(0, start), .. input.AsSpan(Math.Min(start + block, input.Length))];
                tries++;
                if (isAsGood(candidate))
                {
                    input = candidate;
                }
                else
                {
                    start += block;
                }
            }
        }

        return input;
    }
}
