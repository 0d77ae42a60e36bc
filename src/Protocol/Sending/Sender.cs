using System.Buffers;
using Kestrel.Sctp.Protocol.Paths;

namespace Kestrel.Sctp.Protocol.Sending;

/// <summary>
/// The sending half of an association: what may leave now and where to (RFC 9260, 6.1).
/// What is sent again, and what SACKs do, are its other parts.
/// </summary>
internal sealed partial class Sender
{
    // A chunk smaller than this part of a full one is not cut only to fill a packet up.
    private const int MinFillDivisor = 4;
    private const int MaxBurstCredit = 64;

    private AssociationOptions _options;
    private readonly PathSet _paths;
    private readonly SendQueue _queue;
    private readonly ILossDetection _lossDetection = new HighestNewlyAckedLossDetection();
    private SentChunks _chunks;
    private uint _initialTsn;
    private long _peerWindow;
    private uint _lastAdvertisedWindow;
    private int _burstCredit;

    // Zero window probing (6.1 A).
    private bool _probeNow;
    private bool _probing;
    private bool _probeRefused;
    private bool _sackSinceTimeout;
    private int _probeBackOff;

    /// <summary>Before the peer is known: messages can be queued, nothing leaves.</summary>
    public Sender(uint initialTsn, PathSet paths, AssociationOptions options)
    {
        _options = options;
        _paths = paths;
        _initialTsn = initialTsn;
        _chunks = new SentChunks(initialTsn);
        _queue = new SendQueue(options.OutboundStreams, options.MaxOrderedOutstanding);
    }

    /// <summary>Valid stream identifiers are below this (RFC 9260, 5.1.1).</summary>
    public int Streams => _queue.Streams;

    public long BufferedBytes => _queue.BufferedBytes;

    /// <summary>Nothing queued, nothing unacknowledged.</summary>
    public bool IsDrained => _queue.IsEmpty && _chunks.IsEmpty;

    /// <summary>When a window that stays closed though the last probe was taken is probed again, or never.</summary>
    public long ProbeDeadline { get; private set; } = EngineTime.Never;

    /// <summary>The sum that every step must keep right (tests; requirements R-81).</summary>
    public SentChunks Chunks => _chunks;

    /// <summary>The most user data that a DATA chunk carries now (RFC 6458, 8.2.1: sstat_fragmentation_point).</summary>
    public int FragmentationPoint => MaxPayload;

    /// <summary>What the peer has room for beyond what is in flight.</summary>
    public long PeerWindow => _peerWindow;

    /// <summary>No more data comes after what is queued: the last chunk asks for its SACK at once (RFC 9260, 6.1).</summary>
    public bool IsClosing { get; set; }

    public SendStatus Enqueue(in SendInfo info, in ReadOnlySequence<byte> payload, object? owner)
    {
        if (info.StreamId >= Streams)
        {
            return SendStatus.InvalidStream;
        }

        if (payload.Length == 0 || payload.Length > _options.MaxMessageSize)
        {
            return SendStatus.InvalidLength;
        }

        _queue.Add(info, payload, owner);
        GrantBurst();
        return SendStatus.Queued;
    }

    public bool TryTakeReleased(out ReleasedMessage message) => _queue.TryTakeReleased(out message);

    /// <summary>The peer's window and streams are known: data may leave from now on. Messages on streams it won't take are given back.</summary>
    public void Start(uint peerWindow, int streams)
    {
        _peerWindow = peerWindow;
        _lastAdvertisedWindow = peerWindow;
        _queue.LimitStreams(streams);
        GrantBurst();
    }

    /// <summary>After a restart of the peer: everything before is void and given back (RFC 9260, 5.2.4 A).</summary>
    public void Restart(uint initialTsn, uint peerWindow, int streams)
    {
        Close();
        _initialTsn = initialTsn;
        _chunks = new SentChunks(initialTsn);
        _queue.RestartStreams(streams);
        _timeoutPacketDue = false;
        _awaitingAckAfterTimeout = false;
        _probeNow = false;
        _probing = false;
        _probeBackOff = 0;
        Start(peerWindow, streams);
    }

    /// <summary>Gives all messages back, unacknowledged, and stops everything.</summary>
    public void Close()
    {
        for (var tsn = _chunks.FirstTsn; tsn != _chunks.NextTsn; tsn++)
        {
            ref var chunk = ref _chunks[tsn];
            if ((chunk.Flags & ChunkFlags.DataEnd) != 0)
            {
                _queue.ReleaseUnacknowledged(chunk.Message);
            }
        }

        _chunks.Clear();
        _gapAckedCount = 0;
        _queue.ReleaseAll();
        ProbeDeadline = EngineTime.Never;
        foreach (var path in _paths)
        {
            path.RetransmissionDeadline = EngineTime.Never;
        }
    }

    /// <summary>What is held back by an option that is gone may leave at once.</summary>
    public void UpdateOptions(AssociationOptions options)
    {
        _options = options;
        GrantBurst();
    }

    /// <summary>Gives up the memory of busier times.</summary>
    public void Trim()
    {
        _queue.Trim();
        _chunks.Trim();
    }

    /// <summary>
    /// A send opportunity: up to Max.Burst packets may leave (RFC 9260, 6.1 D). Those of several steps add up for a caller
    /// that transmits after a batch of them.
    /// </summary>
    public void GrantBurst() => _burstCredit = Math.Min(_burstCredit + _options.MaxBurst, MaxBurstCredit);

    /// <summary>The opportunity is over: what it left unused is not saved up for a larger burst later.</summary>
    public void EndBurst() => _burstCredit = 0;

    /// <summary>The path on which DATA can leave now, or null. Starts the probe timer when only the peer's window forbids it.</summary>
    public Path? NextPath(long now)
    {
        if (_chunks.LostCount > 0)
        {
            return NextRetransmissionPath();
        }

        if (NextMessage is not { } message || (_awaitingAckAfterTimeout && _chunks.InFlightCount > 0))
        {
            return null;
        }

        var path = _paths.DataPath;
        path.DecayUnusedWindow(now);
        if (!path.IsConfirmed || path.BytesInFlight >= path.Congestion.Window || !HasBurstCredit)
        {
            return null;
        }

        if (_peerWindow < NextLength(message) && !_probeNow && !TryProbe(path, now))
        {
            return null;
        }

        // Nagle's rule, unless switched off: a small message waits while others are under way; not the rest of one that was cut.
        if (!_options.NoDelay && _chunks.InFlightCount > 0 && message.Cut == 0 && _queue.UnsentBytes < MaxPayload)
        {
            return null;
        }

        return path;
    }

    public void HandleProbeTimer(long now)
    {
        if (ProbeDeadline <= now)
        {
            ProbeDeadline = EngineTime.Never;
            _probeNow = true;
            GrantBurst();
        }
    }

    /// <summary>
    /// 6.1 A: with nothing in flight no SACK may come to open the window again. One DATA chunk may be in flight whatever the
    /// window: the first probe leaves at once and T3-rtx repeats it, each time after twice as long. A window that takes the
    /// probes and stays closed gets the next one after that time too. (6.1 A would have the first wait for one RTO; then a
    /// window update that was lost holds data up for longer, and a peer that is only short of room loses no more by it.)
    /// </summary>
    private bool TryProbe(Path path, long now)
    {
        if (_chunks.InFlightCount > 0 || ProbeDeadline != EngineTime.Never)
        {
            return false;
        }

        if (_probeBackOff == 0)
        {
            _probeNow = true;
        }
        else
        {
            ProbeDeadline = now + Math.Min(path.Rto.Rto << (_probeBackOff - 1), _options.RtoMax);
        }

        _probeBackOff = Math.Min(_probeBackOff + 1, 16);
        return _probeNow;
    }

    /// <summary>
    /// Appends DATA chunks for this path, which <see cref="NextPath"/> named: retransmissions first, then new data.
    /// Returns whether a chunk was written. Sets <paramref name="mayFragment"/> when a chunk cut before the PMTU fell needs it.
    /// </summary>
    public bool WriteData(ref PacketWriter writer, Path path, long now, bool isOnlyContent, out bool mayFragment)
    {
        mayFragment = false;
        var wrote = _chunks.LostCount > 0
            ? WriteRetransmissions(ref writer, path, now, isOnlyContent, ref mayFragment)
            : WriteNew(ref writer, path, now);
        if (!wrote)
        {
            return false;
        }

        _burstCredit--;
        path.LastDataAt = now;
        path.Heartbeat.LastRttChunkAt = now;
        path.WindowWasFull = path.BytesInFlight >= path.Congestion.Window;
        if (path.RetransmissionDeadline == EngineTime.Never)
        {
            // 6.3.2 R1
            path.RetransmissionDeadline = now + path.Rto.Rto;
        }

        return true;
    }

    private int MaxPayload
    {
        get
        {
            var payload = _paths.MaxChunkSize - DataChunk.HeaderSize;
            return _options.MaxSegmentSize > 0 ? Math.Min(payload, _options.MaxSegmentSize) : payload;
        }
    }

    private int NextLength(OutboundMessage message) => Math.Min(message.Length - message.Cut, MaxPayload);

    /// <summary>The message that the next chunk is cut from, if one may leave as far as numbers go (6.1).</summary>
    private OutboundMessage? NextMessage => _chunks.Count < _options.MaxTsnsOutstanding ? _queue.Current : null;

    private bool HasBurstCredit => _options.MaxBurst == 0 || _burstCredit > 0 || _chunks.InFlightCount == 0;

    // For the chunk that has to come next, that is.
    private bool IsPeerWindowClosed => _lastAdvertisedWindow < (
        !_chunks.IsEmpty ? _chunks[_chunks.FirstTsn].Length : NextMessage is { } message ? NextLength(message) : 1);

    // 6.1 B: the packet that crosses cwnd is filled up; no other follows it.
    private bool WriteNew(ref PacketWriter writer, Path path, long now)
    {
        var wrote = false;
        while (NextMessage is { } message)
        {
            var rest = message.Length - message.Cut;
            var room = writer.Remaining - DataChunk.HeaderSize;
            var length = Math.Min(rest, MaxPayload);
            if (length > room)
            {
                length = room & ~3;
                if (length < Math.Max(MaxPayload / MinFillDivisor, 1))
                {
                    break;
                }
            }

            if (_peerWindow < length && !_probeNow)
            {
                break;
            }

            if (_peerWindow < length)
            {
                _probing = true;
                _probeRefused = false;
            }

            WriteNewChunk(ref writer, path, message, length, now);
            wrote = true;
            if (_probeNow)
            {
                // A probe is one chunk (6.1 A).
                _probeNow = false;
                break;
            }
        }

        return wrote;
    }

    private void WriteNewChunk(ref PacketWriter writer, Path path, OutboundMessage message, int length, long now)
    {
        var flags = (byte)((message.Cut == 0 ? ChunkFlags.DataBegin : 0) | (message.Info.Unordered ? ChunkFlags.DataUnordered : 0));
        var offset = message.Cut;
        _queue.Cut(message, length);
        if (message.Cut == message.Length)
        {
            flags |= ChunkFlags.DataEnd;
        }

        var record = new SentChunk { Message = message, Path = path, Offset = offset, Length = length, Flags = flags, SentAt = now };
        _peerWindow = Math.Max(_peerWindow - length, 0);
        ProbeDeadline = EngineTime.Never;
        var tsn = _chunks.Add(record);
        if (path.RttTsn is null)
        {
            path.RttTsn = tsn;
            path.RttSentAt = now;
        }

        // 6.1: it fills the peer's window, and what waits behind it waits for its SACK. A probe is answered at once anyway (6.2),
        // and so is the first DATA of all (5.1).
        var fillsWindow = !_probeNow && tsn != _initialTsn && NextMessage is { } next && _peerWindow < NextLength(next);
        WriteChunk(ref writer, tsn, record, fillsWindow);
    }

    private void WriteChunk(ref PacketWriter writer, uint tsn, in SentChunk chunk, bool fillsWindow = false)
    {
        var message = chunk.Message;
        var flags = chunk.Flags;
        if (fillsWindow
            || (IsClosing && _queue.IsEmpty && tsn == _chunks.NextTsn - 1)
            || (message.Info.SackImmediately && (flags & ChunkFlags.DataEnd) != 0))
        {
            flags |= ChunkFlags.DataImmediate;
        }

        var payload = DataChunk.Write(
            ref writer, flags, tsn, message.Info.StreamId, message.Sequence, message.Info.PayloadProtocolId, chunk.Length);
        message.CopyTo(chunk.Offset, payload);
    }
}
