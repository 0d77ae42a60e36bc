using Kestrel.Sctp;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Adds SCTP to a web host.</summary>
public static class WebHostBuilderSctpExtensions
{
    /// <summary>
    /// Lets Kestrel listen on SCTP endpoints, beside those of TCP and others. May be called before or after UseKestrel; the endpoints
    /// themselves are added by <see cref="KestrelServerOptionsSctpExtensions">ListenSctp</see>.
    /// </summary>
    /// <param name="builder">The web host's builder.</param>
    /// <param name="configure">Sets the options of all SCTP endpoints; they are checked when the host starts.</param>
    /// <returns>The builder.</returns>
    public static IWebHostBuilder UseSctp(this IWebHostBuilder builder, Action<SctpTransportOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);

        // The sockets transport adds itself only where no transport is registered: it must come first, or TCP would be gone.
        builder.UseSockets();
        return builder.ConfigureServices(services =>
        {
            if (configure is not null)
            {
                services.Configure(configure);
            }

            services.AddOptions<SctpTransportOptions>().ValidateOnStart();
            services.AddOptions<SctpStackOptions>().ValidateOnStart();
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SctpTransportOptions>, SctpTransportOptionsValidator>());
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SctpStackOptions>, StackOptionsCheck>());
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectionListenerFactory, SctpTransportFactory>());
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, SctpServerCheck>());
            services.TryAddSingleton<SctpCodeEndPoints>();
            PlainServerAddresses.InstallWithServer(services);
        });
    }

    private sealed class StackOptionsCheck : IValidateOptions<SctpStackOptions>
    {
        public ValidateOptionsResult Validate(string? name, SctpStackOptions options)
        {
            try
            {
                options.Validate();
                return ValidateOptionsResult.Success;
            }
            catch (OptionsValidationException e)
            {
                return ValidateOptionsResult.Fail(e.Failures);
            }
        }
    }
}
