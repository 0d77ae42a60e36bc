using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Reflection;
using Kestrel.Sctp.Protocol;
using Kestrel.Sctp.UserSpace;
using Microsoft.Extensions.Options;

namespace Kestrel.Sctp.Sockets.Tests;

public class SctpOptionsTests
{
    [Fact]
    public void The_defaults_are_those_of_RFC_9260_section_16_and_valid()
    {
        var options = new SctpOptions();

        options.Validate();
        Assert.Equal(TimeSpan.FromSeconds(1), options.RtoInitial);
        Assert.Equal(TimeSpan.FromSeconds(1), options.RtoMin);
        Assert.Equal(TimeSpan.FromSeconds(60), options.RtoMax);
        Assert.Equal(8, options.MaxInitRetransmits);
        Assert.Equal(10, options.AssociationMaxRetransmits);
        Assert.Equal(5, options.PathMaxRetransmits);
        Assert.Equal(TimeSpan.FromSeconds(30), options.HeartbeatInterval);
        Assert.Equal(TimeSpan.FromMilliseconds(200), options.SackDelay);
        Assert.Equal(4, options.MaxBurst);
        Assert.Equal(TimeSpan.FromSeconds(60), options.CookieLifetime);
        Assert.Equal(TimeSpan.FromSeconds(300), options.ShutdownGuard);
    }

    [Fact]
    public void Derived_defaults_follow_until_they_are_set()
    {
        var options = new SctpOptions { RtoMax = TimeSpan.FromSeconds(2), SendBufferSize = 50_000 };
        Assert.Equal(TimeSpan.FromSeconds(10), options.ShutdownGuard);
        Assert.Equal(50_000, options.MaxMessageSize);

        options.ShutdownGuard = TimeSpan.FromSeconds(3);
        options.MaxMessageSize = 20_000;
        options.RtoMax = TimeSpan.FromSeconds(60);
        options.SendBufferSize = 60_000;
        Assert.Equal(TimeSpan.FromSeconds(3), options.ShutdownGuard);
        Assert.Equal(20_000, options.MaxMessageSize);
    }

    public static TheoryData<string, object> OutOfBounds => new()
    {
        { nameof(SctpOptions.RtoInitial), TimeSpan.Zero },
        { nameof(SctpOptions.RtoMin), TimeSpan.Zero },
        { nameof(SctpOptions.RtoMax), TimeSpan.FromHours(2) },
        { nameof(SctpOptions.MaxInitRetransmits), -1 },
        { nameof(SctpOptions.MaxInitTimeout), TimeSpan.Zero },
        { nameof(SctpOptions.AssociationMaxRetransmits), 256 },
        { nameof(SctpOptions.PathMaxRetransmits), -1 },
        { nameof(SctpOptions.PotentiallyFailedMaxRetransmits), 256 },
        { nameof(SctpOptions.HeartbeatInterval), TimeSpan.Zero },
        { nameof(SctpOptions.UdpHeartbeatInterval), TimeSpan.FromDays(2) },
        { nameof(SctpOptions.InitialPathMtu), 575 },
        { nameof(SctpOptions.MaxPeerAddresses), 65 },
        { nameof(SctpOptions.MaxConnectAddresses), 1025 },
        { nameof(SctpOptions.OutboundStreams), 0 },
        { nameof(SctpOptions.MaxInboundStreams), 65536 },
        { nameof(SctpOptions.MaxMessageSize), 0 },
        { nameof(SctpOptions.PipeMessageSize), 0 },
        { nameof(SctpOptions.ReceiveBufferSize), 4095 },
        { nameof(SctpOptions.MaxOutOfOrderChunks), 65536 },
        { nameof(SctpOptions.MaxPartialMessages), 0 },
        { nameof(SctpOptions.SendBufferSize), 4095 },
        { nameof(SctpOptions.SackDelay), TimeSpan.FromMilliseconds(501) },
        { nameof(SctpOptions.MaxBurst), 0 },
        { nameof(SctpOptions.CookieLifetime), TimeSpan.Zero },
        { nameof(SctpOptions.ConnectAttemptDelay), TimeSpan.FromSeconds(61) },
        { nameof(SctpOptions.CloseTimeout), TimeSpan.FromSeconds(-1) },
        { nameof(SctpOptions.ShutdownGuard), TimeSpan.Zero },
    };

    [Theory]
    [MemberData(nameof(OutOfBounds))]
    public void A_value_out_of_its_bounds_is_refused_by_name(string member, object value)
    {
        var options = new SctpOptions();
        typeof(SctpOptions).GetProperty(member)!.SetValue(options, value);

        var e = Assert.Throws<OptionsValidationException>(options.Validate);
        Assert.Contains(member, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R-101")]
    public void R_101_paths_over_UDP_are_asked_every_15_seconds_before_a_NAT_forgets_them()
    {
        var options = new SctpOptions();
        Assert.Equal(TimeSpan.FromSeconds(15), options.UdpHeartbeatInterval);
        Assert.Equal(15 * EngineTime.Second, options.ToAssociationOptions().HeartbeatInterval);
    }

    [Fact]
    [Trait("Requirement", "R-56")]
    public void R_56_no_SACK_can_be_delayed_by_more_than_500_ms()
    {
        AssertValid(o => o.SackDelay = TimeSpan.FromMilliseconds(500));
        AssertBroken(o => o.SackDelay = TimeSpan.FromMilliseconds(501), nameof(SctpOptions.SackDelay));
    }

    [Fact]
    public void Every_number_and_time_has_bounds()
    {
        var bounded = typeof(SctpOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.PropertyType == typeof(int) || p.PropertyType == typeof(TimeSpan) || p.PropertyType == typeof(TimeSpan?))
            .ToList();

        Assert.All(bounded, p => Assert.NotEmpty(p.GetCustomAttributes<ValidationAttribute>()));
        Assert.Equal(bounded.Select(p => p.Name).Order(), OutOfBounds.Select(row => row.Data.Item1).Order());
    }

    [Fact]
    [Trait("Requirement", "R-105")]
    public void R_105_a_switchover_before_the_path_has_potentially_failed_is_refused()
    {
        var options = new SctpOptions { PotentiallyFailedMaxRetransmits = 2, PrimarySwitchoverMaxRetransmits = 1 };
        Assert.Contains("PrimarySwitchoverMaxRetransmits (1)", Assert.Throws<OptionsValidationException>(options.Validate).Message, StringComparison.Ordinal);
        options.PrimarySwitchoverMaxRetransmits = 2;
        options.Validate();
        options.PrimarySwitchoverMaxRetransmits = null;
        options.Validate();
    }

    [Fact]
    public void The_retransmission_timeouts_must_be_in_order()
    {
        AssertBroken(o => o.RtoMin = TimeSpan.FromSeconds(2), "RtoInitial (00:00:01) must lie between RtoMin (00:00:02)");
        AssertBroken(o => o.RtoInitial = TimeSpan.FromSeconds(61), "RtoInitial (00:01:01)");
        AssertBroken(o => o.RtoMax = TimeSpan.FromMilliseconds(500), "RtoMin (00:00:01) must not exceed RtoMax");
        AssertValid(o => (o.RtoMin, o.RtoInitial, o.RtoMax) = (TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public void A_message_must_fit_the_send_buffer()
    {
        AssertBroken(o => o.MaxMessageSize = o.SendBufferSize + 1, "MaxMessageSize (1048577) must not exceed SendBufferSize (1048576)");
        AssertBroken(o => o.PipeMessageSize = o.MaxMessageSize + 1, "PipeMessageSize (1048577) must not exceed MaxMessageSize (1048576)");
        AssertValid(o => o.PipeMessageSize = o.MaxMessageSize);
    }

    [Theory]
    [InlineData("0.0.0.0", false)]
    [InlineData("::", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("ff02::1", false)]
    [InlineData("192.0.2.1", true)]
    [InlineData("2001:db8::1", true)]
    public void Advertised_addresses_are_unicast(string address, bool valid)
    {
        if (valid)
        {
            AssertValid(o => o.AdvertisedAddresses = [IPAddress.Parse(address)]);
        }
        else
        {
            AssertBroken(o => o.AdvertisedAddresses = [IPAddress.Loopback, IPAddress.Parse(address)], address);
        }
    }

    [Fact]
    public void A_copy_is_independent()
    {
        var addresses = new List<IPAddress> { IPAddress.Loopback };
        var options = new SctpOptions { AdvertisedAddresses = addresses, MaxBurst = 7 };

        var copy = options.Clone();
        options.MaxBurst = 8;
        addresses.Clear();

        Assert.Equal(7, copy.MaxBurst);
        Assert.Equal([IPAddress.Loopback], copy.AdvertisedAddresses!);
    }

    [Fact]
    public void Stack_options_are_valid_by_default_and_refused_out_of_bounds()
    {
        new SctpStackOptions().Validate();
        Assert.Contains("MaxAssociations", Assert.Throws<OptionsValidationException>(new SctpStackOptions { MaxAssociations = 0 }.Validate).Message, StringComparison.Ordinal);
        Assert.Contains("MaxAssociationsPerAddress", Assert.Throws<OptionsValidationException>(new SctpStackOptions { MaxAssociationsPerAddress = 0 }.Validate).Message, StringComparison.Ordinal);
        Assert.Contains("MaxHalfOpenAssociations", Assert.Throws<OptionsValidationException>(new SctpStackOptions { MaxHalfOpenAssociations = 0 }.Validate).Message, StringComparison.Ordinal);
        Assert.Contains("MaxSetupsPerSecondPerAddress", Assert.Throws<OptionsValidationException>(new SctpStackOptions { MaxSetupsPerSecondPerAddress = -1 }.Validate).Message, StringComparison.Ordinal);
        Assert.Contains("UdpReceiveBufferSize", Assert.Throws<OptionsValidationException>(new SctpStackOptions { UdpReceiveBufferSize = -1 }.Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_address_may_use_half_of_a_stack_unless_said_otherwise()
    {
        Assert.Equal(50_000, new SctpStackOptions().MaxAssociationsPerAddress);
        Assert.Equal(1, new SctpStackOptions { MaxAssociations = 1 }.MaxAssociationsPerAddress);
        Assert.Equal(7, new SctpStackOptions { MaxAssociationsPerAddress = 7 }.MaxAssociationsPerAddress);
    }

    [Fact]
    public void Stack_options_are_equal_by_value_and_print_what_they_are()
    {
        Assert.Equal(new SctpStackOptions(), new SctpStackOptions());
        Assert.NotEqual(new SctpStackOptions(), new SctpStackOptions { MaxAssociations = 5 });
        Assert.Contains("MaxAssociations = 5,", new SctpStackOptions { MaxAssociations = 5 }.ToString(), StringComparison.Ordinal);
    }

    private static void AssertValid(Action<SctpOptions> configure)
    {
        var options = new SctpOptions();
        configure(options);
        options.Validate();
    }

    private static void AssertBroken(Action<SctpOptions> configure, string message)
    {
        var options = new SctpOptions();
        configure(options);
        Assert.Contains(message, Assert.Throws<OptionsValidationException>(options.Validate).Message, StringComparison.Ordinal);
    }
}
