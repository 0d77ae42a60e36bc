using Microsoft.Extensions.Options;

#pragma warning disable SYSLIB1212 // The base class checks its Sctp member, together with what each endpoint sets of its own.

namespace Kestrel.Sctp;

/// <summary>How a client connects to SCTP endpoints. Limits of the whole process are in <see cref="SctpStackOptions"/>.</summary>
public sealed class SctpClientOptions : SctpConnectionOptions
{
    /// <summary>Checks the parameters of all endpoints.</summary>
    /// <exception cref="OptionsValidationException">A rule is broken; the message names each of them.</exception>
    public void Validate()
    {
        var result = new SctpClientOptionsValidator().Validate(Options.DefaultName, this);
        if (result.Failed)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(SctpClientOptions), result.Failures);
        }
    }
}

[OptionsValidator]
internal sealed partial class SctpClientOptionsValidator : IValidateOptions<SctpClientOptions>;
