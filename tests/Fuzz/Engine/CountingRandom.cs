namespace Kestrel.Sctp.Fuzz.Engine;

/// <summary>
/// The same numbers in each run, and no two alike. Those of 32 bits (tags, TSNs) lie just below the wrap-around, so that
/// TSNs pass it after a few chunks (requirements R-14).
/// </summary>
internal sealed class CountingRandom : RandomSource
{
    /// <summary>What keys are made of.</summary>
    public const byte Filler = 0x5A;

    private uint _count;

    public override void Fill(Span<byte> destination)
    {
        _count++;
        switch (destination.Length)
        {
            case sizeof(uint):
                BitConverter.TryWriteBytes(destination, uint.MaxValue - _count);
                break;
            case sizeof(ulong):
                BitConverter.TryWriteBytes(destination, (ulong)_count);
                break;
            default:
                destination.Fill(Filler);
                break;
        }
    }
}
