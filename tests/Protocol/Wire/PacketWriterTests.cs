using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Wire;

public class PacketWriterTests
{
    private static PacketWriter Started(int capacity)
    {
        var writer = new PacketWriter(new byte[capacity]);
        writer.WriteHeader(new PacketHeader(5001, 7, 1));
        return writer;
    }

    [Fact]
    public void Finish_gives_the_packet_with_its_checksum()
    {
        var writer = Started(100);
        EmptyChunks.WriteCookieAck(ref writer);
        var packet = writer.Finish();
        Assert.Equal(16, packet.Length);
        Assert.True(Crc32c.VerifyPacket(packet));
        Assert.Equal("1389000700000001", Convert.ToHexString(packet[..8]));
    }

    [Fact]
    public void Length_and_remaining_follow_what_is_written()
    {
        var writer = Started(101);
        Assert.Equal((12, 88), (writer.Length, writer.Remaining));
        writer.BeginChunk(ChunkType.CookieEcho, 0);
        Assert.Equal((16, 84), (writer.Length, writer.Remaining));
        writer.WriteBytes([1]);
        Assert.Equal((17, 80), (writer.Length, writer.Remaining));
        writer.EndChunk();
        Assert.Equal((20, 80), (writer.Length, writer.Remaining));
    }

    [Fact]
    public void What_remains_can_be_filled_to_the_last_byte()
    {
        for (var capacity = 32; capacity < 40; capacity++)
        {
            var writer = Started(capacity);
            DataChunk.Write(ref writer, 0, 1, 2, 3, 4, writer.Remaining - DataChunk.HeaderSize);
            Assert.Equal(0, writer.Remaining);
            Assert.Equal(capacity & ~3, writer.Finish().Length);
        }
    }

    [Fact]
    public void The_writers_of_integers_write_network_order()
    {
        var writer = Started(100);
        writer.BeginChunk(ChunkType.CookieEcho, 0);
        writer.WriteUInt16(0x0102);
        writer.WriteUInt32(0x03040506);
        writer.WriteUInt64(0x0708090A0B0C0D0E);
        writer.EndChunk();
        Assert.Equal("0A0000120102030405060708090A0B0C0D0E0000", Convert.ToHexString(writer.Finish()[12..]));
    }

    [Fact]
    public void Rewind_drops_a_half_written_chunk()
    {
        var writer = Started(100);
        EmptyChunks.WriteCookieAck(ref writer);
        var length = writer.Length;
        writer.BeginChunk(ChunkType.Error, 0);
        writer.BeginCause(CauseCode.ProtocolViolation);
        writer.WriteBytes([1, 2, 3]);
        writer.Rewind(length);
        ShutdownChunk.Write(ref writer, 9);
        Assert.Equal("0B000004" + "0700000800000009", Convert.ToHexString(writer.Finish()[12..]));
    }

    [Fact]
    public void Rewind_drops_a_parameter_and_leaves_its_chunk_open()
    {
        var writer = Started(100);
        writer.BeginChunk(ChunkType.InitAck, 0);
        CookieParameters.WriteStateCookie(ref writer, [1]);
        var length = writer.Length;
        writer.BeginParameter(ParameterType.UnrecognizedParameter);
        writer.WriteBytes([1, 2, 3]);
        writer.Rewind(length);
        writer.EndChunk();
        Assert.Equal("02000009" + "0007000501000000", Convert.ToHexString(writer.Finish()[12..]));
    }

    [Fact]
    public void Writing_past_the_buffer_throws()
    {
        Assert.ThrowsAny<ArgumentException>(() => Started(11));
        Assert.ThrowsAny<ArgumentException>(() =>
        {
            var writer = Started(20);
            writer.BeginChunk(ChunkType.Data, 0);
            writer.WriteUInt64(0);
        });
        Assert.ThrowsAny<ArgumentException>(() =>
        {
            var writer = Started(20);
            writer.Rewind(13);
        });
        Assert.Throws<OverflowException>(() =>
        {
            var writer = Started(70_000);
            CookieEchoChunk.Write(ref writer, new byte[65532]);
        });
    }

    [Fact]
    public void What_makes_no_packet_throws()
    {
        Assert.Throws<InvalidOperationException>(() => Started(100).WriteHeader(default));
        Assert.Throws<InvalidOperationException>(() => Started(100).BeginParameter(ParameterType.StateCookie));
        Assert.Throws<InvalidOperationException>(() => Started(100).EndChunk());
        Assert.Throws<InvalidOperationException>(() => Started(100).EndCause());
        Assert.Throws<InvalidOperationException>(() => new PacketWriter(new byte[100]).Finish());
        Assert.Throws<InvalidOperationException>(() =>
        {
            var writer = Started(100);
            writer.BeginChunk(ChunkType.Init, 0);
            writer.BeginParameter(ParameterType.StateCookie);
            writer.EndChunk();
        });
        Assert.Throws<InvalidOperationException>(() =>
        {
            var writer = Started(100);
            writer.BeginChunk(ChunkType.Init, 0);
            writer.Finish();
        });
    }
}
