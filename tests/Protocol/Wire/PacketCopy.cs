using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Wire;

/// <summary>Reads a packet through the views and writes it again through the writers: nothing is copied that they know.</summary>
internal static class PacketCopy
{
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> packet, Span<byte> buffer)
    {
        PacketHeader.TryRead(packet, out var header);
        var writer = new PacketWriter(buffer);
        writer.WriteHeader(header);
        var reader = new ChunkReader(packet);
        while (reader.MoveNext())
        {
            Write(ref writer, reader.Current);
        }

        return writer.Finish();
    }

    private static void Write(ref PacketWriter w, scoped Chunk chunk)
    {
        if (DataChunk.TryRead(chunk, out var data))
        {
            var payload = DataChunk.Write(
                ref w, data.Flags, data.Tsn, data.StreamId, data.StreamSequence, data.PayloadProtocolId, data.Payload.Length);
            data.Payload.CopyTo(payload);
        }
        else if (InitChunk.TryRead(chunk, out var init))
        {
            w.BeginChunk(chunk.Type, chunk.Flags);
            InitChunk.WriteFixed(
                ref w, init.InitiateTag, init.AdvertisedReceiverWindow, init.OutboundStreams, init.InboundStreams, init.InitialTsn);
            foreach (var parameter in new ParameterReader(init.Parameters))
            {
                Write(ref w, parameter);
            }

            w.EndChunk();
        }
        else if (SackChunk.TryRead(chunk, out var sack))
        {
            Span<GapBlock> gaps = stackalloc GapBlock[sack.GapBlockCount];
            for (var i = 0; i < gaps.Length; i++)
            {
                gaps[i] = sack.GapBlock(i);
            }

            Span<uint> duplicates = stackalloc uint[sack.DuplicateCount];
            for (var i = 0; i < duplicates.Length; i++)
            {
                duplicates[i] = sack.Duplicate(i);
            }

            SackChunk.Write(ref w, sack.CumulativeTsn, sack.AdvertisedReceiverWindow, gaps, duplicates);
        }
        else if (HeartbeatChunk.TryRead(chunk, out var heartbeat))
        {
            if (chunk.Type == ChunkType.Heartbeat)
            {
                HeartbeatChunk.Write(ref w, chunk.Type, heartbeat.Info);
            }
            else
            {
                HeartbeatChunk.WriteAck(ref w, heartbeat.InfoParameter);
            }
        }
        else if (AbortChunk.TryRead(chunk, out var abort))
        {
            AbortChunk.Begin(ref w, abort.TagReflected);
            WriteCauses(ref w, abort.Causes);
            w.EndChunk();
        }
        else if (ErrorChunk.TryRead(chunk, out var error))
        {
            ErrorChunk.Begin(ref w);
            WriteCauses(ref w, error.Causes);
            w.EndChunk();
        }
        else if (ShutdownChunk.TryRead(chunk, out var shutdown))
        {
            ShutdownChunk.Write(ref w, shutdown.CumulativeTsn);
        }
        else if (CookieEchoChunk.TryRead(chunk, out var echo))
        {
            CookieEchoChunk.Write(ref w, echo.Cookie);
        }
        else if (chunk is { Type: ChunkType.CookieAck, Length: 4 })
        {
            EmptyChunks.WriteCookieAck(ref w);
        }
        else if (chunk is { Type: ChunkType.ShutdownAck, Length: 4 })
        {
            EmptyChunks.WriteShutdownAck(ref w);
        }
        else if (chunk is { Type: ChunkType.ShutdownComplete, Length: 4 })
        {
            EmptyChunks.WriteShutdownComplete(ref w, (chunk.Flags & ChunkFlags.TagReflected) != 0);
        }
        else
        {
            w.BeginChunk(chunk.Type, chunk.Flags);
            w.WriteBytes(chunk.Value);
            w.EndChunk();
        }
    }

    private static void Write(ref PacketWriter w, scoped Parameter parameter)
    {
        if (AddressParameters.TryRead(parameter, out var address))
        {
            AddressParameters.Write(ref w, address);
        }
        else if (parameter.Type == ParameterType.StateCookie)
        {
            CookieParameters.WriteStateCookie(ref w, parameter.Value);
        }
        else if (CookieParameters.TryReadPreservative(parameter, out var increment))
        {
            CookieParameters.WritePreservative(ref w, increment);
        }
        else if (parameter.Type == ParameterType.UnrecognizedParameter)
        {
            CookieParameters.WriteUnrecognized(ref w, parameter.Value);
        }
        else
        {
            w.BeginParameter(parameter.Type);
            w.WriteBytes(parameter.Value);
            w.EndParameter();
        }
    }

    private static void WriteCauses(ref PacketWriter w, scoped ReadOnlySpan<byte> causes)
    {
        foreach (var cause in new CauseReader(causes))
        {
            switch (cause.Code)
            {
                case CauseCode.InvalidStreamIdentifier when Causes.TryReadInvalidStreamIdentifier(cause, out var streamId):
                    Causes.WriteInvalidStreamIdentifier(ref w, streamId);
                    break;

                case CauseCode.StaleCookie when Causes.TryReadStaleCookie(cause, out var staleness):
                    Causes.WriteStaleCookie(ref w, staleness);
                    break;

                case CauseCode.NoUserData when Causes.TryReadNoUserData(cause, out var tsn):
                    Causes.WriteNoUserData(ref w, tsn);
                    break;

                case CauseCode.UserInitiatedAbort:
                    Causes.WriteUserInitiatedAbort(ref w, cause.Value);
                    break;

                case CauseCode.ProtocolViolation:
                    Causes.WriteProtocolViolation(ref w, cause.Value);
                    break;

                default:
                    w.WriteElement(cause.Whole);
                    break;
            }
        }
    }
}
