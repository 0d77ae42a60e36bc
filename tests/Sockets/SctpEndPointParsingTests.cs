using System.Net;

namespace Kestrel.Sctp.Sockets.Tests;

public class SctpEndPointParsingTests
{
    [Theory]
    [InlineData("sctp://10.0.0.1:7")]
    [InlineData("sctp://10.0.0.1,10.0.1.1:7")]
    [InlineData("sctp://0.0.0.0:0")]
    [InlineData("sctp://0.0.0.0,[::]:65535")]
    [InlineData("sctp+udp://[::1],127.0.0.1:7?udp=9899")]
    [InlineData("sctp+udp://127.0.0.1,127.0.0.2:7?udp=0")]
    [InlineData("sctp+udp://192.0.2.1,[2001:db8::1]:7?udp=9899,40000")]
    [InlineData("sctp://[fe80::1%3]:7")]
    [InlineData("sctp://a.example,b-2.example:7")]
    [InlineData("sctp+udp://localhost,[::1],10.0.0.1:7?udp=1,2,3")]
    public void The_URI_form_reads_back_what_it_prints(string uri)
    {
        Assert.Equal(uri, SctpEndPoint.Parse(uri).ToString());
        Assert.True(SctpEndPoint.TryParse(uri, out var endPoint));
        Assert.Equal(SctpEndPoint.Parse(uri), endPoint);
    }

    [Theory]
    [InlineData("SCTP+UDP://127.0.0.1:7", "sctp+udp://127.0.0.1:7?udp=9899")]
    [InlineData("sctp+udp://127.0.0.1:7?UDP=09899", "sctp+udp://127.0.0.1:7?udp=9899")]
    [InlineData("sctp+udp://127.0.0.1,::1:7?udp=1,1", null)]
    [InlineData("sctp+udp://127.0.0.1,[::1]:7?udp=1,1", "sctp+udp://127.0.0.1,[::1]:7?udp=1")]
    [InlineData("sctp://[::ffff:10.0.0.1],10.0.0.1:7", "sctp://10.0.0.1:7")]
    [InlineData("sctp://[2001:DB8:0::1]:7", "sctp://[2001:db8::1]:7")]
    [InlineData("sctp+udp://10.0.0.1,10.0.0.2,10.0.0.1:7?udp=1,2,1", "sctp+udp://10.0.0.1,10.0.0.2:7?udp=1,2")]
    [InlineData("sctp://A.example,a.example:7", "sctp://A.example:7")]
    public void Other_spellings_are_normalised(string uri, string? printed)
    {
        Assert.Equal(printed is not null, SctpEndPoint.TryParse(uri, out var endPoint));
        Assert.Equal(printed, endPoint?.ToString());
    }

    [Theory]
    [InlineData("", 1, "", "scheme")]
    [InlineData("10.0.0.1:7", 1, "10.0.0.1:7", "scheme")]
    [InlineData("http://10.0.0.1:7", 1, "http", "scheme")]
    [InlineData("sctp+tcp://10.0.0.1:7", 1, "sctp+tcp", "scheme")]
    [InlineData("sctp://10.0.0.1", 8, "10.0.0.1", "port")]
    [InlineData("sctp://[::1]", 8, "[::1]", "port")]
    [InlineData("sctp://10.0.0.1:", 17, "", "port")]
    [InlineData("sctp://10.0.0.1:65536", 17, "65536", "port")]
    [InlineData("sctp://10.0.0.1:-7", 17, "-7", "port")]
    [InlineData("sctp://10.0.0.1:+7", 17, "+7", "port")]
    [InlineData("sctp://10.0.0.1: 7", 17, " 7", "port")]
    [InlineData("sctp://10.0.0.1:99999999999999999999", 17, "99999999999999999999", "port")]
    [InlineData("sctp://:7", 8, "", "empty")]
    [InlineData("sctp://10.0.0.1,:7", 17, "", "empty")]
    [InlineData("sctp://,10.0.0.1:7", 8, "", "empty")]
    [InlineData("sctp://10.0.0.256:7", 8, "10.0.0.256", "IPv4")]
    [InlineData("sctp://10.0.0.1,10.0.0:7", 17, "10.0.0", "IPv4")]
    [InlineData("sctp://010.0.0.1:7", 8, "010.0.0.1", "IPv4")]
    [InlineData("sctp://0x7f.1:7", 8, "0x7f.1", "IPv4")]
    [InlineData("sctp://a.0x7f:7", 8, "a.0x7f", "IPv4")]
    [InlineData("sctp://1:7", 8, "1", "IPv4")]
    [InlineData("sctp://::1:7", 8, "::1", "brackets")]
    [InlineData("sctp://10.0.0.1:7,10.0.0.2:7", 8, "10.0.0.1:7", "share one port")]
    [InlineData("sctp://[::1:7", 8, "[::1:7", "bracket")]
    [InlineData("sctp://[10.0.0.1]:7", 8, "[10.0.0.1]", "IPv6")]
    [InlineData("sctp://[::1/64]:7", 8, "[::1", "bracket")]
    [InlineData("sctp://[[::1]]:7", 8, "[[::1]]", "IPv6")]
    [InlineData("sctp://[::1%]:7", 8, "[::1%]", "IPv6")]
    [InlineData("sctp://[1::2::3]:7", 8, "[1::2::3]", "IPv6")]
    [InlineData("sctp://10.0.0.1,a b:7", 17, "a b", "host name")]
    [InlineData("sctp://*:7", 8, "*", "host name")]
    [InlineData("sctp://-a:7", 8, "-a", "host name")]
    [InlineData("sctp://a..b:7", 8, "a..b", "host name")]
    [InlineData("sctp://user@a:7", 8, "user@a", "host name")]
    [InlineData("sctp://10.0.0.1:7/", 18, "/", "?udp=")]
    [InlineData("sctp://10.0.0.1:7#x", 18, "#x", "?udp=")]
    [InlineData("sctp+udp://10.0.0.1:7?tcp=1", 22, "?tcp=1", "?udp=")]
    [InlineData("sctp://10.0.0.1:7?udp=9899", 18, "?udp=9899", "sctp+udp")]
    [InlineData("sctp+udp://10.0.0.1:7?udp=", 27, "", "port")]
    [InlineData("sctp+udp://10.0.0.1:7?udp=1,", 29, "", "port")]
    [InlineData("sctp+udp://10.0.0.1:7?udp=1&udp=2", 27, "1&udp=2", "port")]
    [InlineData("sctp+udp://10.0.0.1:7?udp=1,2", 27, "1,2", "2 UDP ports for 1")]
    [InlineData("sctp+udp://10.0.0.1,10.0.0.1:7?udp=1,2", 31, "?udp=1,2", "10.0.0.1 two UDP ports")]
    public void An_error_shows_the_bad_part_and_where_it_is(string uri, int character, string part, string reason)
    {
        var e = Assert.Throws<FormatException>(() => SctpEndPoint.Parse(uri));
        Assert.Contains($"'{uri}'", e.Message, StringComparison.Ordinal);
        Assert.Contains($"'{part}' at character {character} ", e.Message, StringComparison.Ordinal);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.False(SctpEndPoint.TryParse(uri, out var endPoint));
        Assert.Null(endPoint);
    }

    [Fact]
    public void Null_is_no_endpoint()
    {
        Assert.False(SctpEndPoint.TryParse(null, out _));
        Assert.Throws<ArgumentNullException>(() => SctpEndPoint.Parse(null!));
    }

    [Fact]
    public void A_long_text_is_shortened_in_the_error()
    {
        var e = Assert.Throws<FormatException>(() => SctpEndPoint.Parse("sctp://" + new string('!', 100_000) + ":7"));
        Assert.True(e.Message.Length < 600);
    }

    [Fact]
    public void Any_endpoint_reads_back_as_its_equal()
    {
        var random = new Random(1);
        for (var i = 0; i < 5000; i++)
        {
            var endPoint = RandomEndPoint(random);
            var again = SctpEndPoint.Parse(endPoint.ToString());
            Assert.Equal(endPoint, again);
            Assert.Equal(endPoint.ToString(), again.ToString());
            Assert.Equal(endPoint.GetHashCode(), again.GetHashCode());
        }
    }

    [Fact]
    public void No_text_makes_TryParse_throw()
    {
        const string characters = "sctp+ud:/[]?=,.%&#0123456789abxf-_ é";
        var random = new Random(2);
        for (var i = 0; i < 20_000; i++)
        {
            var text = RandomEndPoint(random).ToString().ToCharArray().ToList();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                var at = random.Next(text.Count + 1);
                var c = characters[random.Next(characters.Length)];
                if (at == text.Count || random.Next(3) == 0)
                {
                    text.Insert(at, c);
                }
                else if (random.Next(2) == 0)
                {
                    text.RemoveAt(at);
                }
                else
                {
                    text[at] = c;
                }
            }

            var uri = string.Concat(text);
            if (SctpEndPoint.TryParse(uri, out var endPoint))
            {
                Assert.Equal(endPoint, SctpEndPoint.Parse(endPoint.ToString()));
            }
            else
            {
                Assert.Throws<FormatException>(() => SctpEndPoint.Parse(uri));
            }
        }
    }

    private static SctpEndPoint RandomEndPoint(Random random)
    {
        var count = random.Next(1, 6);
        var port = random.Next(65536);
        SctpEndPoint endPoint;
        if (random.Next(5) == 0)
        {
            string[] names = ["localhost", "a.example", "B-1.example.", "_sctp.x", "10.0.0.1", "::1", "xn--bcher-kva.example"];
            endPoint = SctpEndPoint.FromHosts(Enumerable.Range(0, count).Select(_ => names[random.Next(names.Length)]), port);
        }
        else
        {
            endPoint = new SctpEndPoint(Enumerable.Range(0, count).Select(_ => RandomAddress(random)), port);
        }

        if (random.Next(3) == 0)
        {
            return endPoint;
        }

        endPoint = endPoint.OverUdp(random.Next(65536));
        foreach (var address in endPoint.Addresses)
        {
            endPoint = random.Next(2) == 0 ? endPoint.WithUdpPort(address, random.Next(65536)) : endPoint;
        }

        return endPoint;
    }

    private static IPAddress RandomAddress(Random random)
    {
        var bytes = new byte[random.Next(2) == 0 ? 4 : 16];
        random.NextBytes(bytes);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = random.Next(3) == 0 ? (byte)0 : bytes[i];
        }

        if (bytes.Length == 16 && random.Next(4) == 0)
        {
            bytes[0] = 0xfe;
            bytes[1] = 0x80;
            return new IPAddress(bytes, random.Next(100_000));
        }

        return new IPAddress(bytes);
    }
}
