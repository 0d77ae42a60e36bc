using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kestrel.Sctp.Transport.Tests;

/// <summary>SCTP beside TCP, with every kind of builder and in either order of UseSctp and UseKestrel.</summary>
public class HostingTests
{
    [Fact]
    public Task CreateBuilder() => ServesBothAsync(WebApplication.CreateBuilder(), b => b.WebHost.UseSctp());

    [Fact]
    public Task CreateBuilder_UseSctp_before_UseKestrel() => ServesBothAsync(WebApplication.CreateBuilder(), b => b.WebHost.UseSctp().UseKestrel());

    [Fact]
    public Task CreateBuilder_UseSctp_after_UseKestrel() => ServesBothAsync(WebApplication.CreateBuilder(), b => b.WebHost.UseKestrel().UseSctp());

    [Fact]
    public Task CreateSlimBuilder() => ServesBothAsync(WebApplication.CreateSlimBuilder(), b => b.WebHost.UseSctp());

    [Fact]
    public Task CreateEmptyBuilder_UseSctp_after_UseKestrelCore() =>
        ServesBothAsync(WebApplication.CreateEmptyBuilder(new WebApplicationOptions()), b => b.WebHost.UseKestrelCore().UseSctp());

    [Fact]
    public Task CreateEmptyBuilder_UseSctp_before_UseKestrelCore() =>
        ServesBothAsync(WebApplication.CreateEmptyBuilder(new WebApplicationOptions()), b => b.WebHost.UseSctp().UseKestrelCore());

    [Fact]
    public Task UseSctp_twice() => ServesBothAsync(WebApplication.CreateSlimBuilder(), b => b.WebHost.UseSctp().UseSctp());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HostBuilder_ConfigureWebHost(bool sctpFirst)
    {
        using var host = new HostBuilder().ConfigureWebHost(web =>
        {
            _ = sctpFirst ? web.UseSctp().UseKestrel() : web.UseKestrel().UseSctp();
            web.ConfigureKestrel(Listen);
            web.Configure(app => app.Run(context => context.Response.WriteAsync("over TCP")));
        }).Build();
        await host.StartAsync();

        await AssertServesBothAsync(host);
        await host.StopAsync();
    }

    [Fact]
    public void ListenSctp_without_UseSctp_says_what_to_call()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenSctp(Host.AnyPort));

        var error = Assert.Throws<InvalidOperationException>(builder.Build);
        Assert.Contains("UseSctp()", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_options_stop_the_host_before_it_listens()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSctp(o => o.Sctp.RtoMin = TimeSpan.FromSeconds(99));
        await using var app = builder.Build();

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync());
        Assert.Contains("RtoMin", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_stack_options_stop_the_host()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSctp();
        builder.Services.Configure<SctpStackOptions>(o => o.MaxAssociations = -1);
        await using var app = builder.Build();

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync());
        Assert.Contains("MaxAssociations", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_of_one_endpoint_reach_its_associations_alone()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSctp(o => o.Sctp.MaxInboundStreams = 20);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenSctp("sctp+udp://127.0.0.1:1001?udp=0", l => l.UseConnectionHandler<EchoHandler>(), o => o.MaxInboundStreams = 5);
            kestrel.ListenSctp("sctp+udp://127.0.0.1:1002?udp=0", l => l.UseConnectionHandler<EchoHandler>());
        });
        await using var app = builder.Build();
        await app.StartAsync();

        var options = new SctpClientOptions();
        options.Sctp.OutboundStreams = 100;
        await using var factory = new SctpConnectionFactory(options);
        var streams = new List<int>();
        foreach (var address in app.Urls.Select(SctpEndPoint.Parse).OrderBy(e => e.Port))
        {
            await using var connection = await factory.ConnectAsync(address);
            streams.Add(connection.Features.Get<ISctpAssociationFeature>()!.OutboundStreams);
        }

        Assert.Equal([5, 20], streams);
    }

    [Fact]
    public async Task An_endpoint_in_use_is_Kestrels_clear_message()
    {
        await using var first = await Host.StartEchoAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSctp();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenSctp(first.GetSctp()));
        await using var second = builder.Build();

        var error = await Assert.ThrowsAsync<IOException>(() => second.StartAsync());
        Assert.IsType<AddressInUseException>(error.InnerException);
        Assert.Contains("in use", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_name_to_listen_on_is_resolved()
    {
        await using var app = await Host.StartEchoAsync(configure: builder =>
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenSctp("sctp+udp://localhost:77?udp=0", l => l.UseConnectionHandler<EchoHandler>())));

        var local = app.Urls.Select(SctpEndPoint.Parse).Single(e => e.Port == 77);
        Assert.Contains(IPAddress.Loopback, local.Addresses);
    }

    [Fact]
    public async Task Kestrels_count_of_active_connections_returns_to_zero()
    {
        await using var app = await Host.StartEchoAsync();
        var active = 0L;
        var seen = 0;
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "kestrel.active_connections" && instrument.Meter.Scope == app.Services.GetRequiredService<IMeterFactory>())
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meters.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            Interlocked.Add(ref active, value);
            Interlocked.Increment(ref seen);
        });
        meters.Start();

        for (var i = 0; i < 3; i++)
        {
            await app.AssertEchoesAsync();
        }

        await app.StopAsync();
        Assert.Equal(6, seen);
        Assert.Equal(0, active);
    }

    private static void Listen(KestrelServerOptions kestrel)
    {
        kestrel.Listen(IPAddress.Loopback, 0);
        kestrel.ListenSctp(Host.AnyPort, l => l.UseConnectionHandler<EchoHandler>());
    }

    private static async Task ServesBothAsync(WebApplicationBuilder builder, Action<WebApplicationBuilder> use)
    {
        builder.Logging.ClearProviders();
        use(builder);
        builder.WebHost.ConfigureKestrel(Listen);
        await using var app = builder.Build();
        app.Run(context => context.Response.WriteAsync("over TCP"));
        await app.StartAsync();

        await AssertServesBothAsync(app);
    }

    private static async Task AssertServesBothAsync(IHost host)
    {
        Assert.Equal(2, host.GetAddresses().Count());
        using var http = new HttpClient();
        Assert.Equal("over TCP", await http.GetStringAsync(host.GetAddresses().Single(a => a.StartsWith("http://127.0.0.1", StringComparison.Ordinal))));
        await host.AssertEchoesAsync();
    }
}
