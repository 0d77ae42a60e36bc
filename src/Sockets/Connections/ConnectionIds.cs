namespace Kestrel.Sctp.Connections;

/// <summary>Short ids, unique in the process and unlikely to come again in the next one, in the form Kestrel's own have.</summary>
internal static class ConnectionIds
{
    // Base 32 (RFC 4648, section 7): 13 digits hold 64 bits.
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

    private static long _last = DateTime.UtcNow.Ticks;

    public static string Next() => string.Create(13, Interlocked.Increment(ref _last), static (text, id) =>
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            text[i] = Digits[(int)(id & 31)];
            id >>= 5;
        }
    });
}
