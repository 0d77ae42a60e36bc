using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Kestrel.Sctp.Interop.Tests.Harness;

/// <summary>Reads and writes the pipes of a connection, each call bounded in time.</summary>
internal static class ConnectionBytes
{
    public static async Task WriteAsync(this ConnectionContext connection, byte[] bytes)
    {
        var flush = await connection.Transport.Output.WriteAsync(bytes).AsTask().WaitAsync(ChildProgram.Patience);
        Assert.False(flush.IsCompleted, "the connection takes nothing any more");
    }

    /// <summary>The next bytes; fails when the input ends before.</summary>
    public static async Task<byte[]> ReadExactlyAsync(this ConnectionContext connection, int count)
    {
        var read = await connection.Transport.Input.ReadAtLeastAsync(count).AsTask().WaitAsync(ChildProgram.Patience);
        Assert.True(read.Buffer.Length >= count, $"{read.Buffer.Length} of {count} bytes, then the input ended");
        var bytes = read.Buffer.Slice(0, count).ToArray();
        connection.Transport.Input.AdvanceTo(read.Buffer.GetPosition(count));
        return bytes;
    }

    /// <summary>All bytes until the input ends, by what it ends with if it isn't the peer's graceful end.</summary>
    public static async Task<(byte[] Bytes, Exception? End)> ReadToEndAsync(this ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        var bytes = new ArrayBufferWriter<byte>();
        while (true)
        {
            try
            {
                var read = await input.ReadAsync().AsTask().WaitAsync(ChildProgram.Patience);
                foreach (var block in read.Buffer)
                {
                    bytes.Write(block.Span);
                }

                input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return (bytes.WrittenSpan.ToArray(), null);
                }
            }
            catch (Exception e) when (e is IOException or ConnectionAbortedException)
            {
                return (bytes.WrittenSpan.ToArray(), e);
            }
        }
    }

    /// <summary>Sends the bytes and checks that they come back.</summary>
    public static async Task EchoAsync(this ConnectionContext connection, byte[] bytes)
    {
        var writing = connection.WriteAsync(bytes); // may wait until the echo is read
        for (var position = 0; position < bytes.Length;)
        {
            var count = Math.Min(bytes.Length - position, 16_384);
            var echo = await connection.ReadExactlyAsync(count);
            Assert.True(echo.AsSpan().SequenceEqual(bytes.AsSpan(position, count)), $"the echo differs after {position} bytes");
            position += count;
        }

        await writing;
    }
}
