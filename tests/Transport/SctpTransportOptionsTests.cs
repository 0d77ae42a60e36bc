using Microsoft.Extensions.Options;

namespace Kestrel.Sctp.Transport.Tests;

public class SctpTransportOptionsTests
{
    [Fact]
    public void Defaults_are_valid()
    {
        var options = new SctpTransportOptions();

        options.Validate();
        Assert.Equal(512, options.Backlog);
        Assert.Null(options.MaxAssociations);
    }

    [Fact]
    public void A_value_out_of_its_bounds_is_refused_by_name()
    {
        AssertBroken(o => o.Backlog = 0, "Backlog");
        AssertBroken(o => o.MaxAssociations = 0, "MaxAssociations");
        AssertBroken(o => o.Sctp.MaxBurst = 0, "MaxBurst");
    }

    [Fact]
    public void A_broken_rule_of_one_endpoint_is_refused_before_it_is_bound()
    {
        var endPoint = SctpEndPoint.Parse("sctp+udp://127.0.0.1:7");
        AssertBroken(o => o.ConfigureEndpoint(endPoint, s => s.RtoMin = TimeSpan.FromSeconds(2)), endPoint.ToString());
    }

    private static void AssertBroken(Action<SctpTransportOptions> configure, string message)
    {
        var options = new SctpTransportOptions();
        configure(options);
        Assert.Contains(message, Assert.Throws<OptionsValidationException>(options.Validate).Message, StringComparison.Ordinal);
    }
}
