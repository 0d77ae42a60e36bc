namespace Kestrel.Sctp.Protocol.Receiving;

/// <summary>Messages in the order in which the reader gets them. A message delivered in parts holds back all others until its end.</summary>
internal sealed class DeliveryQueue(ChunkPool pool)
{
    private ChunkList _ready;
    private ChunkList _behindPartial;
    private uint _payloadProtocolId;

    /// <summary>The message at the end of the queue is not complete yet (RFC 6458, 8.1.20, level 0).</summary>
    public bool HasPartial { get; private set; }

    public bool IsEmpty => _ready.First is null;

    public void Add(in InboundMessage message)
    {
        if (HasPartial)
        {
            _behindPartial.Append(message);
        }
        else
        {
            _ready.Append(message);
        }
    }

    /// <summary>A first or further part of a message; its last one ends the hold.</summary>
    public void AddPart(in InboundMessage part)
    {
        _ready.Append(part);
        HasPartial = !part.Last.Ends;
        if (!HasPartial && _behindPartial.First is not null)
        {
            _ready.Append(new InboundMessage(_behindPartial.First, _behindPartial.Last!));
            _behindPartial = default;
        }
    }

    /// <summary>Bytes that the next read can give: the rest of the first message, or what is there of it.</summary>
    public int ReadableLength
    {
        get
        {
            var length = 0;
            for (var chunk = _ready.First; chunk is not null; chunk = chunk.Ends ? null : chunk.Next)
            {
                length += chunk.Unread.Length;
            }

            return length;
        }
    }

    /// <summary>What a read into a buffer large enough would take.</summary>
    public bool TryPeek(out ReceivedPart part)
    {
        part = default;
        if (_ready.First is not { } first)
        {
            return false;
        }

        var (length, ended) = (0, false);
        for (var chunk = first; chunk is not null && !ended; chunk = chunk.Next)
        {
            length += chunk.Unread.Length;
            ended = chunk.Ends;
        }

        var payloadProtocolId = first.Begins && first.Consumed == 0 ? first.PayloadProtocolId : _payloadProtocolId;
        part = new ReceivedPart(length, first.StreamId, first.StreamSequence, payloadProtocolId, first.Unordered, ended, first.Tsn);
        return true;
    }

    public bool TryRead(Span<byte> destination, out ReceivedPart part)
    {
        part = default;
        if (_ready.First is not { } first)
        {
            return false;
        }

        // The PPID of the first fragment counts (RFC 9260, 3.3.1), for what is read of its message later too.
        _payloadProtocolId = first.Begins && first.Consumed == 0 ? first.PayloadProtocolId : _payloadProtocolId;
        var (streamId, sequence, unordered, tsn) = (first.StreamId, first.StreamSequence, first.Unordered, first.Tsn);
        var length = 0;
        var ended = false;
        while (!ended && _ready.First is { } chunk)
        {
            var unread = chunk.Unread;
            var count = Math.Min(unread.Length, destination.Length - length);
            unread[..count].CopyTo(destination[length..]);
            length += count;
            chunk.Consumed += count;
            if (count < unread.Length)
            {
                break;
            }

            ended = chunk.Ends;
            _ready.RemoveFirst();
            pool.Free(chunk);
        }

        part = new ReceivedPart(length, streamId, sequence, _payloadProtocolId, unordered, ended, tsn);
        return true;
    }

    public int CountChunks()
    {
        var count = 0;
        for (var chunk = _ready.First; chunk is not null; chunk = chunk.Next)
        {
            count++;
        }

        for (var chunk = _behindPartial.First; chunk is not null; chunk = chunk.Next)
        {
            count++;
        }

        return count;
    }

    public long CountBytes()
    {
        var bytes = 0L;
        for (var chunk = _ready.First; chunk is not null; chunk = chunk.Next)
        {
            bytes += chunk.Unread.Length;
        }

        return bytes;
    }

    public void Clear()
    {
        pool.FreeAll(_ready.First);
        pool.FreeAll(_behindPartial.First);
        _ready = default;
        _behindPartial = default;
        HasPartial = false;
    }

    private struct ChunkList
    {
        public InboundChunk? First;
        public InboundChunk? Last;

        public void Append(in InboundMessage message)
        {
            if (Last is null)
            {
                First = message.First;
            }
            else
            {
                Last.Next = message.First;
            }

            Last = message.Last;
        }

        public void RemoveFirst()
        {
            First = First!.Next;
            if (First is null)
            {
                Last = null;
            }
        }
    }
}
