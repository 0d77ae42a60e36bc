using System.Globalization;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>
/// Whatever the network and the users do, both ends deliver everything in order or both report failure, and the
/// same seed gives the same packets. A failure names its seed; KESTREL_SCTP_SEED runs that one alone, and
/// KESTREL_SCTP_SEEDS sets how many are run.
/// </summary>
public class SimulationTests
{
    private const int Blocks = 10;

    private static int Seeds => Setting("KESTREL_SCTP_SEEDS") ?? 300;

    [Theory]
    [Trait("Requirement", "R-127")]
    [Trait("Requirement", "R-81")]
    [Trait("Requirement", "R-82")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    public void R_127_everything_is_delivered_or_both_ends_know(int block)
    {
        if (Setting("KESTREL_SCTP_SEED") is { } only)
        {
            Run(only);
            return;
        }

        for (var seed = block; seed < Seeds; seed += Blocks)
        {
            Run(seed);
        }
    }

    [Fact]
    [Trait("Requirement", "R-126")]
    public void R_126_the_same_seed_gives_the_same_packets()
    {
        for (var seed = 1_000_000; seed < 1_000_020; seed++)
        {
            var first = Run(seed).Network.Sent;
            var second = Run(seed).Network.Sent;
            Assert.Equal(first.Count, second.Count);
            for (var i = 0; i < first.Count; i++)
            {
                Assert.True(IsSame(first[i], second[i]), $"seed {seed}: packet {i} differs");
            }
        }
    }

    private static bool IsSame(Datagram a, Datagram b) => a with { Packet = b.Packet } == b && a.Packet.AsSpan().SequenceEqual(b.Packet);

    private static SimulationRun Run(int seed)
    {
        var simulation = new SimulationRun(seed);
        try
        {
            simulation.Run();
        }
        catch (Exception e)
        {
            Assert.Fail($"seed {seed} ({simulation.Ending}), alone by KESTREL_SCTP_SEED={seed}: {simulation.Describe()}: {e}\n{Trace(simulation)}");
        }

        return simulation;
    }

    // The whole of it for one seed run alone, else the end.
    private static string Trace(SimulationRun simulation) => string.Join(
        '\n', simulation.Network.Sent.TakeLast(Setting("KESTREL_SCTP_SEED") is null ? 20 : int.MaxValue).Select(PacketTrace.Of));

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
