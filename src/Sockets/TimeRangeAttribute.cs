using System.ComponentModel.DataAnnotations;

namespace Kestrel.Sctp;

/// <summary>The bounds of a time in seconds. RangeAttribute needs type converters for it, which trimming may remove.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TimeRangeAttribute(double minSeconds, double maxSeconds) : ValidationAttribute
{
    public TimeSpan Minimum { get; } = TimeSpan.FromSeconds(minSeconds);

    public TimeSpan Maximum { get; } = TimeSpan.FromSeconds(maxSeconds);

    public override bool IsValid(object? value) => value is null || (value is TimeSpan time && time >= Minimum && time <= Maximum);

    public override string FormatErrorMessage(string name) => $"The field {name} must be between {Minimum} and {Maximum}.";
}
