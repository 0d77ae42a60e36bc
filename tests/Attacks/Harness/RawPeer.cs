using System.Net;

namespace Kestrel.Sctp.Attacks.Harness;

/// <summary>One end of an association without a stack: it does nothing that it is not told to.</summary>
internal sealed class RawPeer(AttackSocket socket, ushort port)
{
    private const int Attempts = 60;

    private static readonly TimeSpan _retransmit = TimeSpan.FromMilliseconds(500);

    public AttackSocket Socket => socket;

    public ushort Port => port;

    /// <summary>What it said of itself in its last INIT.</summary>
    public uint Tag { get; private set; }

    /// <summary>The tag that the server expects; 0 before its INIT ACK.</summary>
    public uint ServerTag { get; private set; }

    public uint ServerInitialTsn { get; private set; }

    /// <summary>The TSN to send next.</summary>
    public uint NextTsn { get; set; }

    /// <summary>The highest TSN of the server's DATA that came; one below its first before any.</summary>
    public uint HighestTsn { get; private set; }

    public byte[] Cookie { get; private set; } = [];

    public bool IsEstablished { get; private set; }

    /// <summary>An ABORT or a SHUTDOWN COMPLETE came.</summary>
    public bool IsOver { get; private set; }

    /// <summary>What the server's last SACK said.</summary>
    public uint ServerWindow { get; private set; } = Packets.Window;

    public uint Acknowledged { get; private set; }

    public ushort NextStreamSequence { get; set; }

    public void SendInit(uint window = Packets.Window, ushort streams = 10, params IPAddress[] addresses)
    {
        // Another each time: with the tag of before an INIT is a duplicate and no restart.
        var tag = (uint)Random.Shared.Next(1, int.MaxValue);
        Tag = tag;
        (NextTsn, NextStreamSequence, Acknowledged, ServerWindow) = (tag, 0, tag - 1, Packets.Window);
        (IsEstablished, IsOver) = (false, false);
        socket.Send(Packets.Write(port, 0, (ref PacketWriter w) => Packets.WriteInit(ref w, tag, window, streams, addresses)));
    }

    public void SendCookieEcho() => Send((ref PacketWriter w) => CookieEchoChunk.Write(ref w, Cookie));

    public void Send(WriteChunks write) => socket.Send(Packets.Write(port, ServerTag, write));

    public void Abort() => Send(Packets.WriteAbort);

    public void SendSack(uint cumulativeTsn, uint window, params GapBlock[] gaps) =>
        Send((ref PacketWriter w) => SackChunk.Write(ref w, cumulativeTsn, window, gaps, []));

    /// <summary>A whole ordered message on stream 0.</summary>
    public void SendMessage(int length)
    {
        var sequence = NextStreamSequence++;
        Send((ref PacketWriter w) => WriteData(ref w, NextTsn++, length, sequence: sequence));
    }

    public static void WriteData(
        ref PacketWriter w, uint tsn, int length, byte flags = ChunkFlags.DataBegin | ChunkFlags.DataEnd, ushort stream = 0, ushort sequence = 0) =>
        DataChunk.Write(ref w, flags, tsn, stream, sequence, 0, length).Fill((byte)tsn);

    /// <summary>Learns from a packet of the server's for this peer. It answers nothing but HEARTBEATs, and these if asked to.</summary>
    public void Take(ReadOnlySpan<byte> packet, bool answerHeartbeats = true)
    {
        if (!PacketHeader.TryRead(packet, out var header))
        {
            return;
        }

        // An answer to an INIT of before has the tag of before.
        if (header.VerificationTag == Tag && Packets.TryReadInitAck(packet, out var tag, out var tsn, out var cookie))
        {
            (ServerTag, ServerInitialTsn, HighestTsn, Cookie) = (tag, tsn, tsn - 1, cookie);
            return;
        }

        foreach (var chunk in new ChunkReader(packet))
        {
            switch (chunk.Type)
            {
                case ChunkType.CookieAck:
                    IsEstablished = true;
                    break;
                case ChunkType.Data when DataChunk.TryRead(chunk, out var data):
                    HighestTsn = SerialNumber.GreaterThan(data.Tsn, HighestTsn) ? data.Tsn : HighestTsn;
                    break;
                case ChunkType.Heartbeat:
                    if (answerHeartbeats)
                    {
                        Answer(chunk);
                    }

                    break;
                case ChunkType.Sack when SackChunk.TryRead(chunk, out var sack):
                    (ServerWindow, Acknowledged) = (sack.AdvertisedReceiverWindow, sack.CumulativeTsn);
                    break;
                // Not one that answers a packet of an association before this.
                case ChunkType.Abort or ChunkType.ShutdownComplete
                    when header.VerificationTag == ((chunk.Flags & ChunkFlags.TagReflected) == 0 ? Tag : ServerTag):
                    IsOver = true;
                    break;
            }
        }
    }

    /// <summary>Takes what comes, until nothing has come for so long.</summary>
    public void Pump(TimeSpan wait, bool answerHeartbeats = true)
    {
        while (socket.TryReceive(wait, out var packet))
        {
            Take(packet, answerHeartbeats);
        }
    }

    /// <summary>Takes what comes until that is so, or nothing has come for half a second.</summary>
    public void PumpUntil(Func<bool> isDone)
    {
        while (!isDone() && socket.TryReceive(_retransmit, out var packet))
        {
            Take(packet);
        }
    }

    /// <summary>Sets an association up. The socket is this peer's alone.</summary>
    public RawPeer Connect(uint window = Packets.Window, ushort streams = 10, params IPAddress[] addresses)
    {
        (ServerTag, Cookie) = (0, []);
        for (var attempt = 0; !IsEstablished || Cookie.Length == 0; attempt++)
        {
            if (attempt == Attempts)
            {
                throw new TimeoutException("The server does not answer INIT or COOKIE ECHO.");
            }

            if (Cookie.Length == 0)
            {
                SendInit(window, streams, addresses);
                PumpUntil(() => Cookie.Length > 0);
            }

            if (Cookie.Length > 0 && !IsEstablished)
            {
                SendCookieEcho();
                PumpUntil(() => IsEstablished);
            }
        }

        return this;
    }

    /// <summary>Sets associations up that share a socket. None of them may have the port of another.</summary>
    public static void ConnectAll(IReadOnlyList<RawPeer> peers, uint window = Packets.Window, ushort streams = 10)
    {
        var byPort = peers.ToDictionary(peer => peer.Port);
        var socket = peers[0].Socket;
        for (var attempt = 0; peers.Any(peer => !peer.IsEstablished); attempt++)
        {
            if (attempt == Attempts)
            {
                throw new TimeoutException($"The server leaves {peers.Count(peer => !peer.IsEstablished)} of {peers.Count} associations without an answer.");
            }

            foreach (var peer in peers.Where(peer => peer.Cookie.Length == 0))
            {
                peer.SendInit(window, streams);
            }

            PumpAll(socket, byPort, () => peers.All(peer => peer.Cookie.Length > 0));
            foreach (var peer in peers.Where(peer => peer.Cookie.Length > 0 && !peer.IsEstablished))
            {
                peer.SendCookieEcho();
            }

            PumpAll(socket, byPort, () => peers.All(peer => peer.IsEstablished || peer.Cookie.Length == 0));
        }
    }

    private static void PumpAll(AttackSocket socket, Dictionary<ushort, RawPeer> byPort, Func<bool> isDone)
    {
        while (!isDone() && socket.TryReceive(_retransmit, out var packet))
        {
            Give(packet, byPort);
        }
    }

    /// <summary>Takes what is there, each packet for its peer; nothing is answered.</summary>
    public static void Distribute(AttackSocket socket, Dictionary<ushort, RawPeer> byPort)
    {
        while (socket.TryReceive(TimeSpan.Zero, out var packet))
        {
            Give(packet, byPort);
        }
    }

    private static void Give(ReadOnlySpan<byte> packet, Dictionary<ushort, RawPeer> byPort)
    {
        if (PacketHeader.TryRead(packet, out var header) && byPort.TryGetValue(header.DestinationPort, out var peer))
        {
            peer.Take(packet, answerHeartbeats: false);
        }
    }

    /// <summary>The server has seen all that was sent before, and its immediate answers have come; or the association is over.</summary>
    public void Fence()
    {
        Span<byte> nonce = stackalloc byte[8];
        Random.Shared.NextBytes(nonce);
        var info = nonce.ToArray();
        for (var attempt = 0; attempt < Attempts && !IsOver; attempt++)
        {
            Send((ref PacketWriter w) => HeartbeatChunk.Write(ref w, ChunkType.Heartbeat, info));
            while (!IsOver && socket.TryReceive(_retransmit, out var packet))
            {
                Take(packet);
                foreach (var chunk in new ChunkReader(packet))
                {
                    if (chunk.Type == ChunkType.HeartbeatAck && HeartbeatChunk.TryRead(chunk, out var answer) && answer.Info.SequenceEqual(nonce))
                    {
                        return;
                    }
                }
            }
        }

        if (!IsOver)
        {
            throw new TimeoutException("The server does not answer HEARTBEATs.");
        }
    }

    private void Answer(in Chunk heartbeat)
    {
        var writer = new PacketWriter(new byte[PacketHeader.Size + Tlv.Pad(heartbeat.Length)]);
        writer.WriteHeader(new PacketHeader(port, Packets.ServerPort, ServerTag));
        HeartbeatChunk.WriteAck(ref writer, heartbeat.Value);
        socket.Send(writer.Finish());
    }
}
