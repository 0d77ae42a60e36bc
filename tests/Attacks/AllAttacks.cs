using Kestrel.Sctp.Attacks.Attacks;
using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks;

internal static class AllAttacks
{
    public static IReadOnlyList<Attack> List { get; } =
    [
        new InitFlood(),
        new SpoofedInitFlood(),
        new OutOfTheBlueStorm(),
    ];
}
