using System.Buffers;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Sending;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>A message sent in a test. It travels with its index as PPID, so that what arrives names what was sent.</summary>
internal sealed record SentMessage(int Index, SendInfo Info, byte[] Payload)
{
    /// <summary>How often the engine gave it back: once, in the end.</summary>
    public int Releases { get; set; }

    public bool Acknowledged { get; set; }

    public int Deliveries { get; set; }
}

/// <summary>The messages of one end of one association, and what must be true of them when all is over.</summary>
internal sealed class Traffic
{
    private readonly List<SentMessage> _sent = [];

    public IReadOnlyList<SentMessage> Sent => _sent;

    public void Send(Host host, Association association, ushort stream, bool unordered, byte[] payload)
    {
        var message = new SentMessage(_sent.Count, new SendInfo(stream, (uint)_sent.Count, unordered), payload);
        host.Step(association, a =>
        {
            Assert.Equal(SendStatus.Queued, a.Send(message.Info, new ReadOnlySequence<byte>(payload), message));
            _sent.Add(message);
        });
    }

    /// <summary>Each message was delivered at most once, byte for byte, the ordered ones of a stream in order and without a hole.</summary>
    public void CheckDelivered(IEnumerable<ReceivedMessage> received)
    {
        var next = new Dictionary<ushort, int>();
        foreach (var (payload, part) in received)
        {
            Assert.InRange(part.PayloadProtocolId, 0u, (uint)_sent.Count - 1);
            var message = _sent[(int)part.PayloadProtocolId];
            Assert.Equal(message.Info.StreamId, part.StreamId);
            Assert.Equal(message.Info.Unordered, part.Unordered);
            if (part.EndOfMessage)
            {
                Assert.True(message.Payload.AsSpan().SequenceEqual(payload), $"message {message.Index} arrived with other bytes");
                Assert.Equal(1, ++message.Deliveries);
            }
            else
            {
                Assert.True(message.Payload.AsSpan().StartsWith(payload), $"message {message.Index} arrived with other bytes");
            }

            if (!message.Info.Unordered)
            {
                var expected = _sent.FindIndex(next.GetValueOrDefault(part.StreamId), m => !m.Info.Unordered && m.Info.StreamId == part.StreamId);
                Assert.Equal(expected, message.Index);
                next[part.StreamId] = message.Index + 1;
            }
        }
    }

    /// <summary>Each message came back to its owner once; what counts as acknowledged, or all if all must have gone well, was delivered.</summary>
    public void CheckReleased(IEnumerable<ReleasedMessage> released, int streams, bool allDelivered, bool receiverLost)
    {
        foreach (var release in released)
        {
            var message = (SentMessage)release.Owner!;
            if (message.Index < _sent.Count && ReferenceEquals(_sent[message.Index], message))
            {
                message.Releases++;
                message.Acknowledged = release.Acknowledged;
                Assert.Equal(message.Payload.Length, release.Length);
            }
        }

        foreach (var message in _sent)
        {
            Assert.True(message.Releases == 1, $"message {message.Index} was given back {message.Releases} times");
            if (allDelivered && message.Info.StreamId < streams)
            {
                Assert.True(message.Acknowledged, $"message {message.Index} was given back unacknowledged");
            }

            if (message.Acknowledged && !receiverLost)
            {
                Assert.True(message.Deliveries == 1, $"message {message.Index} was acknowledged and not delivered");
            }
        }
    }
}
