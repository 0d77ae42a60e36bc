namespace Kestrel.Sctp.Protocol.Tests.Engine;

// What is true of TSNs that begin at 1,000 or at a random number is true across their wrap-around (RFC 9260, 1.6): these
// are all the tests of their base classes once more, with the TSNs of both ends beginning two below 0.

[Trait("Requirement", "R-14")]
public sealed class SackNearWrapTests : SackTests
{
    private protected override bool IsNearWrap => true;
}

[Trait("Requirement", "R-14")]
public sealed class SackProcessingNearWrapTests : SackProcessingTests
{
    private protected override bool IsNearWrap => true;
}

[Trait("Requirement", "R-14")]
public sealed class LossNearWrapTests : LossTests
{
    private protected override bool IsNearWrap => true;
}

[Trait("Requirement", "R-14")]
public sealed class ReassemblyNearWrapTests : ReassemblyTests
{
    private protected override bool IsNearWrap => true;
}

[Trait("Requirement", "R-14")]
public sealed class ShutdownNearWrapTests : ShutdownTests
{
    private protected override bool IsNearWrap => true;
}

[Trait("Requirement", "R-14")]
public sealed class HeartbeatNearWrapTests : HeartbeatTests
{
    private protected override bool IsNearWrap => true;
}

[Trait("Requirement", "R-14")]
public sealed class FlightNearWrapTests : FlightTests
{
    private protected override bool IsNearWrap => true;
}

[Trait("Requirement", "R-14")]
public sealed class BundlingNearWrapTests : BundlingTests
{
    private protected override bool IsNearWrap => true;
}

[Trait("Requirement", "R-14")]
public sealed class FragmentationNearWrapTests : FragmentationTests
{
    private protected override bool IsNearWrap => true;
}
