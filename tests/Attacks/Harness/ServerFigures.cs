namespace Kestrel.Sctp.Attacks.Harness;

/// <summary>The attacked process at one moment.</summary>
/// <param name="HeapBytes">Managed memory that is alive, after a full collection.</param>
/// <param name="ResidentBytes">VmRSS after it.</param>
/// <param name="AllocatedBytes">Managed memory allocated since the start.</param>
/// <param name="Exceptions">Exceptions thrown since the start, caught ones too.</param>
/// <param name="CpuTime">Of all threads, since the start.</param>
/// <param name="Threads">Threads of the process.</param>
/// <param name="Handles">Open file descriptors.</param>
/// <param name="LogLines">Lines printed since the start.</param>
/// <param name="DroppedPackets">Datagrams that the system dropped since the start, the server's receive buffer being full.</param>
internal sealed record ServerFigures(
    long HeapBytes, long ResidentBytes, long AllocatedBytes, long Exceptions, TimeSpan CpuTime, int Threads, int Handles, int LogLines, long DroppedPackets);
