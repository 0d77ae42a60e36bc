using System.Security.Cryptography;
using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Protocol.Setup;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Fuzz.Targets;

/// <summary>
/// State Cookies. With an even first byte the rest garbles a good one, pairs of (place, difference): nothing but the good one is
/// ever opened. With an odd first byte the rest is what a valid MAC stands behind: what is read from it is what was written.
/// </summary>
internal sealed class CookieTarget : Target
{
    private const int MacSize = 32;

    private readonly CookieSealer _sealer = new(new CountingRandom(), EngineTime.Second);
    private readonly byte[] _key = new byte[32];
    private readonly byte[] _good = new byte[SetupWriter.MaxCookieSize];
    private readonly byte[] _buffer = new byte[SetupWriter.MaxCookieSize];
    private readonly int _goodLength;

    public CookieTarget()
        : base("cookie")
    {
        _sealer.RotateIfDue(0);
        Array.Fill(_key, CountingRandom.Filler);
        _goodLength = _sealer.Seal(Example(Peer.Addresses), _good);
    }

    public override IEnumerable<byte[]> Seeds =>
    [
        [0],
        [0, 0, 1, 1],
        [0, 0xFF, 0xFF, 0x10],
        [1, .. Content([])],
        [1, .. Content(Peer.Addresses)],
        [1, .. Content([IPAddressValue.FromIPAddress(System.Net.IPAddress.IPv6Loopback)])],
    ];

    public override void Run(ReadOnlySpan<byte> input, StepMeter meter)
    {
        if (input.IsEmpty)
        {
            return;
        }

        if (input[0] % 2 == 0)
        {
            Garble(input[1..]);
        }
        else
        {
            ReadBehindValidMac(input[1..]);
        }
    }

    private void Garble(ReadOnlySpan<byte> changes)
    {
        var cookie = _buffer.AsSpan(0, _goodLength);
        _good.AsSpan(0, _goodLength).CopyTo(cookie);
        for (; changes.Length >= 3; changes = changes[3..])
        {
            cookie[((changes[0] << 8) | changes[1]) % cookie.Length] ^= changes[2];
        }

        // What is left says how much is cut off.
        if (!changes.IsEmpty)
        {
            cookie = cookie[..Math.Max(cookie.Length - changes[0], 0)];
        }

        Assert.Equal(cookie.SequenceEqual(_good.AsSpan(0, _goodLength)), _sealer.TryOpen(cookie, new StateCookie()));
    }

    private void ReadBehindValidMac(ReadOnlySpan<byte> content)
    {
        content = content[..Math.Min(content.Length, SetupWriter.MaxCookieSize - MacSize)];
        content.CopyTo(_buffer);
        HMACSHA256.HashData(_key, content, _buffer.AsSpan(content.Length));
        var cookie = new StateCookie();
        if (_sealer.TryOpen(_buffer.AsSpan(0, content.Length + MacSize), cookie))
        {
            var again = new StateCookie();
            Assert.True(again.TryRead(Written(cookie)));
            Assert.Equal(Written(cookie), Written(again));
        }
    }

    private static byte[] Written(StateCookie cookie)
    {
        // What was read may have lacked the length of the extensions.
        var bytes = new byte[SetupWriter.MaxCookieSize + sizeof(ushort)];
        var writer = new PacketWriter(bytes);
        cookie.Write(ref writer);
        return bytes[..writer.Length];
    }

    private static byte[] Content(IPAddressValue[] addresses) => Written(Example(addresses));

    private static StateCookie Example(IPAddressValue[] addresses)
    {
        var cookie = new StateCookie
        {
            CreatedAt = 1, Lifespan = 2, LocalPort = Peer.EnginePort, PeerPort = Peer.Port, LocalTag = 5, PeerTag = Peer.Tag, LocalTieTag = 7, PeerTieTag = 8,
            LocalInitialTsn = 9, PeerInitialTsn = Peer.InitialTsn, PeerWindow = 11, LocalOutboundStreams = 12, LocalInboundStreams = 13, PeerOutboundStreams = 14,
            PeerInboundStreams = 15, PeerAddress = Peer.Addresses[0], LocalAddress = Peer.EngineAddresses[0],
        };
        cookie.PeerAddresses.AddRange(addresses);
        return cookie;
    }
}
