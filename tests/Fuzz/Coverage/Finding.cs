using System.Diagnostics;

namespace Kestrel.Sctp.Fuzz.Coverage;

/// <summary>An input that a target failed on. Those of the same exception from the same place are one.</summary>
internal sealed record Finding(byte[] Input, string Key, string Description)
{
    public static Finding Of(ReadOnlySpan<byte> input, Exception thrown) =>
        new(input.ToArray(), KeyOf(thrown), $"{thrown.GetType().Name}: {thrown.Message}\n{thrown.StackTrace}\n");

    private static string KeyOf(Exception thrown)
    {
        // What checks throws for another: the first frame that is no check's, and the message, for a check has many callers.
        var frames = new StackTrace(thrown).GetFrames().Select(frame => frame.GetMethod()?.DeclaringType?.FullName + "." + frame.GetMethod()?.Name);
        var place = frames.FirstOrDefault(name => name.StartsWith("Kestrel.Sctp.", StringComparison.Ordinal));
        var message = new string([.. thrown.Message.Where(c => !char.IsAsciiDigit(c))]);
        return $"{thrown.GetType().Name} {place} {message}";
    }
}
