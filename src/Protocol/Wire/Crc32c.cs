using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Kestrel.Sctp.Protocol.Wire;

/// <summary>The CRC32c of RFC 9260, appendix A.</summary>
internal static class Crc32c
{
    private const int ChecksumOffset = 8;

    // The CPU's CRC instruction takes a new word each cycle, but its result comes three cycles later. Three parts of the
    // data run interleaved and are joined afterwards. A full-sized packet is one long round, the rest goes in short ones.
    private const int LongBlock = 448;
    private const int ShortBlock = 128;
    private static readonly uint[] _longShift = CreateShiftTable(LongBlock);
    private static readonly uint[] _shortShift = CreateShiftTable(ShortBlock);

    public static uint Compute(ReadOnlySpan<byte> data) => ~Update(uint.MaxValue, data);

    /// <summary>
    /// Whether the checksum field holds the CRC32c of the packet with that field taken as zero. The packet is not touched.
    /// </summary>
    public static bool VerifyPacket(ReadOnlySpan<byte> packet) =>
        packet.Length >= PacketHeader.Size
        && BinaryPrimitives.ReadUInt32LittleEndian(packet[ChecksumOffset..]) == ComputePacket(packet);

    public static void WritePacketChecksum(Span<byte> packet) =>
        BinaryPrimitives.WriteUInt32LittleEndian(packet[ChecksumOffset..], ComputePacket(packet));

    private static uint ComputePacket(ReadOnlySpan<byte> packet)
    {
        var crc = BitOperations.Crc32C(uint.MaxValue, BinaryPrimitives.ReadUInt64LittleEndian(packet));
        crc = BitOperations.Crc32C(crc, 0u);
        return ~Update(crc, packet[PacketHeader.Size..]);
    }

    private static uint Update(uint crc, ReadOnlySpan<byte> data)
    {
        while (data.Length >= 3 * LongBlock)
        {
            crc = UpdateThree(crc, data[..(3 * LongBlock)], _longShift);
            data = data[(3 * LongBlock)..];
        }

        while (data.Length >= 3 * ShortBlock)
        {
            crc = UpdateThree(crc, data[..(3 * ShortBlock)], _shortShift);
            data = data[(3 * ShortBlock)..];
        }

        foreach (var word in MemoryMarshal.Cast<byte, ulong>(data))
        {
            crc = BitOperations.Crc32C(crc, LittleEndian(word));
        }

        foreach (var b in data[(data.Length & ~7)..])
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }

    private static uint UpdateThree(uint crc, ReadOnlySpan<byte> data, uint[] shift)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(data);
        var block = words.Length / 3;
        var first = words[..block];
        var second = words.Slice(block, block);
        var third = words.Slice(2 * block, block);
        uint crc2 = 0, crc3 = 0;
        for (var i = 0; i < first.Length; i++)
        {
            crc = BitOperations.Crc32C(crc, LittleEndian(first[i]));
            crc2 = BitOperations.Crc32C(crc2, LittleEndian(second[i]));
            crc3 = BitOperations.Crc32C(crc3, LittleEndian(third[i]));
        }

        crc = Shift(crc, shift) ^ crc2;
        return Shift(crc, shift) ^ crc3;
    }

    /// <summary>The register as it would be after a block of zero bytes; linear over its four bytes.</summary>
    private static uint Shift(uint crc, uint[] table) =>
        table[crc & 0xFF] ^ table[256 + ((crc >> 8) & 0xFF)] ^ table[512 + ((crc >> 16) & 0xFF)] ^ table[768 + (crc >> 24)];

    private static uint[] CreateShiftTable(int length)
    {
        // The register is linear: the images of its 32 single bits give all others by XOR.
        Span<uint> bits = stackalloc uint[32];
        for (var bit = 0; bit < 32; bit++)
        {
            var crc = 1u << bit;
            for (var i = 0; i < length; i += sizeof(ulong))
            {
                crc = BitOperations.Crc32C(crc, 0ul);
            }

            bits[bit] = crc;
        }

        var table = new uint[4 * 256];
        for (var i = 0; i < table.Length; i++)
        {
            var firstBit = i / 256 * 8;
            for (var bit = 0; bit < 8; bit++)
            {
                if ((i & (1 << bit)) != 0)
                {
                    table[i] ^= bits[firstBit + bit];
                }
            }
        }

        return table;
    }

    private static ulong LittleEndian(ulong word) => BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
}
