using System.Buffers;

namespace Kestrel.Sctp.Protocol.Sending;

/// <summary>
/// Messages waiting to be sent, first come first served over all streams, and those given back to their owners. A message
/// leaves the queue with its last fragment and is then owned by its chunk records until they are acknowledged.
/// </summary>
/// <param name="streams">Valid identifiers are below this.</param>
/// <param name="maxOrderedOutstanding">The limit of <see cref="AssociationOptions.MaxOrderedOutstanding"/>.</param>
internal sealed class SendQueue(int streams, int maxOrderedOutstanding = ushort.MaxValue)
{
    private const int MaxFree = 1_024;

    private StreamTable<OutboundStream> _streams;
    private readonly Queue<ReleasedMessage> _released = new();
    private OutboundMessage? _first;
    private OutboundMessage? _last;
    private OutboundMessage? _free;
    private int _freeCount;

    public int Streams { get; private set; } = streams;

    /// <summary>Bytes accepted and not yet given back.</summary>
    public long BufferedBytes { get; private set; }

    /// <summary>Bytes not yet cut into chunks.</summary>
    public long UnsentBytes { get; private set; }

    public bool IsEmpty => _first is null;

    /// <summary>The message that the next chunk is cut from; null when there is none that may be sent now.</summary>
    public OutboundMessage? Current =>
        _first is { } first && (first.Cut > 0 || first.Info.Unordered || _streams.Peek(first.Info.StreamId).OrderedOutstanding < maxOrderedOutstanding) ? first : null;

    public void Add(in SendInfo info, in ReadOnlySequence<byte> payload, object? owner)
    {
        var message = _free ?? new OutboundMessage();
        if (_free is not null)
        {
            _free = message.Next;
            _freeCount--;
        }

        message.Fill(info, payload, owner);
        BufferedBytes += message.Length;
        UnsentBytes += message.Length;
        Append(message);
    }

    private void Append(OutboundMessage message)
    {
        if (_last is null)
        {
            _first = message;
        }
        else
        {
            _last.Next = message;
        }

        _last = message;
    }

    /// <summary>Cuts the next chunk of the current message; with its first it gets its SSN (RFC 9260, 6.5).</summary>
    public void Cut(OutboundMessage message, int length)
    {
        if (message.Cut == 0 && !message.Info.Unordered)
        {
            ref var stream = ref _streams[message.Info.StreamId];
            message.Sequence = stream.NextSequence++;
            stream.OrderedOutstanding++;
        }

        message.Cut += length;
        UnsentBytes -= length;
        if (message.Cut == message.Length)
        {
            _first = message.Next;
            message.Next = null;
            if (_first is null)
            {
                _last = null;
            }
        }
    }

    /// <summary>The last fragment is acknowledged, and with it, cumulatively, all before.</summary>
    public void OnAcknowledged(OutboundMessage message)
    {
        if (!message.Info.Unordered)
        {
            _streams[message.Info.StreamId].OrderedOutstanding--;
        }

        Release(message, acknowledged: true);
    }

    public bool TryTakeReleased(out ReleasedMessage message) => _released.TryDequeue(out message);

    /// <summary>Gives back all that waits. A message cut in part is among them, once.</summary>
    public void ReleaseAll()
    {
        while (_first is { } message)
        {
            _first = message.Next;
            Release(message, acknowledged: false);
        }

        _last = null;
        UnsentBytes = 0;
    }

    /// <summary>The peer takes only this many streams: messages already queued on others are given back (RFC 9260, 5.1.1).</summary>
    public void LimitStreams(int streams)
    {
        Streams = streams;
        var message = _first;
        _first = null;
        _last = null;
        while (message is not null)
        {
            var next = message.Next;
            message.Next = null;
            if (message.Info.StreamId >= streams)
            {
                UnsentBytes -= message.Length;
                Release(message, acknowledged: false);
            }
            else
            {
                Append(message);
            }

            message = next;
        }
    }

    /// <summary>All streams start at SSN 0 again; the queue must be empty.</summary>
    public void RestartStreams(int streams)
    {
        Streams = streams;
        _streams.Clear();
    }

    /// <summary>Gives back a message whose last fragment had been cut.</summary>
    public void ReleaseUnacknowledged(OutboundMessage message) => Release(message, acknowledged: false);

    private void Release(OutboundMessage message, bool acknowledged)
    {
        BufferedBytes -= message.Length;
        _released.Enqueue(new ReleasedMessage(message.Owner, message.Length, acknowledged, message.Cut > 0));
        message.Clear();
        if (_freeCount < MaxFree)
        {
            message.Next = _free;
            _free = message;
            _freeCount++;
        }
    }

    /// <summary>Keeps no free message for the next.</summary>
    public void Trim()
    {
        _free = null;
        _freeCount = 0;
    }

    private struct OutboundStream
    {
        public ushort NextSequence;
        public ushort OrderedOutstanding;
    }
}
