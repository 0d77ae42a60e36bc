using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kestrel.Sctp;

/// <summary>
/// After the start, says which endpoints Kestrel left out without an error: one endpoint in code makes it ignore the URLs of the
/// configuration, and PreferHostingUrls makes it ignore the endpoints in code.
/// </summary>
internal sealed partial class SctpServerCheck(
    IServiceProvider services, SctpCodeEndPoints codeEndPoints, ILoggerFactory loggerFactory) : IHostedLifecycleService
{
    private readonly ILogger _logger = loggerFactory.CreateLogger("Kestrel.Sctp.Transport");
    private PlainServerAddresses? _addresses;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _addresses = PlainServerAddresses.Install(services.GetService<IServer>());
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (_addresses is null)
        {
            return Task.CompletedTask;
        }

        var bound = _addresses.Select(a => (Address: a, IsSctp: PlainServerAddresses.TryGetSctp(a, out _))).ToList();
        if (_addresses.Requested.Count == 0 || bound.Count == 0)
        {
            return Task.CompletedTask;
        }

        if (bound.TrueForAll(b => b.IsSctp))
        {
            var urls = string.Join(", ", _addresses.Requested);
            LogUrlsIgnored(urls, string.Join(" ", _addresses.Requested.Select(ToCode)));
        }
        else if (codeEndPoints.EndPoints.Count > 0 && bound.TrueForAll(b => !b.IsSctp))
        {
            LogSctpIgnored(string.Join(", ", codeEndPoints.EndPoints), string.Join(" ", _addresses.Requested.Select(ToCode)));
        }

        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The line of code that listens on a URL.</summary>
    private static string ToCode(string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return $"/* {url} */";
        }

        var https = address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase) ? ", l => l.UseHttps()" : "";
        var call = address switch
        {
            { IsUnixPipe: true } => $"ListenUnixSocket(\"{address.UnixPipePath}\"",
            { IsNamedPipe: true } => $"ListenNamedPipe(\"{address.NamedPipeName}\"",
            _ when address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) =>
                string.Create(CultureInfo.InvariantCulture, $"ListenLocalhost({address.Port}"),
            _ when IPAddress.TryParse(address.Host, out var ip) && !ip.Equals(IPAddress.Any) && !ip.Equals(IPAddress.IPv6Any) =>
                string.Create(CultureInfo.InvariantCulture, $"Listen(IPAddress.Parse(\"{ip}\"), {address.Port}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"ListenAnyIP({address.Port}"),
        };
        return $"options.{call}{https});";
    }

    [LoggerMessage(10, LogLevel.Warning, "Kestrel ignores the URLs {Urls}, for it takes either URLs or endpoints in code, and ListenSctp is one in code. To listen on them too, add to ConfigureKestrel: {Code}", EventName = "UrlsIgnored")]
    private partial void LogUrlsIgnored(string urls, string code);

    [LoggerMessage(11, LogLevel.Warning, "Kestrel ignores the SCTP endpoints {EndPoints}, for PreferHostingUrls is set and there are URLs. To listen on both, unset it and add to ConfigureKestrel: {Code}", EventName = "SctpIgnored")]
    private partial void LogSctpIgnored(string endPoints, string code);
}

/// <summary>The endpoints that ListenSctp was called for.</summary>
internal sealed class SctpCodeEndPoints
{
    public List<SctpEndPoint> EndPoints { get; } = [];
}
