using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Kestrel.Sctp;

/// <summary>What the options of servers and of clients have in common: the protocol's parameters, for all endpoints and for one.</summary>
public abstract class SctpConnectionOptions : IValidatableObject
{
    private readonly List<(SctpEndPoint EndPoint, Action<SctpOptions> Configure)> _configurations = [];

    /// <summary>The protocol's parameters of every endpoint that has none of its own.</summary>
    public SctpOptions Sctp { get; } = new();

    /// <summary>
    /// Sets parameters for one endpoint, beginning from <see cref="Sctp"/>. Needed because a server binds, and a client connects, by
    /// an endpoint alone. Called again for an equal endpoint, the later call goes on from the result of the earlier.
    /// </summary>
    /// <param name="endPoint">The endpoint as it will be bound or connected: compared by value, host names before they are
    /// resolved.</param>
    /// <param name="configure">Run on a copy each time the endpoint is bound or connected.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public void ConfigureEndpoint(SctpEndPoint endPoint, Action<SctpOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(configure);
        _configurations.Add((endPoint, configure));
    }

    /// <summary>The parameters of one endpoint: a checked copy, which later changes don't reach.</summary>
    /// <param name="endPoint">The endpoint to be bound or connected.</param>
    /// <exception cref="OptionsValidationException">A rule is broken; the message names each of them.</exception>
    public SctpOptions GetEndpointOptions(SctpEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        var options = Configure(endPoint);
        options.Validate();
        return options;
    }

    // A host that validates on start learns of a broken rule before the first endpoint is bound.
    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext)
    {
        var validator = new SctpOptionsValidator();
        foreach (var failure in validator.Validate(nameof(Sctp), Sctp).Failures ?? [])
        {
            yield return new ValidationResult(failure, [nameof(Sctp)]);
        }

        foreach (var endPoint in _configurations.Select(c => c.EndPoint).Distinct())
        {
            foreach (var failure in validator.Validate(endPoint.ToString(), Configure(endPoint)).Failures ?? [])
            {
                yield return new ValidationResult($"{endPoint}: {failure}", [nameof(ConfigureEndpoint)]);
            }
        }
    }

    private SctpOptions Configure(SctpEndPoint endPoint)
    {
        var options = Sctp.Clone();
        foreach (var (configured, configure) in _configurations)
        {
            if (configured.Equals(endPoint))
            {
                configure(options);
            }
        }

        return options;
    }
}
