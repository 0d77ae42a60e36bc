namespace Kestrel.Sctp.Simulation.Runs;

/// <summary>The bytes of messages: pieces of one block of noise, so that a message costs no memory and looks like no other.</summary>
internal static class Payloads
{
    public const int MaxSize = 4 * 1024 * 1024;
    private const int Spread = 1 << 20;

    private static readonly byte[] _noise = Noise();

    public static ReadOnlyMemory<byte> Get(int salt, int number, int size, bool varied)
    {
        // Any mixing will do: the same message has the same bytes.
        var mixed = unchecked((uint)((salt * 0x9E3779B1) + (number * 0x85EBCA77u)));
        mixed ^= mixed >> 15;
        mixed = unchecked(mixed * 0x2C1B3C6D);
        mixed ^= mixed >> 13;
        size = Math.Clamp(size, 1, MaxSize);
        return _noise.AsMemory((int)(mixed % Spread), varied ? 1 + (int)((mixed >> 4) % (uint)size) : size);
    }

    private static byte[] Noise()
    {
        var noise = new byte[MaxSize + Spread];
        new Random(1).NextBytes(noise);
        return noise;
    }
}
