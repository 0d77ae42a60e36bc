using System.Diagnostics;
using System.Security.Cryptography;
using Kestrel.Sctp.Simulation.Runs;

namespace Kestrel.Sctp.Simulation.Command;

/// <summary>What became of one seed.</summary>
internal sealed record SeedResult(int Seed, Outcome Outcome);

/// <summary>Runs seeds on several threads and adds their results up in the order of the seeds, so that the sum is the same whatever the threads did.</summary>
internal sealed class SeedRange(Func<int, SeedResult> run)
{
    private readonly Lock _lock = new();
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<int, SeedResult> _ahead = [];
    private long _virtualTime;
    private int _next;

    public long Seeds { get; private set; }

    public long Failed { get; private set; }

    public long Messages { get; private set; }

    /// <summary>How many seeds got into each situation.</summary>
    public Dictionary<Situations, long> Seen { get; } = [];

    public double VirtualHours => _virtualTime / (3_600.0 * EngineTime.Second);

    public string Digest => Convert.ToHexString(_digest.GetCurrentHash(), 0, 16);

    /// <summary>Told of each result, in the order of the seeds.</summary>
    public Action<SeedResult>? Finished { get; init; }

    /// <summary>Runs the seeds from first to last, and begins none after the limit.</summary>
    public void Run(int first, int last, int threads, TimeSpan limit)
    {
        _next = first;
        var taken = (long)first - 1;
        var clock = Stopwatch.StartNew();
        var workers = Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                // A seed taken is run, so that those run are always the first ones of the range.
                while (clock.Elapsed < limit && Interlocked.Increment(ref taken) is var seed && seed <= last)
                {
                    Add(run((int)seed));
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        Task.WaitAll([.. workers]);
    }

    private void Count(Situations seen)
    {
        foreach (var situation in Enum.GetValues<Situations>().Where(situation => situation != Situations.None))
        {
            Seen[situation] = Seen.GetValueOrDefault(situation) + (seen.HasFlag(situation) ? 1 : 0);
        }
    }

    private void Add(SeedResult result)
    {
        lock (_lock)
        {
            _ahead.Add(result.Seed, result);
            while (_ahead.Remove(_next, out var next))
            {
                _next++;
                Seeds++;
                Failed += next.Outcome.Failure is null ? 0 : 1;
                Messages += next.Outcome.Messages;
                _virtualTime += next.Outcome.VirtualTime;
                _digest.AppendData(next.Outcome.Digest);
                Count(next.Outcome.Seen);
                Finished?.Invoke(next);
            }
        }
    }
}
