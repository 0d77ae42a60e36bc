using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Simulation;

/// <summary>
/// What holds from step to step of one association (requirements R-59, R-77, R-85, R-106, R-107): TSNs without a hole, acknowledgements
/// that go up only, no new data beyond cwnd, states in their order, nothing after the end.
/// </summary>
internal sealed class Watch
{
    // A SACK that leaves blocks out for want of room says nothing about them.
    private const int MaxComparedBlocks = 16;

    private readonly Association _association;
    private AssociationState _state;
    private uint _localTag;
    private uint _peerTag;
    private uint _nextTsn;
    private uint? _acknowledged;
    private uint _highestReported;
    private readonly Dictionary<uint, int> _pathsOfTsns = [];
    private AssociationState? _shutdownSentIn;
    private bool _hasEnded;
    private bool _isOver;

    public Watch(Association association)
    {
        _association = association;
        _state = association.State;
        _localTag = association.LocalTag;
        _peerTag = association.PeerTag;
        _nextTsn = association.SentChunks.NextTsn;
    }

    /// <summary>What was seen so far.</summary>
    public Situations Seen { get; private set; }

    public void OnEvent(in AssociationEvent associationEvent)
    {
        Require.That(!_hasEnded, "R-106", $"{associationEvent.Kind} after the end");
        _hasEnded = associationEvent.Kind == AssociationEventKind.Ended;
    }

    /// <summary>A batch that the association has just written.</summary>
    public void OnTransmit(in Transmit transmit, ReadOnlySpan<byte> batch)
    {
        Require.That(!_isOver, "R-106", "a packet leaves after the end");
        if (_peerTag != _association.PeerTag || _localTag != _association.LocalTag)
        {
            BeginLife();
        }

        var path = _association.Paths.Find(transmit.Remote);

        // What was in flight before the batch: it holds DATA of one path alone.
        var flight = (path?.BytesInFlight ?? 0) - DataSize(batch, transmit.SegmentSize);
        for (var offset = 0; offset < batch.Length; offset += transmit.SegmentSize)
        {
            var packet = batch.Slice(offset, Math.Min(transmit.SegmentSize, batch.Length - offset));
            var hasNew = false;
            var size = 0;
            foreach (var chunk in new ChunkReader(packet))
            {
                if (DataChunk.TryRead(chunk, out var data))
                {
                    hasNew |= OnData(data, path?.Id ?? 0);
                    size += Tlv.Pad(chunk.Length);
                }
                else if (SackChunk.TryRead(chunk, out var sack))
                {
                    OnSack(sack);
                }
                else if (ShutdownChunk.TryRead(chunk, out var shutdown))
                {
                    OnAcknowledged(shutdown.CumulativeTsn);
                }

                See(chunk.Type);
            }

            Seen |= size > 0 && packet.Length > path?.MaxPacketSize ? Situations.OversizedRetransmit : Situations.None;

            Require.That(
                !hasNew || path is null || flight < path.Congestion.Window, "R-85", $"new data leaves with {flight} bytes in flight and less cwnd");
            flight += size;
        }
    }

    /// <summary>A step is over, and all that follows from it done.</summary>
    public void AfterStep()
    {
        if (_localTag != _association.LocalTag)
        {
            BeginLife();
        }

        var state = _association.State;
        Seen |= state == AssociationState.ShutdownAckSent && _state == AssociationState.ShutdownSent ? Situations.SimultaneousShutdown : Situations.None;
        Seen |= _association.Sender.ProbeDeadline != EngineTime.Never ? Situations.WindowProbe : Situations.None;
        Require.That(CanFollow(_state, state), "R-107", $"{state} after {_state}");
        Require.That(_hasEnded == (state == AssociationState.Closed), "R-106", $"{state}, and the end was{(_hasEnded ? "" : " not")} told");
        _state = state;
        _isOver = state == AssociationState.Closed;
    }

    private void BeginLife()
    {
        if (_localTag != _association.LocalTag)
        {
            // The peer's restart: whatever state there was, it is established now.
            _nextTsn = _association.SentChunks.FirstTsn;
            _state = AssociationState.Established;
        }

        _localTag = _association.LocalTag;
        _peerTag = _association.PeerTag;
        _acknowledged = null;
    }

    private void See(ChunkType type)
    {
        var state = _association.State;
        switch (type)
        {
            case ChunkType.InitAck when state is AssociationState.CookieWait or AssociationState.CookieEchoed:
                Seen |= Situations.SimultaneousSetup;
                break;
            case ChunkType.Shutdown or ChunkType.ShutdownAck:
                Seen |= _shutdownSentIn == state ? Situations.ShutdownSentAgain : Situations.None;
                _shutdownSentIn = state;
                break;
        }
    }

    private bool OnData(in DataChunk data, int pathId)
    {
        var before = 0;
        if (_association.PathCount > 1)
        {
            _pathsOfTsns.TryGetValue(data.Tsn, out before);
            _pathsOfTsns[data.Tsn] = pathId;
        }


        if (data.Tsn == _nextTsn)
        {
            _nextTsn++;
            Seen |= data.Tsn == uint.MaxValue ? Situations.TsnWrapped : Situations.None;
            Seen |= data.StreamSequence == ushort.MaxValue && !data.IsUnordered ? Situations.SsnWrapped : Situations.None;
            return true;
        }

        Require.That(
            SerialNumber.LessThan(data.Tsn, _nextTsn) && SerialNumber.GreaterOrEqual(data.Tsn, _association.SentChunks.FirstTsn),
            "R-85", $"TSN {data.Tsn} leaves when {_nextTsn} is next");
        Seen |= _association.SentChunks[data.Tsn].FastRetransmitted ? Situations.FastRetransmit : Situations.TimeoutRetransmit;
        Seen |= before != 0 && before != pathId ? Situations.RetransmitToOtherPath : Situations.None;
        return false;
    }

    private void OnSack(in SackChunk sack)
    {
        OnAcknowledged(sack.CumulativeTsn);
        var count = sack.GapBlockCount;
        var highest = sack.CumulativeTsn + (count > 0 ? sack.GapBlock(count - 1).End : 0u);
        if (SerialNumber.LessThan(highest, _highestReported) && count < MaxComparedBlocks)
        {
            Seen |= Situations.Reneged;
        }

        _highestReported = count < MaxComparedBlocks ? highest : sack.CumulativeTsn;
        Seen |= sack.AdvertisedReceiverWindow == 0 ? Situations.ZeroWindow : Situations.None;
        Seen |= sack.DuplicateCount > 0 ? Situations.DuplicateReported : Situations.None;
    }

    private void OnAcknowledged(uint cumulativeTsn)
    {
        if (_acknowledged is not { } before)
        {
            _highestReported = cumulativeTsn;
        }
        else
        {
            Require.That(SerialNumber.GreaterOrEqual(cumulativeTsn, before), "R-59", $"the Cumulative TSN goes back from {before} to {cumulativeTsn}");
        }

        _acknowledged = cumulativeTsn;
    }

    private static int DataSize(ReadOnlySpan<byte> batch, int segmentSize)
    {
        var size = 0;
        for (var offset = 0; offset < batch.Length; offset += segmentSize)
        {
            foreach (var chunk in new ChunkReader(batch.Slice(offset, Math.Min(segmentSize, batch.Length - offset))))
            {
                size += chunk.Type == ChunkType.Data ? Tlv.Pad(chunk.Length) : 0;
            }
        }

        return size;
    }

    private static bool CanFollow(AssociationState before, AssociationState after) => before == after || before switch
    {
        AssociationState.Closed => false,
        AssociationState.ShutdownAckSent => after == AssociationState.Closed,
        AssociationState.ShutdownSent or AssociationState.ShutdownReceived => after is AssociationState.ShutdownAckSent or AssociationState.Closed,
        AssociationState.ShutdownPending => after is not (AssociationState.Established or AssociationState.CookieWait or AssociationState.CookieEchoed),
        AssociationState.Established => after is not (AssociationState.CookieWait or AssociationState.CookieEchoed),
        _ => true,
    };
}
