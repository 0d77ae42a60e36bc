using Kestrel.Sctp.Attacks.Attacks;
using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks;

internal static class AllAttacks
{
    public static IReadOnlyList<Attack> List { get; } =
    [
        new InitFlood(),
        new SpoofedInitFlood(),
        new CookieReplay(),
        new OutOfTheBlueStorm(),
        new HalfOpen(),
        new Vanished(),
        new SlowReaders(),
        new TinyChunks(),
        new HeartbeatBundles(),
        new SackAbuse(),
        new ShutdownAbuse(),
        new UnknownParameters(),
        new AddressLists(),
        new RestartAbuse(),
        new Churn(),
        new Malformed(),
    ];
}
