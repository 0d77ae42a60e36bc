using Kestrel.Sctp;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Adds SCTP endpoints to Kestrel.</summary>
public static class KestrelServerOptionsSctpExtensions
{
    /// <summary>Listens on an SCTP endpoint.</summary>
    /// <remarks>As every endpoint in code, it makes Kestrel ignore <c>--urls</c>, <c>ASPNETCORE_URLS</c> and <c>ASPNETCORE_HTTP_PORTS</c>:
    /// list the TCP endpoints in code beside it.</remarks>
    /// <param name="options">Kestrel's options.</param>
    /// <param name="uri">The endpoint, as <see cref="SctpEndPoint.Parse(string)"/> reads it: <c>sctp+udp://0.0.0.0:7</c>.</param>
    /// <param name="configure">What runs on the endpoint's connections; without it, HTTP/1.1 (and HTTP/2 with UseHttps).</param>
    /// <param name="sctp">Sets the protocol's parameters of this endpoint alone.</param>
    /// <exception cref="FormatException"><paramref name="uri"/> is no SCTP endpoint.</exception>
    /// <exception cref="InvalidOperationException">UseSctp was not called.</exception>
    public static void ListenSctp(
        this KestrelServerOptions options, string uri, Action<ListenOptions>? configure = null, Action<SctpOptions>? sctp = null) =>
        options.ListenSctp(SctpEndPoint.Parse(uri), configure, sctp);

    /// <inheritdoc cref="ListenSctp(KestrelServerOptions, string, Action{ListenOptions}?, Action{SctpOptions}?)"/>
    /// <param name="options">Kestrel's options.</param>
    /// <param name="endPoint">The endpoint; its port and UDP port may be 0, to be chosen.</param>
    /// <param name="configure">What runs on the endpoint's connections; without it, HTTP/1.1 (and HTTP/2 with UseHttps).</param>
    /// <param name="sctp">Sets the protocol's parameters of this endpoint alone.</param>
    public static void ListenSctp(
        this KestrelServerOptions options, SctpEndPoint endPoint, Action<ListenOptions>? configure = null, Action<SctpOptions>? sctp = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(endPoint);
        if (options.ApplicationServices?.GetService<SctpCodeEndPoints>() is not { } endPoints)
        {
            throw new InvalidOperationException(
                $"ListenSctp({endPoint}) needs the SCTP transport: call UseSctp() on the web host builder (builder.WebHost.UseSctp()).");
        }

        if (sctp is not null)
        {
            options.ApplicationServices.GetRequiredService<IOptions<SctpTransportOptions>>().Value.ConfigureEndpoint(endPoint, sctp);
        }

        endPoints.EndPoints.Add(endPoint);
        options.Listen(endPoint, listen =>
        {
            listen.DisableAltSvcHeader = true;
            configure?.Invoke(listen);

            // HTTP/3 is QUIC's: with TLS, Kestrel would try to bind it here as well. Without TLS it is off, and setting Protocols warns.
            if (listen.ToString()!.StartsWith("https://", StringComparison.Ordinal))
            {
                listen.Protocols &= ~HttpProtocols.Http3;
            }
        });
    }
}
