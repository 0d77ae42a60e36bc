using System.Reflection;
using Kestrel.Sctp.Protocol;

namespace Kestrel.Sctp.Sockets.Tests;

public class RandomnessTests
{
    /// <summary>Tags that can be guessed let strangers in (RFC 9260, 12.2.3): a seeded generator is for tests, and stays there.</summary>
    [Fact]
    [Trait("Requirement", "R-23")]
    public void R_23_the_product_has_one_source_of_randomness_and_it_takes_no_seed()
    {
        Assembly[] product = [typeof(RandomSource).Assembly, typeof(SctpStack).Assembly];
        var source = Assert.Single(product.SelectMany(assembly => assembly.GetTypes()), type => type.IsSubclassOf(typeof(RandomSource)));
        Assert.Same(source, RandomSource.System.GetType());
        Assert.Empty(Assert.Single(source.GetConstructors()).GetParameters());
        Assert.Empty(source.GetFields(BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public));
    }
}
