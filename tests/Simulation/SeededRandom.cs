namespace Kestrel.Sctp.Simulation;

/// <summary>Randomness from a seed: the same seed replays byte for byte.</summary>
internal class SeededRandom(int seed) : RandomSource
{
    protected Random Random { get; } = new(seed);

    public override void Fill(Span<byte> destination) => Random.NextBytes(destination);
}

/// <summary>
/// Most 32-bit numbers lie just below the wrap-around: the TSNs begin there (requirements R-14). Tags come from here too:
/// no number comes twice, and sources of different number (below that of all sources) have none in common.
/// </summary>
internal sealed class NearWrapRandom(int seed, uint number, uint sources = 4) : SeededRandom(seed)
{
    private const uint Numbers = 512;

    private readonly HashSet<uint> _used = [];

    public override void Fill(Span<byte> destination)
    {
        base.Fill(destination);
        var value = uint.MaxValue - number - (sources * (uint)Random.Next((int)(Numbers / sources)));
        if (destination.Length == sizeof(uint) && Random.Next(4) != 0 && _used.Add(value))
        {
            BitConverter.TryWriteBytes(destination, value);
        }
    }
}
