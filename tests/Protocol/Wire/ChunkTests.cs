using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Wire;

/// <summary>Each chunk of RFC 9260, 3.3: its bytes written out, and the lengths that are refused.</summary>
public class ChunkTests
{
    private delegate void WriteChunk(ref PacketWriter w);

    private static string Written(WriteChunk write)
    {
        // What was in the buffer before must not show.
        var buffer = Enumerable.Repeat((byte)0xEE, 400).ToArray();
        var writer = new PacketWriter(buffer);
        writer.WriteHeader(new PacketHeader(5001, 7, 0x89ABCDEF));
        write(ref writer);
        return Convert.ToHexString(writer.Finish()[12..]);
    }

    private static Chunk Bytes(string hex) => new(Convert.FromHexString(hex));

    /// <summary>A chunk of the type and length, filled with zeros.</summary>
    private static Chunk Zeros(ChunkType type, int length)
    {
        var bytes = new byte[length];
        bytes[0] = (byte)type;
        bytes[2] = (byte)(length >> 8);
        bytes[3] = (byte)length;
        return new Chunk(bytes);
    }

    [Fact]
    public void Data()
    {
        var bytes = Written((ref w) =>
        {
            var payload = DataChunk.Write(
                ref w, ChunkFlags.DataBegin | ChunkFlags.DataEnd | ChunkFlags.DataImmediate, 0x01020304, 0x0506, 0x0708, 46, 5);
            "hello"u8.CopyTo(payload);
        });
        Assert.Equal("000B0015" + "01020304" + "05060708" + "0000002E" + "68656C6C6F" + "000000", bytes);

        Assert.True(DataChunk.TryRead(Bytes(bytes[..42]), out var data));
        Assert.Equal(0x01020304u, data.Tsn);
        Assert.Equal(0x0506, data.StreamId);
        Assert.Equal(0x0708, data.StreamSequence);
        Assert.Equal(46u, data.PayloadProtocolId);
        Assert.Equal("hello"u8.ToArray(), data.Payload.ToArray());
        Assert.Equal((true, true, false, true), (data.IsBegin, data.IsEnd, data.IsUnordered, data.IsImmediate));
    }

    [Theory]
    [InlineData(0x00, false, false, false, false)]
    [InlineData(0x01, false, true, false, false)]
    [InlineData(0x02, true, false, false, false)]
    [InlineData(0x04, false, false, true, false)]
    [InlineData(0x08, false, false, false, true)]
    [InlineData(0xF0, false, false, false, false)]
    public void Data_flags(int flags, bool begin, bool end, bool unordered, bool immediate)
    {
        Assert.True(DataChunk.TryRead(Bytes($"00{flags:X2}0011" + "000000000000000000000000" + "AA"), out var data));
        Assert.Equal((begin, end, unordered, immediate), (data.IsBegin, data.IsEnd, data.IsUnordered, data.IsImmediate));
    }

    [Fact]
    [Trait("Requirement", "R-06")]
    public void R_06_DATA_needs_16_bytes()
    {
        for (var length = 4; length < 16; length++)
        {
            Assert.False(DataChunk.TryRead(Zeros(ChunkType.Data, length), out _));
        }

        Assert.True(DataChunk.TryRead(Zeros(ChunkType.Data, 16), out var empty));
        Assert.True(empty.Payload.IsEmpty);
    }

    [Fact]
    [Trait("Requirement", "R-05")]
    public void R_05_the_length_of_DATA_delimits_its_payload()
    {
        var reader = new ChunkReader(Convert.FromHexString("138900070000000100000000" + "00030012" + "000000010000000000000000" + "AABBCCDD"));
        Assert.True(reader.MoveNext());
        Assert.True(DataChunk.TryRead(reader.Current, out var data));
        Assert.Equal([0xAA, 0xBB], data.Payload.ToArray());

        Assert.True(DataChunk.TryRead(Bytes("00030014" + "000000010000000000000000" + "AABB0000"), out data));
        Assert.Equal([0xAA, 0xBB, 0, 0], data.Payload.ToArray());
    }

    [Theory]
    [InlineData((int)ChunkType.Init)]
    [InlineData((int)ChunkType.InitAck)]
    public void Init_and_InitAck(int type)
    {
        var bytes = Written((ref w) =>
        {
            w.BeginChunk((ChunkType)type, 0);
            InitChunk.WriteFixed(ref w, 0xCB7C7119, 131072, 10, 2048, 0xE51131B2);
            AddressParameters.Write(ref w, IPAddressValue.FromIPv4([192, 0, 2, 2]));
            AddressParameters.WriteSupportedTypes(ref w, ipv4: true, ipv6: false);
            w.EndChunk();
        });
        Assert.Equal(
            $"0{type}000022" + "CB7C7119" + "00020000" + "000A" + "0800" + "E51131B2" + "00050008C0000202" + "000C00060005" + "0000",
            bytes);

        Assert.True(InitChunk.TryRead(Bytes(bytes[..68]), out var init));
        Assert.Equal(0xCB7C7119u, init.InitiateTag);
        Assert.Equal(131072u, init.AdvertisedReceiverWindow);
        Assert.Equal(10, init.OutboundStreams);
        Assert.Equal(2048, init.InboundStreams);
        Assert.Equal(0xE51131B2u, init.InitialTsn);
        Assert.Equal("00050008C0000202000C00060005", Convert.ToHexString(init.Parameters));
    }

    [Fact]
    [Trait("Requirement", "R-06")]
    public void R_06_INIT_needs_20_bytes()
    {
        for (var length = 4; length < 20; length++)
        {
            Assert.False(InitChunk.TryRead(Zeros(ChunkType.Init, length), out _));
            Assert.False(InitChunk.TryRead(Zeros(ChunkType.InitAck, length), out _));
        }

        Assert.True(InitChunk.TryRead(Zeros(ChunkType.Init, 20), out var init));
        Assert.True(init.Parameters.IsEmpty);
    }

    [Fact]
    [Trait("Requirement", "R-05")]
    public void R_05_INIT_whose_length_includes_the_last_padding_reads_the_same()
    {
        const string Fixed = "0000000100020000000A000A00000001";
        Assert.True(InitChunk.TryRead(Bytes("0100001A" + Fixed + "000C00060005"), out var without));
        Assert.True(InitChunk.TryRead(Bytes("0100001C" + Fixed + "000C000600050000"), out var with));
        foreach (var parameters in (ReadOnlySpan<byte[]>)[without.Parameters.ToArray(), with.Parameters.ToArray()])
        {
            var reader = new ParameterReader(parameters);
            Assert.True(reader.MoveNext());
            Assert.Equal("000C00060005", Convert.ToHexString(reader.Current.Whole));
            Assert.False(reader.MoveNext());
            Assert.False(reader.Malformed);
        }
    }

    [Fact]
    public void Sack()
    {
        var bytes = Written((ref w) => SackChunk.Write(ref w, 0xFFFFFFF0, 65536, [new(2, 3), new(5, 0xFFFF)], [7, 0xFFFFFFFF, 9]));
        Assert.Equal(
            "03000024" + "FFFFFFF0" + "00010000" + "0002" + "0003" + "00020003" + "0005FFFF" + "00000007" + "FFFFFFFF" + "00000009", bytes);

        Assert.True(SackChunk.TryRead(Bytes(bytes), out var sack));
        Assert.Equal(0xFFFFFFF0, sack.CumulativeTsn);
        Assert.Equal(65536u, sack.AdvertisedReceiverWindow);
        Assert.Equal(2, sack.GapBlockCount);
        Assert.Equal(new GapBlock(2, 3), sack.GapBlock(0));
        Assert.Equal(new GapBlock(5, 0xFFFF), sack.GapBlock(1));
        Assert.Equal(3, sack.DuplicateCount);
        Assert.Equal((7u, 0xFFFFFFFF, 9u), (sack.Duplicate(0), sack.Duplicate(1), sack.Duplicate(2)));
        Assert.Equal(SackChunk.SizeOf(2, 3), bytes.Length / 2);
    }

    [Theory]
    [Trait("Requirement", "R-06")]
    [InlineData(16, 0, 0, true)]
    [InlineData(15, 0, 0, false)]
    [InlineData(19, 1, 0, false)]
    [InlineData(20, 1, 0, true)]
    [InlineData(20, 0, 1, true)]
    [InlineData(20, 1, 1, false)]
    [InlineData(24, 1, 1, true)]
    [InlineData(28, 1, 1, true)]
    [InlineData(28, 0xFFFF, 0xFFFF, false)]
    [InlineData(65532, 0x3FFB, 0, true)]
    [InlineData(65532, 0x3FFC, 0, false)]
    [InlineData(65532, 0, 0xFFFF, false)]
    public void R_06_the_counts_of_a_SACK_are_checked_against_its_length(int length, int gaps, int duplicates, bool valid)
    {
        var bytes = Zeros(ChunkType.Sack, length).Whole.ToArray();
        if (length >= 16)
        {
            (bytes[12], bytes[13]) = ((byte)(gaps >> 8), (byte)gaps);
            (bytes[14], bytes[15]) = ((byte)(duplicates >> 8), (byte)duplicates);
        }

        Assert.Equal(valid, SackChunk.TryRead(new Chunk(bytes), out var sack));
        if (valid)
        {
            PacketText.Of(new Chunk(bytes));
            Assert.Equal((gaps, duplicates), (sack.GapBlockCount, sack.DuplicateCount));
        }
    }

    [Fact]
    public void A_gap_block_beyond_the_count_is_not_read_from_what_follows()
    {
        var bytes = Convert.FromHexString("03000018" + "00000001" + "00010000" + "0001" + "0001" + "00020003" + "00000007");
        Assert.Throws<ArgumentOutOfRangeException>(() => { SackChunk.TryRead(new Chunk(bytes), out var sack); sack.GapBlock(1); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { SackChunk.TryRead(new Chunk(bytes), out var sack); sack.Duplicate(1); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { SackChunk.TryRead(new Chunk(bytes), out var sack); sack.Duplicate(-1); });
    }

    [Fact]
    public void Heartbeat_and_its_ack()
    {
        var bytes = Written((ref w) => HeartbeatChunk.Write(ref w, ChunkType.Heartbeat, [1, 2, 3, 4, 5]));
        Assert.Equal("0400000D" + "00010009" + "0102030405" + "000000", bytes);

        Assert.True(HeartbeatChunk.TryRead(Bytes(bytes[..26]), out var heartbeat));
        Assert.Equal([1, 2, 3, 4, 5], heartbeat.Info.ToArray());
        Assert.Equal("000100090102030405", Convert.ToHexString(heartbeat.InfoParameter));

        var parameter = heartbeat.InfoParameter.ToArray();
        Assert.Equal("0500000D" + "00010009" + "0102030405" + "000000", Written((ref w) => HeartbeatChunk.WriteAck(ref w, parameter)));
        Assert.True(HeartbeatChunk.TryRead(Bytes("0500000D" + "00010009" + "0102030405"), out var ack));
        Assert.Equal(heartbeat.Info, ack.Info);
    }

    [Theory]
    [Trait("Requirement", "R-06")]
    [InlineData("04000004")]
    [InlineData("0400000600 01")]
    [InlineData("04000008 00010000")]
    [InlineData("04000008 00010003")]
    [InlineData("04000008 00010005")]
    [InlineData("0400000C 00010009 01020304")]
    [InlineData("0400000C 00020008 01020304")]
    [InlineData("04000010 00010008 01020304 00000000")]
    [InlineData("04000010 00010008 01020304 00010004")]
    [InlineData("0400000E 00010008 01020304 0000")]
    public void R_06_a_HEARTBEAT_holds_one_info_parameter_that_fills_it(string hex) =>
        Assert.False(HeartbeatChunk.TryRead(Bytes(hex.Replace(" ", "", StringComparison.Ordinal)), out _));

    [Fact]
    [Trait("Requirement", "R-05")]
    public void R_05_HEARTBEAT_whose_length_includes_the_padding_reads_the_same()
    {
        Assert.True(HeartbeatChunk.TryRead(Bytes("04000010" + "00010009" + "0102030405" + "000000"), out var heartbeat));
        Assert.Equal("000100090102030405", Convert.ToHexString(heartbeat.InfoParameter));
    }

    [Fact]
    [Trait("Requirement", "R-05")]
    public void R_05_ERROR_whose_length_includes_the_last_padding_reads_the_same()
    {
        Assert.True(ErrorChunk.TryRead(Bytes("09000009" + "000D000501"), out var without));
        Assert.True(ErrorChunk.TryRead(Bytes("0900000C" + "000D000501" + "000000"), out var with));
        Assert.True(without.HasWellFormedCauses);
        Assert.True(with.HasWellFormedCauses);
        foreach (var causes in (ReadOnlySpan<byte[]>)[without.Causes.ToArray(), with.Causes.ToArray()])
        {
            var reader = new CauseReader(causes);
            Assert.True(reader.MoveNext());
            Assert.Equal("000D000501", Convert.ToHexString(reader.Current.Whole));
            Assert.False(reader.MoveNext());
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Abort(bool reflected)
    {
        var bytes = Written((ref w) =>
        {
            AbortChunk.Begin(ref w, reflected);
            Causes.WriteUserInitiatedAbort(ref w, "bye"u8);
            w.EndChunk();
        });
        Assert.Equal((reflected ? "0601" : "0600") + "000B" + "000C0007627965" + "00", bytes);
        Assert.True(AbortChunk.TryRead(Bytes(bytes[..22]), out var abort));
        Assert.Equal(reflected, abort.TagReflected);
        Assert.True(abort.HasWellFormedCauses);
        Assert.Equal("000C0007627965", Convert.ToHexString(abort.Causes));

        Assert.True(AbortChunk.TryRead(Bytes("06000004"), out abort));
        Assert.True(abort.Causes.IsEmpty);
        Assert.True(abort.HasWellFormedCauses);
    }

    [Fact]
    public void Error()
    {
        var bytes = Written((ref w) =>
        {
            ErrorChunk.Begin(ref w);
            Causes.WriteProtocolViolation(ref w, [1]);
            Causes.WriteInvalidStreamIdentifier(ref w, 3);
            w.EndChunk();
        });
        Assert.Equal("09000014" + "000D000501000000" + "0001000800030000", bytes);
    }

    [Fact]
    public void Shutdown()
    {
        Assert.Equal("07000008FFFFFFF0", Written((ref w) => ShutdownChunk.Write(ref w, 0xFFFFFFF0)));
        Assert.True(ShutdownChunk.TryRead(Bytes("07000008FFFFFFF0"), out var shutdown));
        Assert.Equal(0xFFFFFFF0, shutdown.CumulativeTsn);
    }

    [Theory]
    [Trait("Requirement", "R-06")]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(12)]
    public void R_06_SHUTDOWN_has_8_bytes(int length) => Assert.False(ShutdownChunk.TryRead(Zeros(ChunkType.Shutdown, length), out _));

    [Fact]
    public void Cookie_echo()
    {
        Assert.Equal("0A00000701020300", Written((ref w) => CookieEchoChunk.Write(ref w, [1, 2, 3])));
        Assert.True(CookieEchoChunk.TryRead(Bytes("0A000007010203"), out var echo));
        Assert.Equal([1, 2, 3], echo.Cookie.ToArray());
    }

    [Fact]
    public void Chunks_that_are_a_header_only()
    {
        Assert.Equal("0B000004", Written(EmptyChunks.WriteCookieAck));
        Assert.Equal("08000004", Written(EmptyChunks.WriteShutdownAck));
        Assert.Equal("0E000004", Written((ref w) => EmptyChunks.WriteShutdownComplete(ref w, tagReflected: false)));
        Assert.Equal("0E010004", Written((ref w) => EmptyChunks.WriteShutdownComplete(ref w, tagReflected: true)));
    }

    [Fact]
    public void A_view_takes_its_own_chunk_type_only()
    {
        for (var type = 0; type <= 255; type++)
        {
            var bytes = Convert.FromHexString($"{type:X2}00001C" + "00010018" + new string('0', 40));
            var views = 0;
            var t = (ChunkType)type;
            Assert.Equal(t == ChunkType.Data, Count(DataChunk.TryRead(new Chunk(bytes), out _)));
            Assert.Equal(t is ChunkType.Init or ChunkType.InitAck, Count(InitChunk.TryRead(new Chunk(bytes), out _)));
            Assert.Equal(t == ChunkType.Sack, Count(SackChunk.TryRead(new Chunk(bytes), out _)));
            Assert.Equal(t is ChunkType.Heartbeat or ChunkType.HeartbeatAck, Count(HeartbeatChunk.TryRead(new Chunk(bytes), out _)));
            Assert.Equal(t == ChunkType.Abort, Count(AbortChunk.TryRead(new Chunk(bytes), out _)));
            Assert.Equal(t == ChunkType.Error, Count(ErrorChunk.TryRead(new Chunk(bytes), out _)));
            Assert.Equal(t == ChunkType.CookieEcho, Count(CookieEchoChunk.TryRead(new Chunk(bytes), out _)));
            Assert.False(t != ChunkType.Shutdown && ShutdownChunk.TryRead(new Chunk(bytes.AsSpan(0, 8)), out _));
            Assert.InRange(views, 0, 1);

            bool Count(bool isRead)
            {
                views += isRead ? 1 : 0;
                return isRead;
            }
        }
    }
}
