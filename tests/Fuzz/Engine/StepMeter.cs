using System.Diagnostics;

namespace Kestrel.Sctp.Fuzz.Engine;

/// <summary>
/// What the steps of one thread cost: memory, checked against a bound after each packet, and time, for whoever watches.
/// </summary>
internal sealed class StepMeter
{
    /// <summary>
    /// What one packet may allocate, whatever is in it: the largest ring of received TSNs (three bitmaps of 65,536 bits, grown
    /// once by doubling) and a new association.
    /// </summary>
    public const int AllowanceOfPacket = 128 * 1024;

    /// <summary>For each byte of a packet: 8 bytes can be an address, which makes a path; 20 can be a chunk with its indexes.</summary>
    public const int AllowanceOfByte = 128;

    /// <summary>For each byte held in the receive buffer, overhead counted: an index of what is held may double.</summary>
    public const int AllowanceOfHeldByte = 2;

    private long _startedAt;
    private long _allocatedBefore;

    /// <summary>The most that a packet allocated since <see cref="Reset"/>, and that packet's length.</summary>
    public (long Bytes, int PacketLength) Largest { get; private set; }

    /// <summary>Packets measured since <see cref="Reset"/>.</summary>
    public int Packets { get; private set; }

    /// <summary>How long the step under way takes already; zero between steps. For another thread.</summary>
    public TimeSpan UnderWay => Volatile.Read(ref _startedAt) is var started && started != 0 ? Stopwatch.GetElapsedTime(started) : TimeSpan.Zero;

    public void Reset()
    {
        Largest = default;
        Packets = 0;
        EndStep();
    }

    public void BeginStep() => Volatile.Write(ref _startedAt, Stopwatch.GetTimestamp());

    public void EndStep() => Volatile.Write(ref _startedAt, 0);

    public void BeginPacket() => _allocatedBefore = GC.GetAllocatedBytesForCurrentThread();

    /// <param name="length">Of the packet.</param>
    /// <param name="held">Bytes in the receive buffer of the association it went to.</param>
    public void EndPacket(int length, int held)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread() - _allocatedBefore;
        Packets++;
        if (allocated > Largest.Bytes)
        {
            Largest = (allocated, length);
        }

        var bound = AllowanceOfPacket + ((long)AllowanceOfByte * length) + ((long)AllowanceOfHeldByte * held);
        if (allocated > bound)
        {
            throw new AllocationBoundException($"a packet of {length} bytes allocated {allocated} bytes, more than {bound} ({held} bytes were held)");
        }
    }
}

/// <summary>A packet made the engine allocate more than its size explains (requirements R-125).</summary>
internal sealed class AllocationBoundException(string message) : Exception(message);
