namespace Kestrel.Sctp.Simulation.Drawing;

/// <summary>What is drawn again and again.</summary>
internal static class RandomExtensions
{
    public static bool Chance(this Random random, double probability) => random.NextDouble() < probability;

    public static T Pick<T>(this Random random, params ReadOnlySpan<T> values) => values[random.Next(values.Length)];

    /// <summary>From 0 up to this.</summary>
    public static Duration Within(this Random random, Duration most) => new(random.NextInt64(most.Microseconds + 1));

    public static Duration Between(this Random random, Duration least, Duration most) => new(random.NextInt64(least.Microseconds, most.Microseconds + 1));

    /// <summary>As likely small as large: the logarithm is drawn evenly.</summary>
    public static int Magnitude(this Random random, int least, int most) =>
        (int)Math.Round(least * Math.Exp(random.NextDouble() * Math.Log((double)most / least)));
}
