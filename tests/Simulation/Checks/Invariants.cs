using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Simulation;

/// <summary>What holds after every step, whatever happened (requirements R-59, R-61, R-81, R-82, R-88, R-106, R-107). What takes a memory of the steps before is in <see cref="Watch"/>.</summary>
internal static class Invariants
{
    // Beyond the buffer what fills gaps is taken, and one chunk may cross either bound.
    private const int MaxBeyondBuffer = (64 * 1024) + 65_536;

    public static void Check(Association association)
    {
        CheckFlight(association);
        if (association.State == AssociationState.Closed)
        {
            CheckClosed(association);
            return;
        }

        CheckTimers(association);
        CheckPaths(association);
        CheckSending(association);
        if (association.Receiver is { } receiver)
        {
            Require.That(receiver.BufferedCost >= 0, "R-61", "more chunks were given back than taken");
            Require.That(receiver.BufferedCost <= association.Options.ReceiveBufferSize + MaxBeyondBuffer, "R-61", $"{receiver.BufferedCost} bytes are held");
            Require.That(receiver.AdvertisedWindow <= association.Options.ReceiveBufferSize, "R-61", "a_rwnd is more than the buffer");
        }
    }

    public static void CheckPacket(Association association, in Transmit transmit, ReadOnlySpan<byte> packet)
    {
        Require.That(Crc32c.VerifyPacket(packet), "R-02", "the checksum is wrong");
        Require.That(packet.Length % 4 == 0, "R-88", "the packet is not padded");
        var chunks = new ChunkReader(packet);
        var content = new Content();
        while (chunks.MoveNext())
        {
            content.Add(chunks.Current);
        }

        Require.That(chunks.End == ChunkReaderEnd.Complete, "R-88", $"the chunks end with {chunks.End}");
        content.Check();
        if (!transmit.MayFragment && association.Paths.Find(transmit.Remote) is { } path)
        {
            Require.That(packet.Length <= path.MaxPacketSize, "R-88", $"a packet of {packet.Length} bytes, above the PMTU");
        }
    }

    private static void CheckClosed(Association association)
    {
        Require.That(association.NextDeadline == EngineTime.Never, "R-106", "a timer runs after the end");
        Require.Same(0, association.BufferedBytes, "R-106", "the length of queued messages after the end");
        Require.That(association.SentChunks.IsEmpty, "R-106", "chunks are outstanding after the end");
        foreach (var path in association.Paths)
        {
            Require.That(path.Replies.IsEmpty && !path.Heartbeat.IsDue, "R-106", "something is left to be sent after the end");
        }
    }

    private static void CheckTimers(Association association)
    {
        var receiver = association.Receiver;
        switch (association.State)
        {
            case AssociationState.Established:
                break;
            case AssociationState.ShutdownReceived:
                Require.That(association.NextDeadline != EngineTime.Never, "R-82", "no timer runs, in ShutdownReceived");
                break;
            default:
                Require.That(association.NextDeadline != EngineTime.Never, "R-82", $"no timer runs, in {association.State}");
                break;
        }

        // R-56: what was received is acknowledged, unless there is no address yet to send it to (R-48).
        Require.That(
            receiver is null || !receiver.Sack.IsPending || receiver.Sack.Deadline != EngineTime.Never || !association.Paths.DataPath.IsConfirmed
                || association.State is not (AssociationState.Established or AssociationState.ShutdownPending),
            "R-56", "a SACK is pending and no timer runs for it");
    }

    private static void CheckPaths(Association association)
    {
        var options = association.Options;
        var hasPrimary = false;
        foreach (var path in association.Paths)
        {
            hasPrimary |= path == association.Paths.Primary;
            Require.That(path.Rto.Rto > 0 && path.Rto.Rto <= Math.Max(options.RtoMax, options.RtoInitial), "R-82", $"RTO is {path.Rto.Rto}");
            Require.That(path.ErrorCount <= Association.DormantErrors * (options.PathMaxRetransmits + 1), "R-105", $"the error count of a path is {path.ErrorCount}");
            Require.That(path.Congestion.Window > 0, "R-83", "cwnd is 0");
        }

        Require.That(hasPrimary, "R-104", "the primary path is none of the paths");
    }

    private static void CheckSending(Association association)
    {
        var sender = association.Sender;
        switch (association.State)
        {
            case AssociationState.Established or AssociationState.ShutdownPending or AssociationState.ShutdownReceived:
                // R-82: who has data to send has some in flight, or a probe of the closed window to come, or no address yet that it may send to (R-48).
                Require.That(
                    association.BufferedBytes == 0 || !association.Paths.DataPath.IsConfirmed
                        || association.SentChunks.InFlightCount > 0 || sender.ProbeDeadline != EngineTime.Never,
                    "R-82", $"data is queued, nothing is in flight and no probe is due, in {association.State}");
                Require.That(association.State == AssociationState.Established || !sender.IsDrained, "R-107", $"nothing to wait for in {association.State}");
                break;
            case AssociationState.ShutdownSent or AssociationState.ShutdownAckSent:
                Require.That(sender.IsDrained, "R-107", $"unacknowledged data in {association.State}");
                Require.Same(0, association.BufferedBytes, "R-107", $"the length of queued messages in {association.State}");
                break;
        }
    }

    private static void CheckFlight(Association association)
    {
        var chunks = association.SentChunks;
        var paths = association.Paths;
        Span<int> inFlight = stackalloc int[paths.Count];
        int lost = 0, count = 0, payload = 0, index = 0;
        for (var tsn = chunks.FirstTsn; tsn != chunks.NextTsn; tsn++)
        {
            ref var chunk = ref chunks[tsn];
            if (chunk.State == SentChunkState.InFlight)
            {
                // Most are on the path of the one before. Nothing is in flight to where there is no path any more.
                index = paths[index] == chunk.Path ? index : IndexOf(paths, chunk.Path);
                inFlight[index] += chunk.WireSize;
                count++;
                payload += chunk.Length;
            }

            lost += chunk.IsLost ? 1 : 0;
        }

        Require.Same(lost, chunks.LostCount, "R-81", "the count of lost chunks");
        Require.Same(count, chunks.InFlightCount, "R-81", "the count of chunks in flight");
        Require.Same(payload, chunks.PayloadInFlight, "R-81", "the payload in flight");
        Require.That(
            chunks.IsEmpty || chunks[chunks.FirstTsn].State != SentChunkState.GapAcked, "R-81", "the first chunk kept is acknowledged");
        for (var i = 0; i < paths.Count; i++)
        {
            Require.Same(inFlight[i], paths[i].BytesInFlight, "R-81", "the flight of a path");
            Require.That(
                paths[i].BytesInFlight > 0 == (paths[i].RetransmissionDeadline != EngineTime.Never),
                "R-82", $"T3-rtx {(paths[i].BytesInFlight > 0 ? "does not run with" : "runs without")} data in flight");
        }
    }

    private static int IndexOf(PathSet paths, Path path)
    {
        for (var i = 0; i < paths.Count; i++)
        {
            if (paths[i] == path)
            {
                return i;
            }
        }

        throw new BrokenRuleException("R-81", $"a chunk is in flight to {path.Remote}, which is no path any more");
    }

    /// <summary>What one packet holds (R-59, R-88).</summary>
    private ref struct Content
    {
        private const int Initial = 1 << (int)ChunkType.Init | 1 << (int)ChunkType.InitAck | 1 << (int)ChunkType.ShutdownComplete;
        private const int Last = 1 << (int)ChunkType.Abort | 1 << (int)ChunkType.Shutdown | 1 << (int)ChunkType.ShutdownAck;

        private int _types;
        private int _count;
        private bool _hasData;
        private uint _lastTsn;

        public void Add(in Chunk chunk)
        {
            if (DataChunk.TryRead(chunk, out var data))
            {
                Require.That(!_hasData || SerialNumber.GreaterThan(data.Tsn, _lastTsn), "R-88", "DATA not in increasing TSN");
                Require.That(!data.Payload.IsEmpty, "R-66", "DATA without user data");
                (_hasData, _lastTsn) = (true, data.Tsn);
            }
            else
            {
                Require.That(!_hasData, "R-88", "control behind DATA");
            }

            var type = 1 << (int)chunk.Type;
            if (SackChunk.TryRead(chunk, out var sack))
            {
                Require.That((_types & type) == 0, "R-59", "two SACKs");
                CheckSack(sack);
            }

            Require.That(_count == 0 || chunk.Type is not (ChunkType.CookieEcho or ChunkType.CookieAck), "R-88", $"{chunk.Type} is not the first chunk");
            _types |= type;
            _count++;
        }

        public readonly void Check()
        {
            Require.That(_count > 0, "R-88", "a packet without chunks");
            Require.That(_count == 1 || (_types & Initial) == 0, "R-88", "INIT, INIT ACK or SHUTDOWN COMPLETE in company");
            Require.That(!_hasData || (_types & Last) == 0, "R-88", "DATA with ABORT, SHUTDOWN or SHUTDOWN ACK");
        }

        private static void CheckSack(in SackChunk sack)
        {
            // In order, apart from each other and from the Cumulative TSN.
            var end = 0;
            for (var i = 0; i < sack.GapBlockCount; i++)
            {
                var block = sack.GapBlock(i);
                Require.That(block.Start > end + 1 && block.End >= block.Start, "R-59", $"gap block {block.Start}-{block.End} after {end}");
                end = block.End;
            }
        }
    }
}
