using Kestrel.Sctp;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds SCTP clients to dependency injection.</summary>
public static class SctpClientServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="SctpConnectionFactory"/>, one for the application, which is also its <see cref="IConnectionFactory"/> unless it has
    /// one. The provider disposes it, asynchronously.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options; they are checked when the host starts, or else at the first use.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddSctpClient(this IServiceCollection services, Action<SctpClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.AddOptions<SctpClientOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SctpClientOptions>, SctpClientOptionsValidator>());
        services.TryAddSingleton(static provider => new SctpConnectionFactory(
            provider.GetRequiredService<IOptions<SctpClientOptions>>(),
            provider.GetService<ILoggerFactory>(),
            provider.GetRequiredService<IOptions<SctpStackOptions>>()));
        services.TryAddSingleton<IConnectionFactory>(static provider => provider.GetRequiredService<SctpConnectionFactory>());
        return services;
    }
}
