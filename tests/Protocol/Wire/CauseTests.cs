using System.Text;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Wire;

public class CauseTests
{
    private delegate void WriteCause(ref PacketWriter w);

    private static string Written(WriteCause write, int capacity = 200)
    {
        var writer = new PacketWriter(new byte[capacity]);
        writer.WriteHeader(new PacketHeader(1, 2, 3));
        ErrorChunk.Begin(ref writer);
        write(ref writer);
        writer.EndChunk();
        var reader = new ChunkReader(writer.Finish());
        Assert.True(reader.MoveNext());
        Assert.True(ErrorChunk.TryRead(reader.Current, out var error));
        Assert.True(error.HasWellFormedCauses);
        return Convert.ToHexString(error.Causes);
    }

    private static ErrorCause Only(string bytes)
    {
        var reader = new CauseReader(Convert.FromHexString(bytes));
        Assert.True(reader.MoveNext());
        return reader.Current;
    }

    private static bool IsAbortWellFormed(string causes)
    {
        var chunk = new Chunk(Convert.FromHexString($"0600{4 + causes.Length / 2:X4}" + causes));
        Assert.True(AbortChunk.TryRead(chunk, out var abort));
        return abort.HasWellFormedCauses;
    }

    [Fact]
    public void Invalid_stream_identifier()
    {
        Assert.Equal("0001000812340000", Written((ref w) => Causes.WriteInvalidStreamIdentifier(ref w, 0x1234)));
        Assert.True(Causes.TryReadInvalidStreamIdentifier(Only("000100081234FFFF"), out var streamId));
        Assert.Equal(0x1234, streamId);
        Assert.False(Causes.TryReadInvalidStreamIdentifier(Only("000100061234"), out _));
        Assert.False(Causes.TryReadInvalidStreamIdentifier(Only("0002000812340000"), out _));
    }

    [Fact]
    public void Missing_mandatory_parameter()
    {
        Assert.Equal("0002000A000000010007", Written((ref w) => Causes.WriteMissingMandatoryParameter(ref w, ParameterType.StateCookie)));
        Assert.Equal(
            "0002000C0000000200070005",
            Written((ref w) => Causes.WriteMissingMandatoryParameter(ref w, ParameterType.StateCookie, ParameterType.IPv4Address)));

        var cause = Only("0002000C0000000200070005");
        Assert.True(Causes.TryReadMissingMandatoryParameter(cause, out var count));
        Assert.Equal(2, count);
        Assert.Equal(ParameterType.StateCookie, Causes.MissingParameter(cause, 0));
        Assert.Equal(ParameterType.IPv4Address, Causes.MissingParameter(cause, 1));
    }

    [Theory]
    [InlineData("00020006FFFF")]
    [InlineData("0002000800000001")]
    [InlineData("0002000C0000000300070005")]
    [InlineData("0002000C8000000200070005")]
    [InlineData("0002000CFFFFFFFF00070005")]
    public void A_count_of_missing_parameters_that_lies_is_refused(string bytes) =>
        Assert.False(Causes.TryReadMissingMandatoryParameter(Only(bytes), out _));

    [Fact]
    public void Stale_cookie()
    {
        Assert.Equal("00030008000F4240", Written((ref w) => Causes.WriteStaleCookie(ref w, 1_000_000)));
        Assert.True(Causes.TryReadStaleCookie(Only("00030008000F4240"), out var staleness));
        Assert.Equal(1_000_000u, staleness);
        Assert.False(Causes.TryReadStaleCookie(Only("00030007000F42"), out _));
        Assert.False(Causes.TryReadStaleCookie(Only("00090008000F4240"), out _));
    }

    [Fact]
    public void No_user_data()
    {
        Assert.Equal("0009000889ABCDEF", Written((ref w) => Causes.WriteNoUserData(ref w, 0x89ABCDEF)));
        Assert.True(Causes.TryReadNoUserData(Only("0009000889ABCDEF"), out var tsn));
        Assert.Equal(0x89ABCDEF, tsn);
        Assert.False(Causes.TryReadNoUserData(Only("00090004"), out _));
    }

    [Fact]
    public void Causes_without_information()
    {
        Assert.Equal("00040004", Written(Causes.WriteOutOfResource));
        Assert.Equal("00070004", Written(Causes.WriteInvalidMandatoryParameter));
        Assert.Equal("000A0004", Written(Causes.WriteCookieReceivedWhileShuttingDown));
        Assert.Equal("000D0004", Written((ref w) => Causes.WriteProtocolViolation(ref w)));
    }

    [Fact]
    public void Causes_that_hold_what_they_complain_of()
    {
        Assert.Equal("00050009000B000541", Written((ref w) => Causes.WriteUnresolvableAddress(ref w, [0, 11, 0, 5, 0x41])));
        Assert.Equal("0006000CFE00000577000000", Written((ref w) => Causes.WriteUnrecognizedChunkType(ref w, [0xFE, 0, 0, 5, 0x77])));
        Assert.Equal("00080008C0770004", Written((ref w) => Causes.WriteUnrecognizedParameters(ref w, [0xC0, 0x77, 0, 4])));
        Assert.Equal("000C00070A0B0C", Written((ref w) => Causes.WriteUserInitiatedAbort(ref w, [10, 11, 12])));
        Assert.Equal("000D00066869", Written((ref w) => Causes.WriteProtocolViolation(ref w, "hi"u8)));
    }

    [Fact]
    public void Several_unrecognized_parameters_are_padded_between_but_not_behind()
    {
        var causes = Written((ref w) =>
        {
            w.BeginCause(CauseCode.UnrecognizedParameters);
            w.WriteElement([0xC0, 0x77, 0, 5, 1]);
            w.WriteElement([0xC0, 0x78, 0, 6, 2, 3]);
            w.EndCause();
            Causes.WriteOutOfResource(ref w);
        });
        Assert.Equal("00080012" + "C077000501000000" + "C07800060203" + "0000" + "00040004", causes);
    }

    [Fact]
    [Trait("Requirement", "R-07")]
    public void R_07_a_reported_chunk_is_cut_to_the_room_there_is()
    {
        var chunk = new byte[1000];
        chunk[0] = 0xFE;
        var causes = Written((ref w) => Causes.WriteUnrecognizedChunkType(ref w, chunk), capacity: 102);
        Assert.StartsWith("00060054FE", causes, StringComparison.Ordinal);
        Assert.Equal(0x54, causes.Length / 2);
    }

    [Fact]
    public void Restart_lists_the_new_addresses()
    {
        var v4 = IPAddressValue.FromIPv4([192, 0, 2, 1]);
        var v6 = IPAddressValue.FromIPAddress(System.Net.IPAddress.Parse("2001:db8::1"));
        var causes = Written((ref w) => Causes.WriteRestartWithNewAddresses(ref w, [v4, v6]));
        Assert.Equal("000B0020" + "00050008C0000201" + "0006001420010DB8000000000000000000000001", causes);

        var parameters = new ParameterReader(Only(causes).Value);
        Assert.True(parameters.MoveNext());
        Assert.True(AddressParameters.TryRead(parameters.Current, out var first));
        Assert.True(parameters.MoveNext());
        Assert.True(AddressParameters.TryRead(parameters.Current, out var second));
        Assert.False(parameters.MoveNext());
        Assert.False(parameters.Malformed);
        Assert.Equal([v4, v6], [first, second]);
    }

    [Theory]
    [Trait("Requirement", "R-112")]
    [InlineData("")]
    [InlineData("00040004")]
    [InlineData("FFFF0008DEADBEEF")]
    [InlineData("000C000501")]
    [InlineData("000C000501000000")]
    [InlineData("000C000501FFFFFF00040004")]
    public void R_112_causes_that_fill_the_ABORT_are_well_formed_whatever_their_code(string causes) =>
        Assert.True(IsAbortWellFormed(causes));

    [Theory]
    [Trait("Requirement", "R-112")]
    [InlineData("00")]
    [InlineData("000400")]
    [InlineData("00040000")]
    [InlineData("00040003")]
    [InlineData("00040005")]
    [InlineData("0004FFFF")]
    [InlineData("0004000400")]
    [InlineData("000400040000")]
    [InlineData("00040004000000")]
    [InlineData("000C0005010000")]
    [InlineData("000400040004000311")]
    public void R_112_causes_that_do_not_fill_the_ABORT_are_a_format_error(string causes) =>
        Assert.False(IsAbortWellFormed(causes));

    [Fact]
    public void A_walk_gives_each_cause()
    {
        var text = new StringBuilder();
        PacketText.AppendCauses(text, Convert.FromHexString("00010008000700000004000400030008000000FF"));
        Assert.Equal(" [InvalidStreamIdentifier 8 sid=7] [OutOfResource 4 ] [StaleCookie 8 255 us]", text.ToString());
    }
}
