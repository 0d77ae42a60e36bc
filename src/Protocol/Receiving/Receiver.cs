namespace Kestrel.Sctp.Protocol.Receiving;

internal enum DataOutcome
{
    /// <summary>Taken, or rightly ignored; the SACK says which.</summary>
    Handled,

    /// <summary>The stream does not exist: acknowledged, reported by an ERROR, discarded (RFC 9260, 6.5).</summary>
    InvalidStream,

    /// <summary>No message can look so: the association must be aborted (RFC 9260, 6.9).</summary>
    Violation,
}

/// <summary>
/// The receiving half of an association (RFC 9260, 6.2, 6.5 to 6.7, 6.9): what has arrived, what it costs, which messages
/// are whole and whose turn it is, and what the next SACK says.
/// </summary>
internal sealed class Receiver
{
    // Room beyond the window for chunks that fill a gap: without it a full buffer could never be emptied (RFC 9260, 6.2).
    private const int GapFillReserve = 64 * 1024;
    private const int MaxDuplicates = 64;
    private const int MinTsnDistance = 1_024;

    // How far one packet may go in search of what to drop: the next goes on from there.
    private const int MaxRenegeSteps = 4_096;

    private readonly ChunkPool _pool = new();
    private readonly ReceivedTsnMap _map;
    private readonly TsnRunReassembly _reassembly = new();
    private readonly StreamOrder _order = new();
    private readonly DeliveryQueue _delivery;
    private AssociationOptions _options;
    private readonly ushort _inboundStreams;
    private readonly uint[] _duplicates = new uint[MaxDuplicates];
    private int _duplicateCount;

    // Of the message being delivered in parts.
    private uint _partialNextTsn;
    private ushort _partialStream;
    private ushort _partialSequence;
    private bool _partialUnordered;

    // Above this TSN nothing is held that could be dropped again: it was delivered, or never arrived.
    private uint _highestHeld;

    // Of the packet being processed.
    private bool _packetHasData;
    private bool _packetHasNew;
    private bool _sackAtOnce;
    private bool _gapAtStart;
    private int _renegeSteps;

    public Receiver(uint peerInitialTsn, ushort inboundStreams, AssociationOptions options)
    {
        _options = options;
        _map = new ReceivedTsnMap(peerInitialTsn, MaxTsnDistance(options));
        _highestHeld = _map.CumulativeTsn;
        _delivery = new DeliveryQueue(_pool);
        _inboundStreams = inboundStreams;
        Sack = new SackSchedule(options);
        AdvertisedWindow = BufferSize;
    }

    public SackSchedule Sack { get; }

    public uint CumulativeTsn => _map.CumulativeTsn;

    public bool HasGap => _map.HasGap;

    public bool HasDuplicates => _duplicateCount > 0;

    /// <summary>More than half of the buffer is in use: an acknowledgement that names no window would mislead the peer.</summary>
    public bool IsTight => Window < BufferSize / 2;

    public bool HasReadable => !_delivery.IsEmpty;

    public int ReadableLength => _delivery.ReadableLength;

    /// <summary>Bytes of receive buffer in use, overhead counted.</summary>
    public int BufferedCost => _pool.Cost;

    /// <summary>Bytes of memory in use for what was received: never above twice <see cref="BufferedCost"/>.</summary>
    public int BufferedMemory => _pool.Memory;

    /// <summary>Chunks received that the reader can't have yet, for something before them is missing. Counted when asked for.</summary>
    public int PendingChunks => _pool.Count - _delivery.CountChunks();

    /// <summary>Bytes that the reader can have, over all messages. Counted when asked for.</summary>
    public long CountReadableBytes() => _delivery.CountBytes();

    /// <summary>Anything was received: TSN space and streams are in use.</summary>
    public bool HasReceived { get; private set; }

    /// <summary>What the last SACK told the peer.</summary>
    public int AdvertisedWindow { get; private set; }

    private int BufferSize => _options.ReceiveBufferSize;

    private int Window => Math.Max(BufferSize - _pool.Cost, 0);

    public void BeginPacket()
    {
        _packetHasData = false;
        _packetHasNew = false;
        _sackAtOnce = false;
        _gapAtStart = _map.HasGap;
        _renegeSteps = 0;
    }

    /// <summary>Returns whether the packet carried DATA.</summary>
    public bool EndPacket(long now)
    {
        if (_packetHasData)
        {
            // RFC 9260, 6.2, 6.7: at once for a gap, one just filled, duplicates alone, the I bit, a dropped chunk.
            Sack.OnDataPacket(_sackAtOnce || _gapAtStart || _map.HasGap || !_packetHasNew, now);
        }

        return _packetHasData;
    }

    public DataOutcome OnData(in DataChunk data)
    {
        _packetHasData = true;
        _sackAtOnce |= data.IsImmediate;
        switch (_map.Classify(data.Tsn, data.IsBegin, data.IsEnd))
        {
            case TsnOutcome.Duplicate:
                if (_duplicateCount < MaxDuplicates)
                {
                    _duplicates[_duplicateCount++] = data.Tsn;
                }

                return DataOutcome.Handled;
            case TsnOutcome.OutOfRange:
                _sackAtOnce = true;
                return DataOutcome.Handled;
            case TsnOutcome.Inconsistent:
                return DataOutcome.Violation;
        }

        if (data.StreamId >= _inboundStreams)
        {
            _packetHasNew = true;
            _map.Add(data.Tsn, data.IsBegin, data.IsEnd);
            return DataOutcome.InvalidStream;
        }

        if (!HasRoomFor(data))
        {
            _sackAtOnce = true;
            return DataOutcome.Handled;
        }

        var chunk = _pool.Take(data);
        if (_reassembly.Add(chunk, out var message) is var outcome && outcome == ReassemblyOutcome.Mismatch)
        {
            _pool.Free(chunk);
            return DataOutcome.Violation;
        }

        _packetHasNew = true;
        HasReceived = true;
        _map.Add(data.Tsn, data.IsBegin, data.IsEnd);
        if (SerialNumber.GreaterThan(data.Tsn, _highestHeld))
        {
            _highestHeld = data.Tsn;
        }

        if (_delivery.HasPartial && !ContinuePartialDelivery())
        {
            return DataOutcome.Violation;
        }

        if (outcome == ReassemblyOutcome.Completed && !Complete(message))
        {
            _pool.FreeAll(message.First);
            return DataOutcome.Violation;
        }

        DeliverPartiallyUnderPressure();
        return DataOutcome.Handled;
    }

    public bool TryPeek(out ReceivedPart part) => _delivery.TryPeek(out part);

    /// <summary>Copies from the oldest message; a window opened far enough asks for a SACK (RFC 9260, 6.2: a quarter of the buffer).</summary>
    public bool TryRead(Span<byte> destination, out ReceivedPart part)
    {
        if (!_delivery.TryRead(destination, out part))
        {
            return false;
        }

        if (Window - AdvertisedWindow >= BufferSize / 4)
        {
            Sack.Request();
        }

        return true;
    }

    /// <summary>Writes the SACK, if it fits at all, with as many gap blocks and duplicates as there is room for.</summary>
    public bool TryWriteSack(ref PacketWriter writer)
    {
        const int fixedSize = 16;
        const int itemSize = 4;
        const int maxGapBlocks = 300;
        var items = (writer.Remaining - fixedSize) / itemSize;
        if (items < 0)
        {
            return false;
        }

        Span<GapBlock> blocks = stackalloc GapBlock[Math.Min(items, maxGapBlocks)];
        var blockCount = _map.WriteGapBlocks(blocks);
        var duplicates = _duplicates.AsSpan(0, Math.Min(_duplicateCount, items - blockCount));
        AdvertisedWindow = Window;
        SackChunk.Write(ref writer, _map.CumulativeTsn, (uint)AdvertisedWindow, blocks[..blockCount], duplicates);
        _duplicateCount = 0;
        Sack.OnSent();
        return true;
    }

    /// <summary>A smaller buffer drops nothing; it closes the window until enough has been read.</summary>
    public void UpdateOptions(AssociationOptions options)
    {
        _options = options;
        Sack.UpdateOptions(options);
    }

    /// <summary>Gives up the memory of busier times.</summary>
    public void Trim()
    {
        _pool.Trim();
        _map.Trim();
        _reassembly.Trim();
        _order.Trim();
    }

    /// <summary>Nothing more arrives: gives back what can never be delivered. What is readable stays.</summary>
    public void Close()
    {
        Sack.Stop();
        _reassembly.Clear(_pool);
        _order.Clear(_pool);
    }

    /// <summary>Gives all memory back.</summary>
    public void Clear()
    {
        Close();
        _delivery.Clear();
    }

    private bool HasRoomFor(in DataChunk data)
    {
        // What moves the Cumulative TSN is no chunk out of order: it always has a place, or nothing would ever become complete.
        var needsPlace = data.Tsn != _map.CumulativeTsn + 1;
        if (_pool.Cost < BufferSize && (!needsPlace || HasPlaceFor(data)))
        {
            return true;
        }

        // RFC 9260, 6.2: at a window of zero, nothing above the highest TSN; below it, the highest are dropped for it if need be.
        if (SerialNumber.GreaterThan(data.Tsn, _map.HighestTsn))
        {
            return false;
        }

        while (_pool.Cost >= BufferSize + GapFillReserve || (needsPlace && !HasPlaceFor(data)))
        {
            if (!TryRenegeAbove(data.Tsn))
            {
                return false;
            }
        }

        return true;
    }

    private bool HasPlaceFor(in DataChunk data) =>
        _map.OutOfOrderCount < _options.MaxOutOfOrderChunks
        && (_reassembly.RunCount < _options.MaxPartialMessages || !_reassembly.BeginsRun(data));

    // More than any window of this size lets a peer send, but of the smallest chunks; those would not fit the buffer.
    private static int MaxTsnDistance(AssociationOptions options) =>
        Math.Clamp(options.ReceiveBufferSize / 16, MinTsnDistance, ReceivedTsnMap.MaxDistance);

    /// <summary>Drops the highest chunk, or message, that is held. What was delivered already may well lie above it.</summary>
    private bool TryRenegeAbove(uint tsn)
    {
        for (; _renegeSteps < MaxRenegeSteps && SerialNumber.GreaterThan(_highestHeld, tsn); _highestHeld--, _renegeSteps++)
        {
            if (TryRenege(_highestHeld))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryRenege(uint tsn)
    {
        if (_reassembly.TryTakeLast(tsn, out var chunk))
        {
            _pool.Free(chunk!);
            _map.Renege(tsn);
            return true;
        }

        // Its first TSN lies above the Cumulative TSN like its last: they are consecutive.
        if (_order.TryTakeByLastTsn(tsn, out var message))
        {
            for (var next = message.First; next is not null; next = next.Next)
            {
                _map.Renege(next.Tsn);
            }

            _pool.FreeAll(message.First);
            return true;
        }

        // Delivered already (unordered), or acknowledged cumulatively: never taken back.
        return false;
    }

    private bool Complete(in InboundMessage message)
    {
        if (!_order.IsNext(message.First))
        {
            return _order.TryWait(message);
        }

        Deliver(message);
        return true;
    }

    private void Deliver(in InboundMessage message)
    {
        var streamId = message.First.StreamId;
        var unordered = message.First.Unordered;
        _order.Advance(message.First);
        _delivery.Add(message);
        if (!unordered)
        {
            DeliverWaiting(streamId);
        }
    }

    private void DeliverWaiting(ushort streamId)
    {
        while (_order.TryTakeNext(streamId, out var next))
        {
            _order.Advance(next.First);
            _delivery.Add(next);
        }
    }

    /// <summary>A message that outgrows half the buffer is handed over in parts, or it could never be received (RFC 9260, 6.9).</summary>
    private void DeliverPartiallyUnderPressure()
    {
        if (_delivery.HasPartial || _pool.Cost < BufferSize / 2
            || !_reassembly.TryPeekFront(_map.CumulativeTsn, out var front) || !_order.IsNext(front.First))
        {
            return;
        }

        _reassembly.TryTake(front.First.Tsn, out front);
        _partialStream = front.First.StreamId;
        _partialSequence = front.First.StreamSequence;
        _partialUnordered = front.First.Unordered;
        AddPart(front);
    }

    /// <summary>False when what follows belongs to another message (RFC 9260, 6.9).</summary>
    private bool ContinuePartialDelivery()
    {
        if (!_reassembly.TryTake(_partialNextTsn, out var run))
        {
            return true;
        }

        var first = run.First;
        if (first.StreamId != _partialStream || first.Unordered != _partialUnordered
            || (!_partialUnordered && first.StreamSequence != _partialSequence))
        {
            _pool.FreeAll(first);
            return false;
        }

        AddPart(run);
        return true;
    }

    private void AddPart(in InboundMessage part)
    {
        // The reader frees chunks as it goes: take what is needed before.
        _partialNextTsn = part.Last.Tsn + 1;
        var (first, ended) = (part.First, part.Last.Ends);
        if (ended)
        {
            _order.Advance(first);
        }

        _delivery.AddPart(part);
        if (ended && !_partialUnordered)
        {
            DeliverWaiting(_partialStream);
        }
    }
}
