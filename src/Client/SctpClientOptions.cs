using Microsoft.Extensions.Options;

#pragma warning disable SYSLIB1212 // The base class checks its Sctp member, together with what each endpoint sets of its own.

namespace Kestrel.Sctp;

/// <summary>How a client connects to SCTP endpoints. Limits of the whole process are in <see cref="SctpStackOptions"/>.</summary>
public sealed class SctpClientOptions : SctpConnectionOptions
{
    /// <summary>Options with their defaults.</summary>
    public SctpClientOptions() => ConnectAttemptDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the INIT to one of an endpoint's addresses may stay unanswered before the next address gets it too, so that a
    /// dead address costs a client this long and not a retransmission time-out. Default: 250 ms; 0 to 60 s. 0 is the strict order of
    /// sctp_connectx(3). The same value as <see cref="SctpOptions.ConnectAttemptDelay"/> of <see cref="SctpConnectionOptions.Sctp"/>.</summary>
    public TimeSpan ConnectAttemptDelay
    {
        get => Sctp.ConnectAttemptDelay;
        set => Sctp.ConnectAttemptDelay = value;
    }

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
