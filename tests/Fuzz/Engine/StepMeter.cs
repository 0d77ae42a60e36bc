using System.Diagnostics;

namespace Kestrel.Sctp.Fuzz.Engine;

/// <summary>
/// What the steps of one thread cost (requirements R-125): memory and work of each packet, checked against bounds that grow with its
/// length, and time, for whoever watches.
/// </summary>
internal sealed class StepMeter
{
    // Memory in bytes. What one packet may take whatever is in it: the largest ring of received TSNs (three bitmaps of 65,536 bits,
    // grown once by doubling) and a new association. For each of its bytes: 8 can be an address, which makes a path; 20 can be a
    // chunk with its indexes. For each byte held in the receive buffer, overhead counted: an index of what is held may double.
    private const int BytesOfPacket = 128 * 1024;
    private const int BytesOfByte = 128;
    private const int BytesOfHeldByte = 2;

    // Work in branches taken. Whatever is in the packet: a search for what to drop when the receive buffer is full, which has an end,
    // and setting up. For each chunk under way or held: one walk over them, not one for each chunk of the packet.
    private const int BranchesOfPacket = 10_000;
    private const int BranchesOfByte = 8;
    private const int BranchesOfHeldChunk = 40;

    private long _startedAt;
    private long _allocatedBefore;
    private long _branchesBefore;

    /// <summary>Branches taken by the engine so far, when it counts them; 0 when it does not.</summary>
    public static long Branches { get; set; }

    /// <summary>The most that a packet allocated since <see cref="Reset"/>, and that packet's length.</summary>
    public (long Bytes, int PacketLength) Largest { get; private set; }

    /// <summary>The largest share of its bounds that a packet took since <see cref="Reset"/>.</summary>
    public double Strain { get; private set; }

    /// <summary>Packets measured since <see cref="Reset"/>.</summary>
    public int Packets { get; private set; }

    /// <summary>The time stamp of the step under way, 0 between steps. For another thread.</summary>
    public long StartedAt => Volatile.Read(ref _startedAt);

    /// <summary>How long it takes already.</summary>
    public TimeSpan UnderWay => StartedAt is var started && started != 0 ? Stopwatch.GetElapsedTime(started) : TimeSpan.Zero;

    public void Reset()
    {
        Largest = default;
        Strain = 0;
        Packets = 0;
        EndStep();
    }

    public void BeginStep() => Volatile.Write(ref _startedAt, Stopwatch.GetTimestamp());

    public void EndStep() => Volatile.Write(ref _startedAt, 0);

    public void BeginPacket()
    {
        _branchesBefore = Branches;
        _allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
    }

    /// <param name="length">Of the packet.</param>
    /// <param name="held">Bytes in the receive buffer of the association it went to, overhead counted.</param>
    /// <param name="heldChunks">Chunks in the receive buffer, and sent ones not acknowledged.</param>
    public void EndPacket(int length, int held, int heldChunks)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread() - _allocatedBefore;
        var branches = Branches - _branchesBefore;
        Packets++;
        if (allocated > Largest.Bytes)
        {
            Largest = (allocated, length);
        }

        Check(allocated, BytesOfPacket + ((long)BytesOfByte * length) + ((long)BytesOfHeldByte * held), "allocated", length, held, heldChunks);
        Check(
            branches, BranchesOfPacket + ((long)BranchesOfByte * length) + ((long)BranchesOfHeldChunk * heldChunks), "took branches:", length, held, heldChunks);
    }

    private void Check(long cost, long bound, string what, int length, int held, int heldChunks)
    {
        Strain = Math.Max(Strain, (double)cost / bound);
        if (cost > bound)
        {
            throw new CostException($"a packet of {length} bytes {what} {cost}, more than {bound} (held were {held} bytes, {heldChunks} chunks)");
        }
    }
}

/// <summary>A packet cost more than its size explains (requirements R-125).</summary>
internal sealed class CostException(string message) : Exception(message);
