using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Protocol.Tests.Wire;

public class PacketHeaderTests
{
    private static readonly byte[] _packet = Convert.FromHexString("1389" + "0007" + "89ABCDEF" + "00000000" + "0B000004");

    [Fact]
    public void The_fields_stand_where_RFC_9260_3_1_has_them()
    {
        Assert.True(PacketHeader.TryRead(_packet, out var header));
        Assert.Equal(new PacketHeader(5001, 7, 0x89ABCDEF), header);

        var written = Enumerable.Repeat((byte)0xFF, 12).ToArray();
        header.Write(written);
        Assert.Equal(_packet[..12], written);
    }

    [Fact]
    [Trait("Requirement", "R-01")]
    public void R_01_a_packet_without_room_for_a_chunk_header_is_refused()
    {
        for (var length = 0; length < 16; length++)
        {
            Assert.False(PacketHeader.TryRead(_packet.AsSpan(0, length), out _));
        }
    }

    [Theory]
    [Trait("Requirement", "R-01")]
    [InlineData("0000" + "0007")]
    [InlineData("1389" + "0000")]
    [InlineData("0000" + "0000")]
    public void R_01_port_0_is_refused(string ports)
    {
        var packet = _packet.ToArray();
        Convert.FromHexString(ports).CopyTo(packet, 0);
        Assert.False(PacketHeader.TryRead(packet, out _));
    }
}
