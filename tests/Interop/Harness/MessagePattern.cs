using System.Buffers.Binary;

namespace Kestrel.Sctp.Interop.Tests.Harness;

/// <summary>The test messages of usrsctp/peer.c and its checksum (FNV-1a, 64 bits), so that both ends make and check the same bytes.</summary>
internal static class MessagePattern
{
    /// <summary>The seed's four bytes, little endian, then bytes that depend on seed and position.</summary>
    public static byte[] Create(int size, uint seed)
    {
        var message = new byte[size];
        for (var i = 0; i < size; i++)
        {
            message[i] = i < 4 ? (byte)(seed >> (8 * i)) : (byte)(((seed + (uint)i) * 2654435761u) >> 24);
        }

        return message;
    }

    public static uint Seed(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt32LittleEndian(message);

    /// <summary>The checksum as peer.c prints it; <paramref name="sum"/> goes on from bytes before.</summary>
    public static string Sum(ReadOnlySpan<byte> bytes, ulong sum = 14695981039346656037) => $"{Add(sum, bytes):x16}";

    private static ulong Add(ulong sum, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            sum = (sum ^ value) * 1099511628211;
        }

        return sum;
    }
}
