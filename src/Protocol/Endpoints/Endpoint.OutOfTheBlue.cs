namespace Kestrel.Sctp.Protocol.Endpoints;

/// <summary>Packets that belong to no association (RFC 9260, 8.4).</summary>
internal sealed partial class Endpoint
{
    private ReceiveResult ReplyOutOfTheBlue(in PacketHeader header, ReadOnlySpan<byte> packet, long now, Span<byte> reply)
    {
        bool hasShutdownAck = false, isSetUpLeftover = false;
        foreach (var chunk in new ChunkReader(packet))
        {
            switch (chunk.Type)
            {
                // Rule 2, wherever the chunk stands. An INIT with a tag, or a SHUTDOWN COMPLETE in company, spoils its packet (8.5.1 A, 6.10).
                case ChunkType.Abort or ChunkType.Init or ChunkType.ShutdownComplete:
                    return ReceiveResult.Drop;
                case ChunkType.ShutdownAck:
                    hasShutdownAck = true;
                    break;
                case ChunkType.CookieAck:
                case ChunkType.Error when HasStaleCookie(chunk):
                    isSetUpLeftover = true;
                    break;
            }
        }

        // Rule 5 comes before rule 7.
        if (isSetUpLeftover && !hasShutdownAck)
        {
            return ReceiveResult.Drop;
        }

        if (!_outOfTheBlue.TryTake(now))
        {
            return ReceiveResult.Drop;
        }

        if (hasShutdownAck)
        {
            // Rule 5
            var writer = new PacketWriter(reply);
            writer.WriteHeader(new PacketHeader(header.DestinationPort, header.SourcePort, header.VerificationTag));
            EmptyChunks.WriteShutdownComplete(ref writer, tagReflected: true);
            return ReceiveResult.Reply(writer.Finish().Length);
        }

        // Rule 8
        var abort = Setup.SetupWriter.BeginAbort(
            reply, header.DestinationPort, header.SourcePort, header.VerificationTag, tagReflected: true);
        return Finish(ref abort);
    }

    private static bool HasStaleCookie(in Chunk chunk)
    {
        if (ErrorChunk.TryRead(chunk, out var error))
        {
            foreach (var cause in new CauseReader(error.Causes))
            {
                if (cause.Code == CauseCode.StaleCookie)
                {
                    return true;
                }
            }
        }

        return false;
    }
}

/// <summary>So many answers a second to packets out of the blue, and no more (RFC 9260, 12.2.4.1).</summary>
internal sealed class OutOfTheBlueLimit(int repliesPerSecond)
{
    private long _second = -1;
    private int _replies;

    public bool TryTake(long now)
    {
        var second = now / EngineTime.Second;
        if (second != _second)
        {
            _second = second;
            _replies = 0;
        }

        return _replies++ < repliesPerSecond;
    }
}
