using System.Collections.Concurrent;
using System.Diagnostics;
using Kestrel.Sctp.Fuzz.Engine;

namespace Kestrel.Sctp.Fuzz.Replay;

/// <summary>What a file did that no packet may do.</summary>
internal sealed record Escape(string File, ReplayMode Mode, string What, Exception? Thrown = null)
{
    private const int ShownFrames = 8;

    public override string ToString() => Thrown is null
        ? What
        : $"{Thrown.GetType().Name}: {What}{string.Concat((Thrown.StackTrace ?? "").Split('\n').Take(ShownFrames).Select(line => '\n' + line.TrimEnd()))}";
}

/// <summary>One thread that takes file after file. It is left to itself when a step of it does not end.</summary>
internal sealed class ReplayWorker
{
    private readonly ConcurrentQueue<string> _files;
    private readonly bool _prefixByte;
    private readonly StepMeter _meter = new();
    private readonly StepWatch _watch;
    private readonly ReplayFile _replay;
    private readonly Thread _thread;
    private string _file = "";
    private ReplayMode _mode;

    public ReplayWorker(ConcurrentQueue<string> files, bool prefixByte)
    {
        _files = files;
        _prefixByte = prefixByte;
        _watch = new StepWatch(_meter);
        _replay = new ReplayFile(_meter);
        _thread = new Thread(Run) { IsBackground = true, Name = "replay" };
        _thread.Start();
    }

    public List<Escape> Escapes { get; } = [];

    public int CutFiles { get; private set; }

    public long Packets { get; private set; }

    public (TimeSpan Time, string File, ReplayMode Mode) Slowest { get; private set; }

    public (long Bytes, int PacketLength, string File, ReplayMode Mode) Largest { get; private set; }

    public bool IsDone => !_thread.IsAlive;

    /// <summary>To be asked several times a second.</summary>
    public Escape? FindStuck() => _watch.IsStuck() ? new Escape(_file, _mode, $"a step did not end in {StepWatch.Limit.TotalSeconds:F0} s") : null;

    private void Run()
    {
        while (_files.TryDequeue(out var file))
        {
            _file = file;
            var bytes = System.IO.File.ReadAllBytes(file).AsSpan();
            bytes = _prefixByte && bytes.Length > 0 ? bytes[1..] : bytes;
            CutFiles += bytes.Length > ReplayFile.MaxPacket ? 1 : 0;
            foreach (var mode in Enum.GetValues<ReplayMode>())
            {
                _mode = mode;
                Measure(file, bytes, mode);
            }
        }
    }

    private void Measure(string file, ReadOnlySpan<byte> bytes, ReplayMode mode)
    {
        var (time, largest, escape) = Try(file, bytes, mode);
        if (time > Slowest.Time || largest.Bytes > Largest.Bytes || escape is not null)
        {
            // Once more: what is made once in a process, and what other programs take of the machine, is not the file's.
            var (again, largestAgain, escapeAgain) = Try(file, bytes, mode);
            time = again < time ? again : time;
            largest = largestAgain.Bytes < largest.Bytes ? largestAgain : largest;
            escape = escapeAgain ?? (escape is { Thrown: CostException } ? null : escape);
        }

        if (time > Slowest.Time)
        {
            Slowest = (time, file, mode);
        }

        if (largest.Bytes > Largest.Bytes)
        {
            Largest = (largest.Bytes, largest.PacketLength, file, mode);
        }

        if (escape is not null)
        {
            Escapes.Add(escape);
        }
    }

    private (TimeSpan Time, (long Bytes, int PacketLength) Largest, Escape? Escape) Try(string file, ReadOnlySpan<byte> bytes, ReplayMode mode)
    {
        _meter.Reset();
        Escape? escape = null;
        var started = Stopwatch.GetTimestamp();
        try
        {
            _replay.Run(bytes, mode);
        }
        catch (Exception e)
        {
            escape = new Escape(file, mode, e.Message, e);
        }

        var time = Stopwatch.GetElapsedTime(started);
        Packets += _meter.Packets;
        var largest = _meter.Largest;
        _meter.Reset();
        return (time, largest, escape);
    }
}
