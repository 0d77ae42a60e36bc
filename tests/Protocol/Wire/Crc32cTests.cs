using System.Buffers.Binary;
using System.Text;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Protocol.Tests.Wire;

public class Crc32cTests
{
    [Theory]
    [Trait("Requirement", "R-02")]
    [InlineData("", 0x00000000u)]
    [InlineData("a", 0xC1D04330u)]
    [InlineData("123456789", 0xE3069283u)]
    public void R_02_known_answers(string text, uint expected) => Assert.Equal(expected, Crc32c.Compute(Encoding.ASCII.GetBytes(text)));

    // RFC 3720 (iSCSI), B.4, which uses the same CRC.
    [Fact]
    [Trait("Requirement", "R-02")]
    public void R_02_known_answers_of_32_bytes()
    {
        Assert.Equal(0x8A9136AAu, Crc32c.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32c.Compute(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32c.Compute(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
    }

    [Fact]
    [Trait("Requirement", "R-02")]
    public void R_02_every_length_agrees_with_the_bit_by_bit_definition()
    {
        var data = new byte[4000];
        new Random(9260).NextBytes(data);
        var register = uint.MaxValue;
        for (var length = 0; length < data.Length; length++)
        {
            Assert.Equal(~register, Crc32c.Compute(data.AsSpan(0, length)));
            register ^= data[length];
            for (var bit = 0; bit < 8; bit++)
            {
                register = (register >> 1) ^ ((register & 1) != 0 ? 0x82F63B78 : 0);
            }
        }
    }

    [Fact]
    [Trait("Requirement", "R-02")]
    public void R_02_unaligned_data_gives_the_same()
    {
        var data = new byte[2000];
        new Random(1).NextBytes(data);
        var expected = Crc32c.Compute(data);
        var buffer = new byte[2016];
        for (var offset = 0; offset < 16; offset++)
        {
            data.CopyTo(buffer, offset);
            Assert.Equal(expected, Crc32c.Compute(buffer.AsSpan(offset, data.Length)));
        }
    }

    // RFC 9653, figure 1: an INIT whose CRC32c happens to be 0.
    [Fact]
    [Trait("Requirement", "R-02")]
    public void R_02_a_right_checksum_may_be_zero()
    {
        var packet = Convert.FromHexString("1389138900000000000000000100" + "0014FCB75CCA000005DC0001000100000000");
        Assert.Equal(32, packet.Length);
        Assert.Equal(0u, Crc32c.Compute(packet));
        Assert.True(Crc32c.VerifyPacket(packet));
        packet[^1] = 1;
        Assert.False(Crc32c.VerifyPacket(packet));
    }

    [Fact]
    [Trait("Requirement", "R-02")]
    public void R_02_the_checksum_is_stored_least_significant_byte_first()
    {
        var packet = new byte[40];
        new Random(3).NextBytes(packet);
        packet.AsSpan(8, 4).Clear();
        var crc = Crc32c.Compute(packet);

        packet.AsSpan(8, 4).Fill(0xAA);
        Crc32c.WritePacketChecksum(packet);

        Assert.Equal([(byte)crc, (byte)(crc >> 8), (byte)(crc >> 16), (byte)(crc >> 24)], packet[8..12]);
        Assert.True(Crc32c.VerifyPacket(packet));
        packet.AsSpan(8, 4).Reverse();
        Assert.False(Crc32c.VerifyPacket(packet));
    }

    // The checksum of RFC 2960, before RFC 3309.
    [Fact]
    [Trait("Requirement", "R-02")]
    public void R_02_an_Adler_32_is_no_checksum()
    {
        foreach (var packet in CapturedPacket.WithChecksum)
        {
            var bytes = packet.Bytes.ToArray();
            bytes.AsSpan(8, 4).Clear();
            uint a = 1, b = 0;
            foreach (var value in bytes)
            {
                a = (a + value) % 65521;
                b = (b + a) % 65521;
            }

            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(8), (b << 16) | a);
            Assert.False(Crc32c.VerifyPacket(bytes));
        }
    }

    [Fact]
    [Trait("Requirement", "R-02")]
    public void R_02_less_than_a_header_has_no_right_checksum()
    {
        for (var length = 0; length < PacketHeader.Size; length++)
        {
            Assert.False(Crc32c.VerifyPacket(new byte[length]));
        }
    }
}
