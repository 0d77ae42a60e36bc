using System.Buffers;

namespace Kestrel.Sctp.Interop.Tests.Harness;

/// <summary>A whole message as it was received.</summary>
internal sealed record ReceivedMessage(byte[] Bytes, SctpSendInfo Info, int Parts);

/// <summary>Whole messages over an <see cref="SctpSocket"/>, each call bounded in time.</summary>
internal static class SocketMessages
{
    /// <summary>The next message, put together from its parts; null at the association's graceful end.</summary>
    public static async Task<ReceivedMessage?> ReceiveMessageAsync(this SctpSocket socket)
    {
        var message = new ArrayBufferWriter<byte>();
        for (var parts = 1; ; parts++)
        {
            var part = await socket.ReceiveAsync(message.GetMemory(65_536)).AsTask().WaitAsync(ChildProgram.Patience);
            if (part.IsEndOfAssociation)
            {
                Assert.Equal(0, message.WrittenCount);
                return null;
            }

            message.Advance(part.BytesReceived);
            if (part.EndOfMessage)
            {
                var info = new SctpSendInfo
                {
                    StreamId = part.StreamId,
                    PayloadProtocolId = part.PayloadProtocolId,
                    Unordered = part.IsUnordered,
                };
                return new ReceivedMessage(message.WrittenSpan.ToArray(), info, parts);
            }
        }
    }

    public static Task SendMessageAsync(this SctpSocket socket, byte[] message, SctpSendInfo info = default)
        => socket.SendAsync(message, info).AsTask().WaitAsync(ChildProgram.Patience);

    /// <summary>
    /// Sends messages of the test pattern over the streams, in turn. Each must come back once, whole, with its stream, PPID and order;
    /// ordered ones in the order of their stream.
    /// </summary>
    public static async Task ExchangeAsync(
        this SctpSocket socket, int count, int size, int streams = 1, uint ppid = 0, bool unordered = false)
    {
        var sending = Task.Run(async () =>
        {
            for (var seed = 0; seed < count; seed++)
            {
                await socket.SendMessageAsync(
                    MessagePattern.Create(size, (uint)seed),
                    new() { StreamId = (ushort)(seed % streams), PayloadProtocolId = ppid, Unordered = unordered });
            }
        });
        var next = Enumerable.Range(0, streams).ToArray();
        var seen = new HashSet<uint>();
        for (var received = 0; received < count; received++)
        {
            var message = await socket.ReceiveMessageAsync();
            Assert.NotNull(message);
            Assert.Equal(size, message.Bytes.Length);
            Assert.Equal(ppid, message.Info.PayloadProtocolId);
            Assert.Equal(unordered, message.Info.Unordered);
            var stream = message.Info.StreamId;
            Assert.InRange(stream, 0, streams - 1);

            // Too short to hold its seed, a message is known by the order of its stream alone.
            var seed = size >= 4 ? MessagePattern.Seed(message.Bytes) : (uint)next[stream];
            Assert.Equal(stream, seed % streams);
            if (!unordered)
            {
                Assert.Equal((uint)next[stream], seed);
            }

            next[stream] += streams;
            if (size >= 4 || !unordered)
            {
                Assert.True(seen.Add(seed), $"message {seed} came twice");
                Assert.True(MessagePattern.Create(size, seed).AsSpan().SequenceEqual(message.Bytes), $"message {seed} has other bytes");
            }
        }

        await sending;
    }
}
