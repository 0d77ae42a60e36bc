using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Setup;

namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>Leaving packets: control chunks first, then DATA, bundled up to the PMTU (RFC 9260, 6.10).</summary>
internal sealed partial class Association
{
    private bool MaySendData => State is AssociationState.Established or AssociationState.ShutdownPending or AssociationState.ShutdownReceived;

    /// <summary>
    /// Fills the buffer with the next batch to send; false when there is nothing to send now. Call until false. The buffer
    /// holds at least one packet of 64 KiB.
    /// </summary>
    public bool TryTransmit(long now, Span<byte> buffer, out Transmit transmit)
    {
        transmit = default;
        if (_prepared.TryDequeue(out var prepared))
        {
            prepared.Bytes.CopyTo(buffer);
            transmit = new Transmit(
                prepared.Local, prepared.Remote, prepared.RemoteUdpPort, prepared.Bytes.Length, prepared.Bytes.Length, MayFragment: true);
            return true;
        }

        if (State == AssociationState.CookieWait)
        {
            return _setup is { IsDue: true } setup && TransmitInit(setup, now, buffer, out transmit);
        }

        return State != AssociationState.Closed && TransmitPackets(now, buffer, out transmit);
    }

    private bool TransmitInit(SetupAttempt setup, long now, Span<byte> buffer, out Transmit transmit)
    {
        var path = setup.Destination;
        var packet = SetupWriter.WriteInit(buffer, LocalPort, PeerPort, _ours, _advertised, _local, _cookiePreservative);
        setup.OnSent(now);
        transmit = new Transmit(path.Local, path.Remote, path.RemoteUdpPort, packet.Length, packet.Length, MayFragment: true);
        return true;
    }

    private bool TransmitPackets(long now, Span<byte> buffer, out Transmit transmit)
    {
        transmit = default;
        var path = PathWithControl() ?? (MaySendData ? _sender.NextPath(now) : null);
        if (path is null)
        {
            if (MaySendData)
            {
                _sender.EndBurst();
            }

            return false;
        }

        var limit = Math.Max(path.MaxPacketSize, CookieEchoSize(path));
        var length = WritePacket(path, buffer[..Math.Min(limit, buffer.Length)], now, out var pureData, out var mayFragment);
        if (mayFragment)
        {
            length = WriteOversizedPacket(path, buffer, now);
        }

        if (length == 0)
        {
            return false;
        }

        // One batch: further packets of DATA for the same path, as long as this one, but the last. One above the PMTU goes
        // alone: its length must not become that of others, and no other needs to be fragmented.
        var segment = length;
        var full = pureData && !mayFragment && length > path.MaxPacketSize - DataChunk.HeaderSize;
        while (full && length + segment <= buffer.Length && PathWithControl() is null && _sender.NextPath(now) == path)
        {
            var next = WritePacket(path, buffer.Slice(length, segment), now, out _, out _);
            length += next;
            full = next == segment;
        }

        mayFragment |= length > path.MaxPacketSize && segment == length;
        transmit = new Transmit(path.Local, path.Remote, path.RemoteUdpPort, length, segment, mayFragment);
        return true;
    }

    /// <summary>The path to which something other than DATA is to be sent now.</summary>
    private Path? PathWithControl()
    {
        if (_setup is { IsDue: true } setup)
        {
            return setup.Destination;
        }

        if (_cookieAckTo is not null)
        {
            return _cookieAckTo;
        }

        foreach (var path in _paths)
        {
            if (path.Heartbeat.IsDue || !path.Replies.IsEmpty)
            {
                return path;
            }
        }

        if (_receiver is { Sack.IsDue: true } && SackPath is { } sackPath)
        {
            return sackPath;
        }

        return _shutdown is { IsDue: true, Destination.IsConfirmed: true } ? _shutdown.Destination : null;
    }

    // 6.4: to where the latest DATA came from; never to an unconfirmed address (5.4).
    private Path? SackPath => _sackTo is { IsConfirmed: true } path ? path : _paths.DataPath is { IsConfirmed: true } dataPath ? dataPath : null;

    /// <summary>A cookie longer than the PMTU has to go all the same; IP fragments it.</summary>
    private int CookieEchoSize(Path path) =>
        _setup is { IsDue: true } setup && path == setup.Destination && _cookie is { } cookie
            ? PacketHeader.Size + Chunk.HeaderSize + Tlv.Pad(cookie.Length)
            : 0;

    /// <summary>Writes one packet; returns its length, 0 when there was nothing for it.</summary>
    private int WritePacket(Path path, Span<byte> buffer, long now, out bool pureData, out bool mayFragment)
    {
        var writer = new PacketWriter(buffer);
        writer.WriteHeader(new PacketHeader(LocalPort, PeerPort, PeerTag));
        WriteControl(ref writer, path, now);
        pureData = writer.Length == PacketHeader.Size;
        mayFragment = false;

        // A SHUTDOWN or SHUTDOWN ACK never shares a packet with DATA (6.10); in their states there is none.
        if (MaySendData && _sender.NextPath(now) == path)
        {
            if (pureData && _receiver is { Sack.IsPending: true } receiver && path == SackPath)
            {
                // 6.1: what has not been acknowledged yet is, along with outgoing DATA.
                receiver.TryWriteSack(ref writer);
                pureData = false;
            }

            var before = writer.Length;
            if (!_sender.WriteData(ref writer, path, now, isOnlyContent: before == PacketHeader.Size, out mayFragment) && before == PacketHeader.Size)
            {
                return 0;
            }
        }

        return writer.Length == PacketHeader.Size ? 0 : writer.Finish().Length;
    }

    private void WriteControl(ref PacketWriter writer, Path path, long now)
    {
        if (_setup is { IsDue: true } setup && path == setup.Destination && _cookie is { } cookie)
        {
            // 5.1 C: first in its packet.
            CookieEchoChunk.Write(ref writer, cookie);
            setup.OnSent(now);
            path.Heartbeat.IsDue |= !path.IsConfirmed;
        }
        else if (path == _cookieAckTo)
        {
            _cookieAckTo = null;
            EmptyChunks.WriteCookieAck(ref writer);
        }

        if (path.Heartbeat.IsDue)
        {
            WriteHeartbeat(ref writer, path, now);
        }

        if (!path.Replies.IsEmpty && path.Replies.Length <= writer.Remaining)
        {
            writer.WriteBytes(path.Replies.Chunks);
            path.Replies.Clear();
        }
        else if (writer.Length == PacketHeader.Size)
        {
            // Written before the path's packets became smaller: they would never fit, and hold up all else.
            path.Replies.Clear();
        }

        const int shutdownSize = 8;
        if (_shutdown.IsDue && path == _shutdown.Destination && writer.Remaining >= shutdownSize)
        {
            WriteShutdown(ref writer, now);
        }

        if (_receiver is { Sack.IsDue: true } receiver && path == SackPath)
        {
            // The last of the control chunks: it takes the room that is left, however many gaps there are to tell of, so that
            // what answers one packet leaves in one packet (12.4).
            receiver.TryWriteSack(ref writer);
        }
    }

    private void WriteHeartbeat(ref PacketWriter writer, Path path, long now)
    {
        const int size = Heartbeat.InfoSize + 8;
        if (writer.Remaining < size)
        {
            return;
        }

        Span<byte> info = stackalloc byte[Heartbeat.InfoSize];
        path.Heartbeat.WriteInfo(info, path.Id, _random.NextUInt64() | 1, now, path.Rto.Rto);
        HeartbeatChunk.Write(ref writer, ChunkType.Heartbeat, info);
        if (State == AssociationState.CookieEchoed)
        {
            // 5.1 C: it is repeated beside the next COOKIE ECHO, never alone. A peer without a TCB would answer it by an ABORT.
            path.Heartbeat.Miss();
        }
    }

    private void WriteShutdown(ref PacketWriter writer, long now)
    {
        if (State == AssociationState.ShutdownSent)
        {
            ShutdownChunk.Write(ref writer, _receiver!.CumulativeTsn);
        }
        else
        {
            EmptyChunks.WriteShutdownAck(ref writer);
        }

        _shutdown.OnSent(now);
    }

    private int WriteOversizedPacket(Path path, Span<byte> buffer, long now)
    {
        var writer = new PacketWriter(buffer);
        writer.WriteHeader(new PacketHeader(LocalPort, PeerPort, PeerTag));
        _sender.WriteOversized(ref writer, path, now);
        return writer.Finish().Length;
    }
}
