using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kestrel.Sctp.Transport.Tests;

/// <summary>What Kestrel makes of URLs beside an endpoint in code, and of an SCTP endpoint beside URLs.</summary>
public class ServerAddressesTests
{
    [Fact]
    public async Task The_addresses_are_plain_URIs()
    {
        await using var app = await Host.StartEchoAsync();

        var address = Assert.Single(app.Urls);
        Assert.StartsWith("sctp+udp://127.0.0.1:", address, StringComparison.Ordinal);
        Assert.Contains(address, app.Urls);
        var copy = new string[1];
        app.Urls.CopyTo(copy, 0);
        Assert.Equal(address, copy[0]);
    }

    [Fact]
    public async Task The_host_says_that_it_listens_on_the_plain_URI()
    {
        using var log = new LogList();
        await using var app = await Host.StartEchoAsync(configure: b => b.Logging.AddProvider(log));

        Assert.Contains(log.Entries, e => e.Text.StartsWith("Now listening on: sctp+udp://127.0.0.1:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--urls", "http://127.0.0.1:18080", "options.Listen(IPAddress.Parse(\"127.0.0.1\"), 18080);")]
    [InlineData("--urls", "http://localhost:18080", "options.ListenLocalhost(18080);")]
    [InlineData("--urls", "https://*:18443", "options.ListenAnyIP(18443, l => l.UseHttps());")]
    [InlineData("--http_ports", "18080", "options.ListenAnyIP(18080);")]
    public async Task URLs_that_Kestrel_ignores_are_named_once_with_the_line_to_add(string name, string value, string line)
    {
        using var log = new LogList();
        var builder = WebApplication.CreateSlimBuilder([name, value]);
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.UseSctp();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenSctp(Host.AnyPort, l => l.UseConnectionHandler<EchoHandler>()));
        await using var app = builder.Build();
        await app.StartAsync();

        var entry = Assert.Single(log.Entries, e => e.Category == "Kestrel.Sctp.Transport");
        Assert.Equal(LogLevel.Warning, entry.Level);
        Assert.Contains(value.Replace("18080", ":18080", StringComparison.Ordinal).Replace("::", ":", StringComparison.Ordinal), entry.Text, StringComparison.Ordinal);
        Assert.Contains(line, entry.Text, StringComparison.Ordinal);
        Assert.Single(app.Urls);
        await app.AssertEchoesAsync();
    }

    [Fact]
    public async Task The_variable_of_container_images_is_named_too()
    {
        using var log = new LogList();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.UseSetting(WebHostDefaults.HttpPortsKey, "18080"); // where ASPNETCORE_HTTP_PORTS ends up
        builder.WebHost.UseSctp();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenSctp(Host.AnyPort, l => l.UseConnectionHandler<EchoHandler>()));
        await using var app = builder.Build();
        await app.StartAsync();

        Assert.Contains("options.ListenAnyIP(18080);", Assert.Single(log.Entries, e => e.Category == "Kestrel.Sctp.Transport").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_said_when_a_TCP_endpoint_stands_in_code()
    {
        using var log = new LogList();
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:18080"]);
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.UseSctp();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.ListenSctp(Host.AnyPort, l => l.UseConnectionHandler<EchoHandler>());
        });
        await using var app = builder.Build();
        await app.StartAsync();

        Assert.DoesNotContain(log.Entries, e => e.Category == "Kestrel.Sctp.Transport");
    }

    [Fact]
    public async Task Endpoints_of_the_configuration_are_served_beside()
    {
        using var log = new LogList();
        var builder = WebApplication.CreateBuilder(["--Kestrel:Endpoints:Web:Url", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.UseSctp();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenSctp(Host.AnyPort, l => l.UseConnectionHandler<EchoHandler>()));
        await using var app = builder.Build();
        app.Run(context => context.Response.WriteAsync("over TCP"));
        await app.StartAsync();

        using var http = new HttpClient();
        Assert.Equal("over TCP", await http.GetStringAsync(app.Urls.Single(a => a.StartsWith("http://", StringComparison.Ordinal))));
        await app.AssertEchoesAsync();
        Assert.DoesNotContain(log.Entries, e => e.Category == "Kestrel.Sctp.Transport");
    }

    [Fact]
    public async Task PreferHostingUrls_drops_the_SCTP_endpoint_and_that_is_said()
    {
        using var log = new LogList();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.UseSctp();
        builder.WebHost.PreferHostingUrls(true).UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenSctp("sctp+udp://127.0.0.1:7?udp=0"));
        await using var app = builder.Build();
        await app.StartAsync();

        Assert.StartsWith("http://127.0.0.1:", Assert.Single(app.Urls), StringComparison.Ordinal);
        var entry = Assert.Single(log.Entries, e => e.Category == "Kestrel.Sctp.Transport");
        Assert.Contains("sctp+udp://127.0.0.1:7?udp=0", entry.Text, StringComparison.Ordinal);
        Assert.Contains("PreferHostingUrls", entry.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HTTPS_redirection_does_not_take_the_SCTP_endpoint_for_its_port(bool webApplication)
    {
        // HTTP over TLS over SCTP: Kestrel's own form of this address reads as an HTTPS endpoint on port 443.
        using var certificate = Certificates.Create();
        void Kestrel(Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions kestrel)
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.ListenSctp(Host.AnyPort, l => l.UseHttps(certificate));
        }

        IHost host;
        if (webApplication)
        {
            var builder = WebApplication.CreateBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseSctp();
            builder.WebHost.ConfigureKestrel(Kestrel);
            var app = builder.Build();
            app.UseHttpsRedirection();
            app.Run(context => context.Response.WriteAsync("not redirected"));
            host = app;
        }
        else
        {
            host = new HostBuilder().ConfigureWebHost(web => web.UseSctp().UseKestrel().ConfigureKestrel(Kestrel).Configure(app =>
            {
                app.UseHttpsRedirection();
                app.Run(context => context.Response.WriteAsync("not redirected"));
            })).Build();
        }

        using (host)
        {
            await host.StartAsync();
            using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
            Assert.Equal("not redirected", await http.GetStringAsync(host.GetAddresses().Single(a => a.StartsWith("http://", StringComparison.Ordinal))));
            await host.StopAsync();
        }
    }

    [Fact]
    public async Task HTTPS_redirection_finds_the_TCP_port()
    {
        using var certificate = Certificates.Create();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSctp();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, l => l.UseHttps(certificate));
            kestrel.ListenSctp(Host.AnyPort, l => l.UseHttps(certificate));
        });
        await using var app = builder.Build();
        app.UseHttpsRedirection();
        await app.StartAsync();

        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var response = await http.GetAsync(app.Urls.Single(a => a.StartsWith("http://", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.TemporaryRedirect, response.StatusCode);
        var https = new Uri(app.Urls.Single(a => a.StartsWith("https://", StringComparison.Ordinal)));
        Assert.Equal(https.Port, response.Headers.Location!.Port);
    }
}
