namespace Kestrel.Sctp.Interop.Tests.Harness;

/// <summary>
/// What the machine must have for a test. On a developer's machine a missing piece skips the test and says what to install;
/// where CI=true it fails, for there nothing may be skipped in silence.
/// </summary>
internal static class Prerequisites
{
    private static readonly bool _mustHave =
        string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    public static void Require(bool met, string otherwise)
    {
        if (met)
        {
            return;
        }

        if (_mustHave)
        {
            Assert.Fail(otherwise);
        }

        Assert.Skip(otherwise);
    }
}
