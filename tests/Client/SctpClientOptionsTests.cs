using Microsoft.Extensions.Options;

namespace Kestrel.Sctp.Client.Tests;

public class SctpClientOptionsTests
{
    private static readonly SctpEndPoint _endPoint = SctpEndPoint.Parse("sctp+udp://127.0.0.1,127.0.0.2:7");

    [Fact]
    public void A_client_races_unless_told_otherwise()
    {
        var options = new SctpClientOptions();
        Assert.Equal(TimeSpan.FromMilliseconds(250), options.GetEndpointOptions(SctpEndPoint.Parse("sctp+udp://10.0.0.1:7")).ConnectAttemptDelay);
        options.ConnectAttemptDelay = TimeSpan.Zero;
        Assert.Equal(TimeSpan.Zero, options.Sctp.ConnectAttemptDelay);
        Assert.Equal(TimeSpan.Zero, new SctpOptions().ConnectAttemptDelay);
    }

    [Fact]
    public void An_endpoint_without_settings_of_its_own_has_those_of_all()
    {
        var options = new SctpClientOptions();
        options.Sctp.MaxBurst = 7;
        options.ConfigureEndpoint(_endPoint.OverUdp(1), s => s.MaxBurst = 8);

        Assert.Equal(7, options.GetEndpointOptions(_endPoint).MaxBurst);
    }

    [Fact]
    public void Settings_of_an_endpoint_begin_from_those_of_all_and_reach_it_alone()
    {
        var options = new SctpClientOptions();
        options.ConfigureEndpoint(_endPoint, s => s.MaxBurst++);
        options.ConfigureEndpoint(SctpEndPoint.Parse(_endPoint.ToString()), s => s.MaxBurst *= 10);
        options.Sctp.MaxBurst = 7;
        options.Sctp.NoDelay = false;

        var own = options.GetEndpointOptions(_endPoint);

        Assert.Equal((80, false), (own.MaxBurst, own.NoDelay));
        Assert.Equal(7, options.Sctp.MaxBurst);
    }

    [Fact]
    public void A_broken_rule_is_refused_by_name()
    {
        var options = new SctpClientOptions();
        options.ConfigureEndpoint(_endPoint, s => s.MaxBurst = 0);

        Assert.Contains("MaxBurst", Assert.Throws<OptionsValidationException>(() => options.GetEndpointOptions(_endPoint)).Message, StringComparison.Ordinal);
        Assert.Contains(_endPoint.ToString(), Assert.Throws<OptionsValidationException>(options.Validate).Message, StringComparison.Ordinal);
    }
}
