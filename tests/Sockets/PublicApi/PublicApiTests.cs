using Kestrel.Sctp.Tests;

namespace Kestrel.Sctp.Sockets.Tests;

public class PublicApiTests
{
    [Fact]
    [Trait("Category", "PublicApi")]
    public void The_public_API_is_the_approved_one() => PublicApiSnapshot.Check(typeof(SctpEndPoint).Assembly, "tests/Sockets/PublicApi");
}
