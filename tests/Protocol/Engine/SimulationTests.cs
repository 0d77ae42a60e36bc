using Kestrel.Sctp.Simulation.Drawing;
using Kestrel.Sctp.Simulation.Runs;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>
/// Whatever the network and the users do, both ends deliver everything in order or both report failure, and the
/// same seed gives the same packets. A few hundred seeds of the many that tests/Simulation runs by its command.
/// </summary>
public class SimulationTests
{
    private const int Seeds = 300;
    private const int Blocks = 10;

    [Theory]
    [Trait("Requirement", "R-127")]
    [Trait("Requirement", "R-81")]
    [Trait("Requirement", "R-82")]
    [Trait("Requirement", "R-88")]
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
        for (var seed = 1 + block; seed <= Seeds; seed += Blocks)
        {
            var outcome = Runner.Run(PlanDrawer.Draw(seed));
            Assert.True(
                outcome.Failure is null,
                $"seed {seed}, alone by `dotnet run -c Release --project tests/Simulation -- --seeds {seed}..{seed} --trace`: {outcome.Failure?.Message}");
        }
    }

    [Fact]
    [Trait("Requirement", "R-126")]
    public void R_126_the_same_seed_gives_the_same_packets()
    {
        for (var seed = 1_000_000; seed < 1_000_040; seed++)
        {
            Assert.Equal(Runner.Run(PlanDrawer.Draw(seed)).Digest, Runner.Run(PlanDrawer.Draw(seed)).Digest);
        }
    }
}
