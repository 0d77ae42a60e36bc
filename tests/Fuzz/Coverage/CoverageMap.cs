using System.Runtime.InteropServices;
using Kestrel.Sctp.Fuzz.Engine;
using SharpFuzz.Common;

namespace Kestrel.Sctp.Fuzz.Coverage;

/// <summary>
/// How often each branch was taken, as SharpFuzz's instrumentation counts it: AFL's map of 65,536 edges with counts of 8 bits.
/// Counts are told apart by their order of magnitude only (1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more).
/// </summary>
internal sealed unsafe class CoverageMap
{
    private const int Size = 1 << 16;

    private static readonly byte[] _magnitudes = Magnitudes();

    // One to a process. What counts has to have it before it runs at all.
    private static readonly byte* _counts = (byte*)NativeMemory.AllocZeroed(Size);

    private readonly byte[] _seen = new byte[Size];

    /// <summary>Edges met by anything merged so far.</summary>
    public int Edges { get; private set; }

    /// <summary>Edges with a magnitude of their count, merged so far.</summary>
    public int Features { get; private set; }

    private static Span<byte> Counts => new(_counts, Size);

    /// <summary>Before anything of the assemblies under test runs, should they count.</summary>
    public static void Install()
    {
        Trace.SharedMem = _counts;
        Trace.OnBranch = static (_, _) => StepMeter.Branches++;
    }

    /// <summary>Before each input.</summary>
    public static void Clear()
    {
        Counts.Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Takes what the last input met into account; returns whether any of it is new.</summary>
    public bool Merge()
    {
        var isNew = false;
        for (var edge = Next(0); edge < Size; edge = Next(edge + 1))
        {
            var magnitude = _magnitudes[_counts[edge]];
            if ((magnitude & ~_seen[edge]) != 0)
            {
                Edges += _seen[edge] == 0 ? 1 : 0;
                Features++;
                _seen[edge] |= magnitude;
                isNew = true;
            }
        }

        return isNew;
    }

    /// <summary>The edges that the last input met.</summary>
    public static HashSet<int> EdgesTaken()
    {
        var edges = new HashSet<int>();
        for (var edge = Next(0); edge < Size; edge = Next(edge + 1))
        {
            edges.Add(edge);
        }

        return edges;
    }

    /// <summary>What the last input met, as one number.</summary>
    public static ulong Fingerprint()
    {
        var hash = 14_695_981_039_346_656_037UL;
        for (var edge = Next(0); edge < Size; edge = Next(edge + 1))
        {
            hash = (hash ^ (((ulong)edge << 8) | _magnitudes[_counts[edge]])) * 1_099_511_628_211UL;
        }

        return hash;
    }

    /// <summary>The first edge met at or above this one; <see cref="Size"/> when there is none.</summary>
    private static int Next(int edge)
    {
        var offset = Counts[edge..].IndexOfAnyExcept((byte)0);
        return offset < 0 ? Size : edge + offset;
    }

    private static byte[] Magnitudes()
    {
        var magnitudes = new byte[256];
        for (var count = 1; count < magnitudes.Length; count++)
        {
            magnitudes[count] = count switch { 1 => 1, 2 => 2, 3 => 4, < 8 => 8, < 16 => 16, < 32 => 32, < 128 => 64, _ => 128 };
        }

        return magnitudes;
    }
}
