using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Wire;

/// <summary>
/// The walk that chunk parameters (RFC 9260, 3.2.1) and error causes (3.3.10) share: 16 bits of type, 16 bits of length
/// with the header and without the padding, then the value, padded to 4 bytes.
/// </summary>
internal static class Tlv
{
    public const int HeaderSize = 4;

    /// <summary>The length rounded up to the next multiple of 4.</summary>
    public static int Pad(int length) => (length + 3) & ~3;

    /// <summary>
    /// Takes the next element off <paramref name="rest"/>. False at the end, and also when what is left is no element; then
    /// <paramref name="rest"/> is not empty.
    /// </summary>
    public static bool TryTake(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> whole)
    {
        whole = default;
        if (rest.Length < HeaderSize)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
        if (length < HeaderSize || length > rest.Length)
        {
            return false;
        }

        whole = rest[..length];

        // The last element's padding may be outside of the chunk's length, as RFC 9260, 3.2 has it, or inside; a part of it
        // is left over and no element.
        rest = rest[(Pad(length) <= rest.Length ? Pad(length) : length)..];
        return true;
    }
}
