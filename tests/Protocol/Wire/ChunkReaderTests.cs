using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Protocol.Tests.Wire;

public class ChunkReaderTests
{
    private const string Header = "138900070000000100000000";
    private const string CookieAck = "0B000004";

    private static List<string> Read(string chunks, out ChunkReaderEnd end)
    {
        var found = new List<string>();
        var reader = new ChunkReader(Convert.FromHexString(Header + chunks));
        while (reader.MoveNext())
        {
            found.Add(Convert.ToHexString(reader.Current.Whole));
        }

        end = reader.End;
        Assert.False(reader.MoveNext());
        Assert.Equal(end, reader.End);
        return found;
    }

    [Fact]
    public void A_chunk_has_type_flags_length_and_value()
    {
        var reader = new ChunkReader(Convert.FromHexString(Header + "0A07000611220000" + CookieAck));
        Assert.True(reader.MoveNext());
        Assert.Equal(ChunkType.CookieEcho, reader.Current.Type);
        Assert.Equal(7, reader.Current.Flags);
        Assert.Equal(6, reader.Current.Length);
        Assert.Equal([0x11, 0x22], reader.Current.Value.ToArray());
        Assert.True(reader.MoveNext());
        Assert.Equal(ChunkType.CookieAck, reader.Current.Type);
        Assert.True(reader.Current.Value.IsEmpty);
        Assert.False(reader.MoveNext());
        Assert.Equal(ChunkReaderEnd.Complete, reader.End);
    }

    [Theory]
    [Trait("Requirement", "R-03")]
    [InlineData("00", 0)]
    [InlineData("00", 1)]
    [InlineData("00", 3)]
    [InlineData("03", 2)]
    [InlineData("3F", 0)]
    [InlineData("7F", 0)]
    [InlineData("BE", 0)]
    [InlineData("FE", 3)]
    public void R_03_a_chunk_of_length_below_4_ends_parsing(string type, int length)
    {
        var bad = $"{type}00{length:X4}";
        Assert.Empty(Read(bad + CookieAck, out var end));
        Assert.Equal(ChunkReaderEnd.BadLength, end);
        Assert.Equal([CookieAck], Read(CookieAck + bad + CookieAck, out end));
        Assert.Equal(ChunkReaderEnd.BadLength, end);
    }

    [Theory]
    [Trait("Requirement", "R-04")]
    [InlineData(9)]
    [InlineData(12)]
    [InlineData(0xFFFF)]
    public void R_04_a_chunk_past_the_packet_is_dropped_and_those_before_it_stay(int length)
    {
        Assert.Equal([CookieAck], Read(CookieAck + $"0A00{length:X4}11223344", out var end));
        Assert.Equal(ChunkReaderEnd.Truncated, end);
    }

    [Fact]
    [Trait("Requirement", "R-05")]
    public void R_05_missing_padding_at_the_end_is_tolerated()
    {
        foreach (var padding in (string[])["", "00", "0000", "FFFF", "000000"])
        {
            Assert.Equal(["0A00000511"], Read("0A00000511" + padding, out var end));
            Assert.Equal(ChunkReaderEnd.Complete, end);
        }
    }

    [Fact]
    [Trait("Requirement", "R-05")]
    public void R_05_the_next_chunk_starts_at_a_multiple_of_4_whatever_the_padding_holds()
    {
        foreach (var (chunk, padding) in (ReadOnlySpan<(string, string)>)
            [("0A00000511", "ABCDEF"), ("0A0000061122", "0000"), ("0A000007112233", "FF"), ("0A00000811223344", "")])
        {
            Assert.Equal([chunk, CookieAck], Read(chunk + padding + CookieAck, out var end));
            Assert.Equal(ChunkReaderEnd.Complete, end);
        }
    }

    [Theory]
    [InlineData("0B")]
    [InlineData("0B00")]
    [InlineData("0B0000")]
    public void Fewer_bytes_than_a_chunk_header_at_the_end_are_ignored(string rest)
    {
        Assert.Equal([CookieAck], Read(CookieAck + rest, out var end));
        Assert.Equal(ChunkReaderEnd.Complete, end);
    }

    [Fact]
    public void A_packet_shorter_than_its_header_has_no_chunks()
    {
        for (var length = 0; length <= 12; length++)
        {
            Assert.False(new ChunkReader(new byte[length]).MoveNext());
        }
    }

    [Theory]
    [Trait("Requirement", "R-07")]
    [InlineData(0x3F, UnknownAction.Stop)]
    [InlineData(0x7F, UnknownAction.StopAndReport)]
    [InlineData(0xBE, UnknownAction.Skip)]
    [InlineData(0xFE, UnknownAction.SkipAndReport)]
    [InlineData((int)ChunkType.IData, UnknownAction.StopAndReport)]
    [InlineData((int)ChunkType.Pad, UnknownAction.Skip)]
    [InlineData((int)ChunkType.ForwardTsn, UnknownAction.SkipAndReport)]
    internal void R_07_the_two_high_bits_of_a_chunk_type_say_what_to_do(int type, UnknownAction action) =>
        Assert.Equal(action, ((ChunkType)type).UnknownAction());
}
