namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Randomness from a seed: the same seed replays byte for byte.</summary>
internal sealed class SeededRandom(int seed) : RandomSource
{
    private readonly Random _random = new(seed);

    public override void Fill(Span<byte> destination) => _random.NextBytes(destination);
}
