using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO;

namespace Kestrel.Sctp.Fuzz.Replay;

/// <summary><c>--replay FOLDER [--prefix-byte]</c>: a corpus of anyone's, each file in each way that a packet can come.</summary>
internal static class ReplayCommand
{
    private const int MaxShown = 20;

    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(50);

    public static int Run(string folder, bool prefixByte, TextWriter output)
    {
        if (!Directory.Exists(folder) && !File.Exists(folder))
        {
            Console.Error.WriteLine($"There is no folder {folder}.");
            return 2;
        }

        var started = Stopwatch.GetTimestamp();
        string[] found = File.Exists(folder) ? [folder] : Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        Array.Sort(found, StringComparer.Ordinal);
        var files = new ConcurrentQueue<string>(found);
        var all = new List<ReplayWorker>();
        var escapes = new List<Escape>();
        var working = new List<ReplayWorker>();
        Start(Environment.ProcessorCount);
        while (working.Count > 0)
        {
            Thread.Sleep(_lookEvery);
            working.RemoveAll(worker => worker.IsDone);
            foreach (var worker in working.ToArray())
            {
                if (worker.FindStuck() is { } stuck)
                {
                    // Its thread is lost; another goes on with the next file.
                    escapes.Add(stuck);
                    working.Remove(worker);
                    Start(1);
                }
            }
        }

        escapes.AddRange(all.SelectMany(worker => worker.Escapes));
        Report(output, all, escapes, found.Length, Stopwatch.GetElapsedTime(started));
        return escapes.Count > 0 ? 1 : 0;

        void Start(int count)
        {
            for (var i = 0; i < count; i++)
            {
                working.Add(new ReplayWorker(files, prefixByte));
                all.Add(working[^1]);
            }
        }
    }

    private static void Report(TextWriter output, List<ReplayWorker> workers, List<Escape> escapes, int files, TimeSpan time)
    {
        foreach (var escape in escapes.Take(MaxShown))
        {
            output.WriteLine($"escape: {escape.File}, {Describe(escape.Mode)}: {escape}");
        }

        if (escapes.Count > MaxShown)
        {
            output.WriteLine($"and {escapes.Count - MaxShown} more: {string.Join(' ', escapes.Skip(MaxShown).Select(escape => escape.File).Distinct())}");
        }

        if (workers.Sum(worker => worker.CutFiles) is > 0 and var cut)
        {
            output.WriteLine($"{cut} files are longer than a datagram of {ReplayFile.MaxPacket} bytes and were cut to it; chunk by chunk they went in whole");
        }

        var slowest = workers.Select(worker => worker.Slowest).MaxBy(slow => slow.Time);
        var largest = workers.Select(worker => worker.Largest).MaxBy(large => large.Bytes);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"slowest file: {slowest.Time.TotalMilliseconds:F3} ms, {slowest.File}, {Describe(slowest.Mode)}"));
        output.WriteLine($"largest allocation: {largest.Bytes} bytes for a packet of {largest.PacketLength} bytes, {largest.File}, {Describe(largest.Mode)}");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"files {files}, escapes {escapes.Count}, packets {workers.Sum(worker => worker.Packets)}, seconds {time.TotalSeconds:F1}"));
    }

    private static string Describe(ReplayMode mode) => mode switch
    {
        ReplayMode.Packet => "as a packet to a listening engine",
        ReplayMode.PacketWithChecksum => "as a packet to a listening engine, the checksum put right",
        ReplayMode.Chunks => "as chunks to an established association",
        _ => "chunk by chunk to an established association",
    };
}
