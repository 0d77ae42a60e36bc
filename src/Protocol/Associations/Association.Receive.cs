using System.Text;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Receiving;
using Kestrel.Sctp.Protocol.Sending;

namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>Arriving packets: the rules of the Verification Tag (RFC 9260, 8.5), then chunk by chunk (6.10).</summary>
internal sealed partial class Association
{
    private const int MaxAbortReason = 256;

    // Of an ERROR chunk and of one cause in it.
    private const int ErrorHeaders = Chunk.HeaderSize + Tlv.HeaderSize;

    // Where SACKs go: the source of the latest DATA (RFC 9260, 6.4).
    private Path? _sackTo;
    private bool _packetHasSack;

    /// <summary>
    /// A packet that <see cref="Endpoints.Endpoint.Receive"/> delivered here: its checksum and ports are right. Never throws,
    /// whatever the bytes are.
    /// </summary>
    public void Receive(in PacketInfo info, ReadOnlySpan<byte> packet, long now)
    {
        if (State == AssociationState.Closed || !PacketHeader.TryRead(packet, out var header))
        {
            return;
        }

        var chunks = new ChunkReader(packet);
        if (!chunks.MoveNext())
        {
            return;
        }

        var first = chunks.Current;
        if (header.VerificationTag == 0)
        {
            // 8.5.1 A: tag 0 goes with an INIT, alone.
            if (first.Type == ChunkType.Init && !chunks.MoveNext())
            {
                HandleInit(info, first, now);
            }

            return;
        }

        if (header.VerificationTag != LocalTag)
        {
            ReceiveWithForeignTag(info, header, first, ref chunks, now);
            return;
        }

        if (first.Type is ChunkType.InitAck or ChunkType.ShutdownComplete)
        {
            // 6.10: valid alone only.
            if (!chunks.MoveNext())
            {
                ReceiveAlone(info, first, now);
            }

            return;
        }

        ProcessChunks(info, header, packet, first, now);
    }

    private void ReceiveAlone(in PacketInfo info, in Chunk chunk, long now)
    {
        if (chunk.Type == ChunkType.InitAck)
        {
            HandleInitAck(info, chunk, now);
        }
        else if ((chunk.Flags & ChunkFlags.TagReflected) == 0)
        {
            HandleShutdownComplete();
        }
    }

    /// <summary>8.5.1: what may carry another tag than ours.</summary>
    private void ReceiveWithForeignTag(in PacketInfo info, in PacketHeader header, in Chunk first, scoped ref ChunkReader chunks, long now)
    {
        switch (first.Type)
        {
            case ChunkType.Abort when AbortChunk.TryRead(first, out var abort) && abort.TagReflected && IsPeerTag(header):
                HandleAbort(abort);
                break;
            case ChunkType.ShutdownComplete when IsPeerTag(header) && (first.Flags & ChunkFlags.TagReflected) != 0 && !chunks.MoveNext():
                HandleShutdownComplete();
                break;
            case ChunkType.CookieEcho:
                if (HandleCookieEcho(info, header, first, now))
                {
                    ProcessRest(info, header, ref chunks, now);
                }

                break;
            case ChunkType.ShutdownAck when State is AssociationState.CookieWait or AssociationState.CookieEchoed:
                // 8.5.1 E: out of the blue; the old association of the peer is to end.
                AnswerStrayShutdownAck(info, header.VerificationTag);
                break;
        }
    }

    private bool IsPeerTag(in PacketHeader header) => PeerTag != 0 && header.VerificationTag == PeerTag;

    private void ProcessChunks(in PacketInfo info, in PacketHeader header, ReadOnlySpan<byte> packet, in Chunk first, long now)
    {
        if (State == AssociationState.ShutdownSent)
        {
            // 9.2: any packet shows that the peer lives.
            _shutdown.OnPeerAlive();
        }

        if (first.Type != ChunkType.CookieEcho && _paths.Find(info.Source) is { } path)
        {
            // RFC 6951, 5.4: learnt only from packets with our tag.
            if (path.RemoteUdpPort != info.SourceUdpPort)
            {
                path.RemoteUdpPort = info.SourceUdpPort;
                _paths.UpdateMaxChunkSize();
                RoutesChanged = true;
            }
        }

        var chunks = new ChunkReader(packet);
        ProcessRest(info, header, ref chunks, now);
    }

    private void ProcessRest(in PacketInfo info, in PacketHeader header, scoped ref ChunkReader chunks, long now)
    {
        _packetHasSack = false;
        _receiver?.BeginPacket();
        var source = _paths.Find(info.Source);
        while (State != AssociationState.Closed && chunks.MoveNext())
        {
            if (!ProcessChunk(info, header, chunks.Current, source, now))
            {
                break;
            }

            // The COOKIE ECHO, or a restart, may just have made them.
            source ??= _paths.Find(info.Source);
        }

        if (State == AssociationState.Closed || _receiver is not { } receiver)
        {
            return;
        }

        if (receiver.EndPacket(now))
        {
            _sackTo = source ?? _sackTo;
            if (State == AssociationState.ShutdownSent)
            {
                AnswerDataWhileShuttingDown(receiver);
            }
        }

        ProceedWithShutdown(now);
    }

    /// <summary>Returns false when the rest of the packet is to be ignored.</summary>
    private bool ProcessChunk(in PacketInfo info, in PacketHeader header, in Chunk chunk, Path? source, long now)
    {
        switch (chunk.Type)
        {
            case ChunkType.Data:
                return HandleData(chunk, source);
            case ChunkType.Sack:
                if (!_packetHasSack && SackChunk.TryRead(chunk, out var sack))
                {
                    // 6.2: there is one for a packet at most. Each is a walk over what is outstanding.
                    _packetHasSack = true;
                    HandleSack(sack, now);
                }

                return true;
            case ChunkType.Heartbeat:
                HandleHeartbeat(chunk, source);
                return true;
            case ChunkType.HeartbeatAck:
                HandleHeartbeatAck(chunk, now);
                return true;
            case ChunkType.Abort:
                // 9.1: with our own tag the T bit must be clear.
                if (AbortChunk.TryRead(chunk, out var abort) && !abort.TagReflected)
                {
                    HandleAbort(abort);
                }

                return true;
            case ChunkType.Shutdown:
                if (ShutdownChunk.TryRead(chunk, out var shutdown))
                {
                    HandleShutdown(shutdown, now);
                }

                return true;
            case ChunkType.ShutdownAck when State is AssociationState.CookieWait or AssociationState.CookieEchoed:
                // 8.5.1 E: the packet is out of the blue; one answer is all it gets.
                AnswerStrayShutdownAck(info, header.VerificationTag);
                return false;
            case ChunkType.ShutdownAck:
                HandleShutdownAck(info);
                return true;
            case ChunkType.Error:
                HandleError(chunk, now);
                return true;
            case ChunkType.CookieEcho:
                return HandleCookieEcho(info, header, chunk, now);
            case ChunkType.CookieAck:
                HandleCookieAck(now);
                return true;
            case ChunkType.Init:
                // 8.5.1 A: an INIT has tag 0; whatever comes with it is dropped.
                return false;
            case ChunkType.InitAck or ChunkType.ShutdownComplete:
                // 6.10: in company they count for nothing.
                return true;
            case ChunkType.Ecne or ChunkType.Cwr:
                return true;
            default:
                return HandleUnknown(chunk, source);
        }
    }

    private bool HandleData(in Chunk chunk, Path? source)
    {
        // 6: DATA counts in these states only.
        if (State is not (AssociationState.Established or AssociationState.ShutdownPending or AssociationState.ShutdownSent)
            || _receiver is not { } receiver || !DataChunk.TryRead(chunk, out var data))
        {
            return true;
        }

        if (data.Payload.IsEmpty)
        {
            // 6.2
            var writer = BeginAbort(stackalloc byte[64]);
            Causes.WriteNoUserData(ref writer, data.Tsn);
            AbortForViolation(ref writer, $"DATA {data.Tsn} without user data");
            return false;
        }

        switch (receiver.OnData(data))
        {
            case DataOutcome.InvalidStream:
                if (source is not null && source.Replies.TryBeginWrite(source.MaxPacketSize, ErrorHeaders + 4, out var reply))
                {
                    ErrorChunk.Begin(ref reply);
                    Causes.WriteInvalidStreamIdentifier(ref reply, data.StreamId);
                    reply.EndChunk();
                    source.Replies.EndWrite(reply);
                }

                break;
            case DataOutcome.Violation:
                AbortForViolation($"DATA {data.Tsn} fits no message");
                return false;
        }

        return true;
    }

    private void HandleSack(in SackChunk sack, long now)
    {
        // 6: in these states; in COOKIE-ECHOED nothing has been sent.
        if (State is AssociationState.Established or AssociationState.ShutdownPending or AssociationState.ShutdownReceived)
        {
            Acknowledge(_sender.OnSack(sack, now, out var acknowledgedNew), acknowledgedNew, sack.CumulativeTsn);
        }
    }

    private void Acknowledge(AckOutcome outcome, bool acknowledgedNew, uint cumulativeTsn)
    {
        if (outcome == AckOutcome.Violation)
        {
            AbortForViolation($"acknowledgement of TSNs never sent, with Cumulative TSN Ack {cumulativeTsn}");
            return;
        }

        if (!acknowledgedNew || outcome != AckOutcome.Applied)
        {
            return;
        }

        // 8.1, 8.2; RFC 7829, 3.2, rules 9 and 10
        _errorCount = 0;
        foreach (var path in _paths)
        {
            if (path.Tally.GetsThrough)
            {
                MarkActive(path);
            }
        }
    }

    private void HandleHeartbeat(in Chunk chunk, Path? source)
    {
        // 8.3: answered from COOKIE-ECHOED or ESTABLISHED on. A stranger's address gets nothing (requirements R-53).
        if (source is null || State == AssociationState.CookieWait || !HeartbeatChunk.TryRead(chunk, out var heartbeat))
        {
            return;
        }

        if (source.Replies.TryBeginWrite(source.MaxPacketSize, Tlv.Pad(chunk.Length), out var reply))
        {
            // All of it unchanged, other parameters too.
            HeartbeatChunk.WriteAck(ref reply, chunk.Value);
            source.Replies.EndWrite(reply);
        }
    }

    private void HandleHeartbeatAck(in Chunk chunk, long now)
    {
        if (!HeartbeatChunk.TryRead(chunk, out var acknowledged)
            || !Heartbeat.TryReadPathId(acknowledged.Info, out var id)
            || _paths.FindById(id) is not { } path
            || !path.Heartbeat.TryAccept(acknowledged.Info))
        {
            return;
        }

        path.AddRttSample(now - path.Heartbeat.SentAt, _options);
        if (_sender.Chunks.IsEmpty)
        {
            // 8.1: with data outstanding only its acknowledgement proves that data gets through.
            _errorCount = 0;
        }

        if (path.IsConfirmed)
        {
            MarkActive(path);
        }
        else
        {
            ConfirmPath(path);
            ScheduleHeartbeat(path, now);
        }
    }

    private void ConfirmPath(Path? path)
    {
        if (path is { IsConfirmed: false })
        {
            path.MarkActive();
            _paths.ChooseDataPath();
            Raise(AssociationEventKind.PathConfirmed, path.Remote);
        }
    }

    private void HandleAbort(in AbortChunk abort)
    {
        // one with a format error is no ABORT.
        if (abort.HasWellFormedCauses)
        {
            EndByPeer(abort.TagReflected, Describe(abort.Causes));
        }
    }

    private void EndByPeer(bool tagReflected, string? reason)
    {
        if (tagReflected && State == AssociationState.ShutdownAckSent)
        {
            // The peer is done, having sent its SHUTDOWN COMPLETE, and knows us no more (8.4, rule 8): nothing is lost.
            Close(AssociationEnd.Graceful);
            return;
        }

        if (TryNextHost())
        {
            return;
        }

        var refused = State is AssociationState.CookieWait or AssociationState.CookieEchoed;
        Close(refused ? AssociationEnd.Refused : AssociationEnd.AbortedByPeer, reason);
    }

    private static string? Describe(ReadOnlySpan<byte> causes)
    {
        foreach (var cause in new CauseReader(causes))
        {
            if (cause.Code == CauseCode.UserInitiatedAbort && cause.Value.Length > 0)
            {
                var text = cause.Value[..Math.Min(cause.Value.Length, MaxAbortReason)];
                return $"the peer's reason: {PrintableText.From(Encoding.UTF8.GetString(text))}";
            }

            return $"cause {(int)cause.Code} ({cause.Code})";
        }

        return null;
    }

    private void HandleError(in Chunk chunk, long now)
    {
        if (!ErrorChunk.TryRead(chunk, out var error) || !error.HasWellFormedCauses)
        {
            return;
        }

        foreach (var cause in new CauseReader(error.Causes))
        {
            if (Causes.TryReadStaleCookie(cause, out _))
            {
                HandleStaleCookie(now);
                return;
            }
        }
    }

    private bool HandleUnknown(in Chunk chunk, Path? source)
    {
        // 3.2: by the two high bits of the type.
        var action = chunk.Type.UnknownAction();
        if (action is UnknownAction.StopAndReport or UnknownAction.SkipAndReport
            && source is not null
            && State != AssociationState.CookieWait
            && source.Replies.TryBeginWrite(source.MaxPacketSize, ErrorHeaders + Chunk.HeaderSize, out var reply))
        {
            ErrorChunk.Begin(ref reply);
            Causes.WriteUnrecognizedChunkType(ref reply, chunk.Whole);
            reply.EndChunk();
            source.Replies.EndWrite(reply);
        }

        return action is UnknownAction.Skip or UnknownAction.SkipAndReport;
    }
}
