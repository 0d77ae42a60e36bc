using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Protocol.Tests.Wire;

public class ParameterTests
{
    private const string IPv4 = "00050008C0000201";

    private static List<string> Read(string parameters, out bool malformed)
    {
        var found = new List<string>();
        var reader = new ParameterReader(Convert.FromHexString(parameters));
        while (reader.MoveNext())
        {
            found.Add(Convert.ToHexString(reader.Current.Whole));
        }

        malformed = reader.Malformed;
        Assert.False(reader.MoveNext());
        Assert.Equal(malformed, reader.Malformed);
        return found;
    }

    private static Parameter Only(string bytes)
    {
        var reader = new ParameterReader(Convert.FromHexString(bytes));
        Assert.True(reader.MoveNext());
        return reader.Current;
    }

    [Fact]
    public void A_parameter_has_type_length_and_value()
    {
        var parameter = Only("8008" + "0007" + "C1800F" + "00");
        Assert.Equal(ParameterType.SupportedExtensions, parameter.Type);
        Assert.Equal(7, parameter.Length);
        Assert.Equal([0xC1, 0x80, 0x0F], parameter.Value.ToArray());
    }

    [Fact]
    public void No_parameters_are_no_error()
    {
        Assert.Empty(Read("", out var malformed));
        Assert.False(malformed);
    }

    [Theory]
    [Trait("Requirement", "R-10")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(0xFFFF)]
    public void R_10_a_length_below_4_or_past_the_chunk_ends_the_walk(int length)
    {
        Assert.Equal([IPv4], Read(IPv4 + $"0007{length:X4}11223344", out var malformed));
        Assert.True(malformed);
        Assert.Empty(Read($"0007{length:X4}11223344", out malformed));
        Assert.True(malformed);
    }

    [Theory]
    [Trait("Requirement", "R-10")]
    [InlineData("00")]
    [InlineData("0005")]
    [InlineData("000500")]
    public void R_10_bytes_that_are_no_parameter_end_the_walk(string rest)
    {
        Assert.Equal([IPv4], Read(IPv4 + rest, out var malformed));
        Assert.True(malformed);
    }

    [Theory]
    [Trait("Requirement", "R-05")]
    [InlineData("000C00060005", "")]
    [InlineData("000C00060005", "0000")]
    [InlineData("000C00060005", "FFFF")]
    [InlineData("8008000511", "000000")]
    [InlineData("80080007112233", "00")]
    public void R_05_final_padding_inside_the_chunk_length_is_tolerated(string parameter, string padding)
    {
        Assert.Equal([IPv4, parameter], Read(IPv4 + parameter + padding, out var malformed));
        Assert.False(malformed);
    }

    [Theory]
    [Trait("Requirement", "R-08")]
    [InlineData(0x0FFF, UnknownAction.Stop)]
    [InlineData(0x4000, UnknownAction.StopAndReport)]
    [InlineData(0x8FFF, UnknownAction.Skip)]
    [InlineData(0xC000, UnknownAction.SkipAndReport)]
    [InlineData(0xFFFF, UnknownAction.SkipAndReport)]
    internal void R_08_the_two_high_bits_of_a_parameter_type_say_what_to_do(int type, UnknownAction action) =>
        Assert.Equal(action, ((ParameterType)type).UnknownAction());

    [Fact]
    public void Addresses_are_read_with_their_right_length_only()
    {
        Assert.True(AddressParameters.TryRead(Only("00050008C0000201"), out var address));
        Assert.Equal("192.0.2.1", address.ToString());
        Assert.True(AddressParameters.TryRead(Only("0006001420010DB8000000000000000000000001"), out address));
        Assert.Equal("2001:db8::1", address.ToString());

        Assert.False(AddressParameters.TryRead(Only("00050007C00002"), out _));
        Assert.False(AddressParameters.TryRead(Only("0005000CC000020100000000"), out _));
        Assert.False(AddressParameters.TryRead(Only("00060008C0000201"), out _));
        Assert.False(AddressParameters.TryRead(Only("00050004"), out _));
        Assert.False(AddressParameters.TryRead(Only("00070008C0000201"), out _));
    }

    [Fact]
    public void An_IPv4_mapped_address_parameter_is_seen_as_such()
    {
        Assert.True(AddressParameters.TryRead(Only("0006001400000000000000000000FFFFC0000201"), out var address));
        Assert.True(address.IsIPv6);
        Assert.True(address.IsIPv4Mapped);
    }

    [Theory]
    [InlineData("000C00060005", true, false)]
    [InlineData("000C00060006", false, true)]
    [InlineData("000C000800050006", true, true)]
    [InlineData("000C000A000B00060005", true, true)]
    [InlineData("000C0006000B", false, false)]
    [InlineData("000C0007000500", true, false)]
    [InlineData("000C0004", false, false)]
    public void Supported_address_types(string bytes, bool hasIPv4, bool hasIPv6)
    {
        Assert.True(AddressParameters.TryReadSupportedTypes(Only(bytes), out var ipv4, out var ipv6));
        Assert.Equal((hasIPv4, hasIPv6), (ipv4, ipv6));
    }

    [Fact]
    public void A_cookie_preservative_has_4_bytes()
    {
        Assert.True(CookieParameters.TryReadPreservative(Only("0009000800000FA0"), out var increment));
        Assert.Equal(4000u, increment);
        Assert.False(CookieParameters.TryReadPreservative(Only("00090007000000"), out _));
        Assert.False(CookieParameters.TryReadPreservative(Only("0009000C0000000000000000"), out _));
        Assert.False(CookieParameters.TryReadPreservative(Only("0005000800000FA0"), out _));
    }

    [Fact]
    public void Parameters_write_as_they_should()
    {
        var writer = new PacketWriter(new byte[200]);
        writer.WriteHeader(new PacketHeader(1, 2, 3));
        writer.BeginChunk(ChunkType.InitAck, 0);
        AddressParameters.Write(ref writer, IPAddressValue.FromIPv4([192, 0, 2, 1]));
        AddressParameters.Write(ref writer, IPAddressValue.FromIPAddress(System.Net.IPAddress.Parse("2001:db8::1")));
        AddressParameters.WriteSupportedTypes(ref writer, ipv4: true, ipv6: true);
        AddressParameters.WriteSupportedTypes(ref writer, ipv4: false, ipv6: true);
        CookieParameters.WriteStateCookie(ref writer, [1, 2, 3]);
        CookieParameters.WritePreservative(ref writer, 4000);
        CookieParameters.WriteUnrecognized(ref writer, [0xC0, 0x77, 0, 5, 0xEE]);
        writer.EndChunk();

        Assert.Equal(
            "02000049" + "00050008C0000201" + "0006001420010DB8000000000000000000000001" + "000C000800050006" + "000C000600060000"
            + "0007000701020300" + "0009000800000FA0" + "00080009C0770005EE" + "000000",
            Convert.ToHexString(writer.Finish()[12..]));
    }
}
