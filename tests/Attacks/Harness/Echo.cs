using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Kestrel.Sctp.Attacks.Harness;

/// <summary>One message there and back.</summary>
internal static class Echo
{
    /// <summary>Far more than a sender's whole series of retransmissions under a flood takes.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static async Task ExchangeAsync(ConnectionContext connection, byte[] message)
    {
        await connection.Transport.Output.WriteAsync(message).AsTask().WaitAsync(Patience);
        var read = await connection.Transport.Input.ReadAtLeastAsync(message.Length).AsTask().WaitAsync(Patience);
        var same = read.Buffer.ToArray().AsSpan().SequenceEqual(message);
        connection.Transport.Input.AdvanceTo(read.Buffer.End);
        if (!same)
        {
            throw new InvalidDataException("the echo differs");
        }
    }
}
