using Microsoft.Extensions.Options;

namespace Kestrel.Sctp;

internal static class OptionsRules
{
    /// <summary>Runs a validator outside of dependency injection, with the exception that would end a host's start.</summary>
    public static void ThrowIfInvalid<TOptions>(IValidateOptions<TOptions> validator, TOptions options)
        where TOptions : class
    {
        var result = validator.Validate(Options.DefaultName, options);
        if (result.Failed)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(TOptions), result.Failures);
        }
    }
}
