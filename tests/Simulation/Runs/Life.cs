using System.Buffers;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Receiving;
using Kestrel.Sctp.Protocol.Sending;

namespace Kestrel.Sctp.Simulation.Runs;

/// <summary>A message sent in a run. It travels with its index as PPID, so that what arrives names what was sent.</summary>
internal sealed class SentMessage(Life life, int index, SendInfo info, ReadOnlyMemory<byte> payload)
{
    public Life Life => life;

    public int Index => index;

    public SendInfo Info => info;

    public ReadOnlyMemory<byte> Payload => payload;

    /// <summary>Bytes that the other application has read.</summary>
    public int Received { get; set; }

    public bool IsDelivered { get; set; }

    /// <summary>The engine gave it back: once, in the end.</summary>
    public bool IsReleased { get; set; }

    public bool IsAcknowledged { get; set; }

    /// <summary>Its stream turned out not to exist: given back while the association lives (RFC 9260, 5.1.1).</summary>
    public bool IsRefused { get; set; }
}

/// <summary>
/// One association between two restarts of the peer, as one end saw it, and its messages: each is delivered at most once,
/// byte for byte, those of a stream in order, and given back once.
/// </summary>
internal sealed class Life(RunHost host, Association association, SessionEnd? end)
{
    private readonly List<SentMessage> _sent = [];
    private readonly Dictionary<ushort, Queue<SentMessage>> _order = [];
    private SentMessage? _arriving;

    public RunHost Host => host;

    public Association Association => association;

    /// <summary>Which session it is of; null when an old duplicate of none made it.</summary>
    public SessionEnd? End => end;

    public uint LocalTag { get; } = association.LocalTag;

    /// <summary>The peer's tag, once known.</summary>
    public uint PeerTag { get; set; }

    public IReadOnlyList<SentMessage> Sent => _sent;

    /// <summary>Bytes queued and not given back.</summary>
    public long Outstanding { get; private set; }

    /// <summary>The peer restarted: another life of the association follows.</summary>
    public bool IsVoid { get; set; }

    /// <summary>
    /// Made by an old duplicate of the cookie that made another before: old duplicates of DATA count as new in it. That
    /// nobody else sees such is a matter of how long the network keeps packets (RFC 9260, 5.1.5, the cookie's life).
    /// </summary>
    public bool IsGhost { get; init; }

    /// <summary>A ghost uses the tag of this life: what its peer gets may be of the one or the other.</summary>
    public bool IsHaunted { get; set; }

    public bool WasEstablished { get; set; }

    /// <summary>To be called in a step of the association. False when the engine did not take the message.</summary>
    public bool TrySend(ushort stream, bool unordered, ReadOnlyMemory<byte> payload)
    {
        var message = new SentMessage(this, _sent.Count, new SendInfo(stream, (uint)_sent.Count, unordered), payload);
        if (association.Send(message.Info, new ReadOnlySequence<byte>(payload), message) != SendStatus.Queued)
        {
            return false;
        }

        _sent.Add(message);
        Outstanding += payload.Length;
        if (!unordered)
        {
            if (!_order.TryGetValue(stream, out var order))
            {
                _order[stream] = order = new Queue<SentMessage>();
            }

            order.Enqueue(message);
        }

        return true;
    }

    public void OnReleased(in ReleasedMessage released)
    {
        var message = (SentMessage)released.Owner!;
        Require.That(!message.IsReleased, "released", $"message {message.Index} was given back twice");
        Require.Same(message.Payload.Length, released.Length, "released", $"the length of message {message.Index}");
        message.IsReleased = true;
        message.IsAcknowledged = released.Acknowledged;
        message.IsRefused = !released.Acknowledged && !IsVoid && association.State != AssociationState.Closed;
        Require.That(!message.IsRefused || message.Info.StreamId > 0, "released", $"message {message.Index} was given back and the association goes on");
        Outstanding -= released.Length;
    }

    /// <summary>A part of a message was read here; returns the message when it is whole.</summary>
    public SentMessage? OnRead(in ReceivedPart part, ReadOnlySpan<byte> bytes, Life sender)
    {
        if (IsGhost || sender.IsHaunted)
        {
            return null;
        }

        Require.That(part.PayloadProtocolId < sender._sent.Count, "delivered", $"message {part.PayloadProtocolId} was never sent");
        var message = sender._sent[(int)part.PayloadProtocolId];
        Require.That(
            message.Info.StreamId == part.StreamId && message.Info.Unordered == part.Unordered, "delivered", $"message {message.Index} arrived on another stream");
        Require.That(_arriving is null || _arriving == message, "delivered", $"message {message.Index} arrived within message {_arriving?.Index}");
        Require.That(!message.IsDelivered, "delivered", $"message {message.Index} was delivered twice");
        if (_arriving is null && !message.Info.Unordered)
        {
            var order = sender._order[part.StreamId];
            while (order.Peek().IsRefused)
            {
                order.Dequeue();
            }

            Require.That(order.Dequeue() == message, "delivered", $"message {message.Index} arrived before its turn on stream {part.StreamId}");
        }

        var rest = message.Payload.Span[message.Received..];
        Require.That(
            bytes.Length <= rest.Length && bytes.SequenceEqual(rest[..bytes.Length]), "delivered", $"message {message.Index} arrived with other bytes");
        message.Received += bytes.Length;
        _arriving = part.EndOfMessage ? null : message;
        if (!part.EndOfMessage)
        {
            return null;
        }

        Require.Same(message.Payload.Length, message.Received, "delivered", $"the length of message {message.Index}");
        message.IsDelivered = true;
        return message;
    }

    public override string ToString() =>
        $"session {end?.Session} at host {host.Number} ({LocalTag:X8}, peer {PeerTag:X8}): {association.State} {association.End}, {_sent.Count} messages sent, "
        + $"{association.BufferedBytes} bytes queued, {association.SentChunks.Count} chunks outstanding{(IsGhost ? ", a ghost" : "")}{(IsHaunted ? ", haunted" : "")}{(IsVoid ? ", void" : "")}";
}
