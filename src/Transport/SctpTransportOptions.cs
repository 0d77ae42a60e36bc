using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

#pragma warning disable SYSLIB1212 // The base class checks its Sctp member, together with what each endpoint sets of its own.

namespace Kestrel.Sctp;

/// <summary>How a server listens on SCTP endpoints. Limits of the whole process are in <see cref="SctpStackOptions"/>.</summary>
public sealed class SctpTransportOptions : SctpConnectionOptions
{
    /// <summary>How many associations of one endpoint may be up and not yet accepted; at the limit an INIT is answered with an ABORT.
    /// Default: 512; 1 to 65,535 (the backlog of listen(2)).</summary>
    [Range(1, 65535)]
    public int Backlog { get; set; } = 512;

    /// <summary>How many connections one endpoint has at once; one more is aborted as soon as its association is up. Default: null, no
    /// limit but <see cref="SctpStackOptions.MaxAssociations"/>, at which an INIT is refused.</summary>
    [Range(1, 10_000_000)]
    public int? MaxAssociations { get; set; }

    /// <summary>Checks each value, the parameters of all endpoints among them.</summary>
    /// <exception cref="OptionsValidationException">A rule is broken; the message names each of them.</exception>
    public void Validate()
    {
        var result = new SctpTransportOptionsValidator().Validate(Options.DefaultName, this);
        if (result.Failed)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(SctpTransportOptions), result.Failures);
        }
    }
}

[OptionsValidator]
internal sealed partial class SctpTransportOptionsValidator : IValidateOptions<SctpTransportOptions>;
