using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Kestrel.Sctp.Protocol;

/// <summary>
/// The one source of randomness of an engine: the operating system's CSPRNG in the product, a seeded generator in
/// tests only (requirements: RFC 9260, 5.3.1; RFC 4086).
/// </summary>
internal abstract class RandomSource
{
    public static RandomSource System { get; } = new SystemRandomSource();

    public abstract void Fill(Span<byte> destination);

    public uint NextUInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public ulong NextUInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>A Verification Tag: never 0 (RFC 9260, 5.3.1).</summary>
    public uint NextTag()
    {
        uint tag;
        do
        {
            tag = NextUInt32();
        }
        while (tag == 0);
        return tag;
    }

    private sealed class SystemRandomSource : RandomSource
    {
        public override void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
    }
}
