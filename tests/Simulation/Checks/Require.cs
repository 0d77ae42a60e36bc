using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Kestrel.Sctp.Simulation;

/// <summary>A rule did not hold. Failures of the same rule are of the same kind.</summary>
internal sealed class BrokenRuleException(string rule, string message) : Exception($"{rule}: {message}")
{
    /// <summary>A requirement's number, or a word for what the applications saw.</summary>
    public string Rule => rule;
}

/// <summary>What must hold, asked so often that the text is made only when it does not.</summary>
internal static class Require
{
    public static void That([DoesNotReturnIf(false)] bool holds, string rule, string message)
    {
        if (!holds)
        {
            throw new BrokenRuleException(rule, message);
        }
    }

    public static void That(
        [DoesNotReturnIf(false)] bool holds, string rule, [InterpolatedStringHandlerArgument(nameof(holds))] ref Text message)
    {
        if (!holds)
        {
            throw new BrokenRuleException(rule, message.ToString());
        }
    }

    public static void Same(long expected, long actual, string rule, string what) => That(expected == actual, rule, $"{what} is {actual}, not {expected}");

    [InterpolatedStringHandler]
    internal ref struct Text
    {
        private DefaultInterpolatedStringHandler _text;

        public Text(int literalLength, int formattedCount, bool holds, out bool isNeeded)
        {
            isNeeded = !holds;
            _text = holds ? default : new DefaultInterpolatedStringHandler(literalLength, formattedCount);
        }

        public void AppendLiteral(string value) => _text.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        public override string ToString() => _text.ToStringAndClear();
    }
}
