using System.Security.Cryptography;

namespace Kestrel.Sctp.Protocol.Setup;

/// <summary>
/// Authenticates State Cookies by HMAC-SHA-256 with a random key of this endpoint, which changes; the key before stays
/// valid for a while (RFC 9260, 5.1.3, 5.1.5). The keys are an immutable pair, replaced as one: associations may seal and
/// open while the endpoint rotates.
/// </summary>
internal sealed class CookieSealer
{
    private const int KeySize = 32;
    private const int MacSize = 32;

    private readonly RandomSource _random;
    private readonly long _keyLifetime;
    private volatile Keys? _keys;

    public CookieSealer(RandomSource random, long keyLifetime)
    {
        _random = random;
        _keyLifetime = keyLifetime;
    }

    /// <summary>Replaces a key that is too old. Called by the endpoint alone, before it handles a packet.</summary>
    public void RotateIfDue(long now)
    {
        var keys = _keys;
        if (keys is null || now - keys.CreatedAt >= _keyLifetime)
        {
            var key = new byte[KeySize];
            _random.Fill(key);
            _keys = new Keys(key, keys?.Current, now);
        }
    }

    /// <summary>Writes the cookie with its MAC; returns its length.</summary>
    public int Seal(StateCookie cookie, Span<byte> destination)
    {
        var writer = new PacketWriter(destination);
        cookie.Write(ref writer);
        var length = writer.Length;
        HMACSHA256.HashData(_keys!.Current, destination[..length], destination[length..]);
        return length + MacSize;
    }

    /// <summary>False for whatever was not sealed here with a key still known: to be discarded silently.</summary>
    public bool TryOpen(ReadOnlySpan<byte> sealedCookie, StateCookie cookie)
    {
        var keys = _keys;
        if (sealedCookie.Length <= MacSize || keys is null)
        {
            return false;
        }

        var content = sealedCookie[..^MacSize];
        var mac = sealedCookie[^MacSize..];
        var authentic = Verify(keys.Current, content, mac) || (keys.Previous is { } previous && Verify(previous, content, mac));
        return authentic && cookie.TryRead(content);
    }

    private static bool Verify(byte[] key, ReadOnlySpan<byte> content, ReadOnlySpan<byte> mac)
    {
        Span<byte> computed = stackalloc byte[MacSize];
        HMACSHA256.HashData(key, content, computed);
        return CryptographicOperations.FixedTimeEquals(computed, mac);
    }

    private sealed record Keys(byte[] Current, byte[]? Previous, long CreatedAt);
}
