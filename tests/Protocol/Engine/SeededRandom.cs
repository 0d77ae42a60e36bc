namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Randomness from a seed: the same seed replays byte for byte.</summary>
internal class SeededRandom(int seed) : RandomSource
{
    protected Random Random { get; } = new(seed);

    public override void Fill(Span<byte> destination) => Random.NextBytes(destination);
}

/// <summary>Most 32-bit numbers lie just below the wrap-around: the TSNs begin there (requirements R-14).</summary>
internal sealed class NearWrapRandom(int seed) : SeededRandom(seed)
{
    private const uint Distance = 512;

    public override void Fill(Span<byte> destination)
    {
        base.Fill(destination);
        if (destination.Length == sizeof(uint) && Random.Next(4) != 0)
        {
            BitConverter.TryWriteBytes(destination, uint.MaxValue - (uint)Random.Next((int)Distance));
        }
    }
}
