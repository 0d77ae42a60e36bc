namespace Kestrel.Sctp.Attacks.Harness;

/// <summary>Round trips in milliseconds.</summary>
internal sealed class Latencies(List<double> milliseconds)
{
    private readonly double[] _sorted = [.. milliseconds.Order()];

    public int Count => _sorted.Length;

    public double Median => At(0.5);

    public double P99 => At(0.99);

    public double Max => At(1);

    public static Latencies Join(IEnumerable<Latencies> parts) => new([.. parts.SelectMany(part => part._sorted)]);

    private double At(double share) => _sorted.Length == 0 ? double.NaN : _sorted[(int)Math.Min(_sorted.Length - 1, share * _sorted.Length)];
}
