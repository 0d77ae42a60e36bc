using CsCheck;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Protocol.Tests.Wire;

public class SerialNumberTests
{
    [Theory]
    [Trait("Requirement", "R-14")]
    [InlineData(0u, 1u)]
    [InlineData(0xFFFFFFFFu, 0u)]
    [InlineData(0xFFFFFFF0u, 0x0000000Fu)]
    [InlineData(5u, 0x80000004u)]
    [InlineData(0x80000000u, 0xFFFFFFFFu)]
    public void R_14_a_TSN_is_less_than_the_half_space_after_it(uint a, uint b)
    {
        Assert.True(SerialNumber.LessThan(a, b));
        Assert.True(SerialNumber.LessOrEqual(a, b));
        Assert.True(SerialNumber.GreaterThan(b, a));
        Assert.True(SerialNumber.GreaterOrEqual(b, a));
        Assert.False(SerialNumber.LessThan(b, a));
        Assert.False(SerialNumber.LessOrEqual(b, a));
        Assert.False(SerialNumber.GreaterThan(a, b));
        Assert.False(SerialNumber.GreaterOrEqual(a, b));
    }

    [Theory]
    [Trait("Requirement", "R-14")]
    [InlineData(0, 1)]
    [InlineData(0xFFFF, 0)]
    [InlineData(0xFFF0, 0x000F)]
    [InlineData(5, 0x8004)]
    public void R_14_an_SSN_is_less_than_the_half_space_after_it(int first, int second)
    {
        ushort a = (ushort)first, b = (ushort)second;
        Assert.True(SerialNumber.LessThan(a, b));
        Assert.True(SerialNumber.LessOrEqual(a, b));
        Assert.True(SerialNumber.GreaterThan(b, a));
        Assert.True(SerialNumber.GreaterOrEqual(b, a));
        Assert.False(SerialNumber.LessThan(b, a));
        Assert.False(SerialNumber.GreaterThan(a, b));
    }

    [Fact]
    [Trait("Requirement", "R-14")]
    public void R_14_of_two_numbers_half_the_space_apart_neither_is_less()
    {
        Assert.False(SerialNumber.LessThan(7u, 0x80000007u));
        Assert.False(SerialNumber.LessThan(0x80000007u, 7u));
        Assert.False(SerialNumber.LessThan((ushort)7, (ushort)0x8007));
        Assert.False(SerialNumber.LessThan((ushort)0x8007, (ushort)7));
    }

    [Fact]
    [Trait("Requirement", "R-14")]
    public void R_14_comparisons_agree_with_the_distance()
    {
        Gen.Select(Gen.UInt, Gen.Int[-0x7FFFFFFF, 0x7FFFFFFF]).Sample((a, distance) =>
        {
            var b = a + (uint)distance;
            return SerialNumber.Distance(a, b) == distance
                && SerialNumber.LessThan(a, b) == distance > 0
                && SerialNumber.LessOrEqual(a, b) == distance >= 0
                && SerialNumber.GreaterThan(a, b) == distance < 0
                && SerialNumber.GreaterOrEqual(a, b) == distance <= 0;
        }, iter: 10_000);
        Gen.Select(Gen.UShort, Gen.Int[-0x7FFF, 0x7FFF]).Sample((a, distance) =>
        {
            var b = (ushort)(a + distance);
            return SerialNumber.Distance(a, b) == distance
                && SerialNumber.LessThan(a, b) == distance > 0
                && SerialNumber.LessOrEqual(a, b) == distance >= 0
                && SerialNumber.GreaterThan(a, b) == distance < 0
                && SerialNumber.GreaterOrEqual(a, b) == distance <= 0;
        }, iter: 10_000);
    }
}
