using System.Text;
using Kestrel.Sctp.Fuzz.Engine;

namespace Kestrel.Sctp.Fuzz.Targets;

/// <summary>A text for <see cref="SctpEndPoint.Parse(string)"/>: it is an endpoint that is read back from what it prints, or a FormatException says why not.</summary>
internal sealed class EndPointTarget() : Target("endpoint")
{
    public override IEnumerable<byte[]> Seeds => new[]
    {
        "sctp://10.0.0.1,10.0.1.1:7",
        "sctp+udp://[::1],127.0.0.1:7?udp=9899",
        "sctp+udp://192.0.2.1,198.51.100.1:7?udp=9899,40000",
        "SCTP+UDP://a.example,b_c.example.,10.0.0.1:65535",
        "sctp+udp://0.0.0.0,[::]:0?UDP=0",
        "sctp://[fe80::1%3],[fe80::1%eth0],[::ffff:10.0.0.1]:38412",
        "sctp://xn--bcher-kva.example:3868",
        "sctp://2001:db8::1:7",
        "sctp://10.0.0.256:7",
        "sctp://010.0.0.1,0x7f.1,1:7",
        "sctp://[::1:7",
        "sctp+udp://a,a,A:7?udp=1,2,1",
        "tcp://10.0.0.1:7/x",
    }.Select(Encoding.UTF8.GetBytes);

    public override void Run(ReadOnlySpan<byte> input, StepMeter meter)
    {
        var text = Encoding.UTF8.GetString(input);
        if (!SctpEndPoint.TryParse(text, out var endPoint))
        {
            var refusal = Assert.Throws<FormatException>(() => SctpEndPoint.Parse(text));
            Assert.Contains("is not an SCTP endpoint", refusal.Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(endPoint, SctpEndPoint.Parse(text));
        var printed = endPoint.ToString();
        var again = SctpEndPoint.Parse(printed);
        Assert.Equal(endPoint, again);
        Assert.Equal(endPoint.GetHashCode(), again.GetHashCode());
        Assert.Equal(printed, again.ToString());
        Assert.InRange(endPoint.Port, 0, ushort.MaxValue);
        Assert.Equal(endPoint.IsResolved, endPoint.Addresses.Count > 0);
        if (endPoint.IsOverUdp)
        {
            for (var i = 0; i < Math.Max(endPoint.Addresses.Count, endPoint.HostNames.Count); i++)
            {
                Assert.InRange(endPoint.GetUdpPort(i), 0, ushort.MaxValue);
            }
        }
    }
}
