using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Kestrel.Sctp.Simulation;

/// <summary>A span of virtual time; written 15s, 250ms or 37us.</summary>
internal readonly record struct Duration(long Microseconds) : IParsable<Duration>
{
    public static Duration Seconds(double seconds) => new((long)(seconds * EngineTime.Second));

    public static Duration Milliseconds(long milliseconds) => new(milliseconds * EngineTime.Millisecond);

    public static Duration Parse(string text, IFormatProvider? provider) =>
        TryParse(text, provider, out var duration) ? duration : throw new FormatException($"'{text}' is no duration such as 15s, 250ms or 37us");

    public static bool TryParse([NotNullWhen(true)] string? text, IFormatProvider? provider, out Duration result)
    {
        result = default;
        var digits = text?.TrimEnd('s', 'm', 'u') ?? "";
        var unit = text?[digits.Length..] switch { "s" => EngineTime.Second, "ms" => EngineTime.Millisecond, "us" => 1, _ => 0 };
        if (unit == 0 || !long.TryParse(digits, NumberStyles.None, provider, out var count) || count > EngineTime.Never / unit)
        {
            return false;
        }

        result = new Duration(count * unit);
        return true;
    }

    public override string ToString() => Microseconds switch
    {
        var us when us % EngineTime.Second == 0 => Invariant($"{us / EngineTime.Second}s"),
        var us when us % EngineTime.Millisecond == 0 => Invariant($"{us / EngineTime.Millisecond}ms"),
        var us => Invariant($"{us}us"),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
