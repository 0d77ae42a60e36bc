using System.Buffers.Binary;
using Kestrel.Sctp.PacketScripts.Calls;
using Kestrel.Sctp.PacketScripts.Packets;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.PacketScripts.Running;

/// <summary>
/// The association that the packets of a script belong to: its addresses and ports, what its live tag and TSNs are in the script, and
/// what was sent that the script replays.
/// </summary>
internal sealed class ScriptFlow(SocketUnderTest socket, ushort inventedPeerPort)
{
    private Stage _stage = inventedPeerPort == 0 ? Stage.Connecting : Stage.PacketArrived;
    private uint _scriptTag, _liveTag, _scriptTsn, _liveTsn, _peerTag;
    private byte[]? _cookie;
    private byte[]? _heartbeat;

    // An INIT ACK of ours that says another tag, while the association lives on: what a COOKIE ECHO to it would need.
    private (byte[] Cookie, uint ScriptTag, uint LiveTag, uint ScriptTsn, uint LiveTsn)? _restart;

    private enum Stage
    {
        Connecting,
        InitSent,
        InitAckArrived,
        PacketArrived,
        InitAckSent,
        CookieEchoArrived,
    }

    public SocketUnderTest Socket { get; } = socket;

    /// <summary>The socket doesn't connect, so its peer's port is the runner's choice.</summary>
    public bool HasInventedPeer => inventedPeerPort != 0;

    private ushort PeerPort => inventedPeerPort == 0 ? Socket.PeerPort : inventedPeerPort;

    /// <summary>Whether a packet sent is of this flow, and to where the one expected goes.</summary>
    public bool Owns(SentPacket packet, PacketPattern expected) =>
        PacketHeader.TryRead(packet.Bytes.Span, out var header)
        && packet.Destination == (expected.Addresses?.Destination ?? Socket.Peer)
        && (expected.Addresses is not { } addresses || packet.Source == addresses.Source)
        && header.DestinationPort == PeerPort
        && (Socket.LocalPort == 0 || header.SourcePort == Socket.LocalPort);

    public PacketInfo ArrivalInfo(PacketPattern packet) =>
        new(packet.Addresses?.Source ?? Socket.Peer, packet.Addresses?.Destination ?? Socket.Local, 0);

    /// <summary>The bytes of a packet to inject.</summary>
    /// <exception cref="InvalidOperationException">It replays what was never sent.</exception>
    public byte[] ToBytes(PacketPattern pattern)
    {
        foreach (var chunk in pattern.Chunks)
        {
            Arrives(chunk, pattern);
        }

        var chunks = pattern.Chunks.Select(Replay).ToList();

        var map = new SequenceMap(Sender: 0, Receiver: _liveTsn - _scriptTsn);
        var bytes = new List<byte>(new byte[PacketHeader.Size]);
        bytes.AddRange(pattern.Raw ?? []);
        foreach (var chunk in chunks)
        {
            bytes.AddRange(chunk.ToBytes(map));
            while (bytes.Count % 4 != 0)
            {
                bytes.Add(0);
            }
        }

        var packet = bytes.ToArray();
        new PacketHeader(PeerPort, Socket.LocalPort, VerificationTag(pattern, chunks)).Write(packet);
        Crc32c.WritePacketChecksum(packet);
        if (pattern.BadChecksum)
        {
            packet[8] ^= 0xFF;
        }

        return packet;
    }

    /// <summary>What was sent, in the numbers of the script. Its INIT or INIT ACK fixes what those are.</summary>
    public ReadPacket Read(PacketPattern expected, SentPacket packet)
    {
        var raw = ReadPacket.Read(packet.Bytes, default);
        foreach (var chunk in raw.Chunks)
        {
            Leaves(chunk, expected);
        }

        // An INIT ACK to a peer that restarts is in its own numbers, whether that comes to be or not.
        var restart = _restart is not null && raw.Chunks is [{ Type: (uint)ChunkType.InitAck }] ? _restart : null;
        var (scriptTag, liveTag, scriptTsn, liveTsn) = restart is { } numbers
            ? (numbers.ScriptTag, numbers.LiveTag, numbers.ScriptTsn, numbers.LiveTsn)
            : (_scriptTag, _liveTag, _scriptTsn, _liveTsn);
        return ReadPacket.Read(packet.Bytes, new SequenceMap(Sender: scriptTsn - liveTsn, Receiver: 0) { Tag = (liveTag, scriptTag) });
    }

    /// <summary>The verification tag of a packet that was sent, in the script's numbers.</summary>
    public uint ScriptTagOf(ReadPacket packet) =>
        packet.Chunks.Any(IsReflecting) ? packet.Header.VerificationTag - _liveTag + _scriptTag : packet.Header.VerificationTag;

    private static bool IsReflecting(SentElement chunk) =>
        (ChunkType)chunk.Type is ChunkType.Abort or ChunkType.ShutdownComplete && (chunk.Flags & ChunkFlags.TagReflected) != 0;

    private uint VerificationTag(PacketPattern pattern, List<Element> chunks)
    {
        var isReflecting = chunks.Any(chunk =>
            (ChunkType?)chunk.Type is ChunkType.Abort or ChunkType.ShutdownComplete && (chunk.Flags & ChunkFlags.TagReflected) != 0);
        if (pattern.Tag is not { } tag)
        {
            return chunks.Any(chunk => chunk.Type == (uint)ChunkType.Init) ? 0 : isReflecting ? _peerTag : _liveTag;
        }

        if (tag == 0 || isReflecting)
        {
            return tag;
        }

        // Another tag than the script's is another than the live one, too, and not 0, which is an INIT's.
        var live = tag - _scriptTag + _liveTag;
        return live == 0 ? 1 : live;
    }

    private Element Replay(Element chunk) => chunk.Syntax.Name switch
    {
        "COOKIE_ECHO" when chunk["val"] is AnyField => ReplayCookie(chunk),
        "HEARTBEAT_ACK" when IsOpen(chunk) => WithValue(chunk, _heartbeat
            ?? throw new InvalidOperationException("there is no HEARTBEAT to acknowledge: none was expected before")),
        _ => chunk,
    };

    private Element ReplayCookie(Element chunk) =>
        _cookie is not null ? WithValue(chunk, _cookie)
        : chunk.Length is not null ? chunk
        : throw new InvalidOperationException("there is no cookie to echo: no INIT ACK was expected before");

    private static bool IsOpen(Element heartbeat) =>
        heartbeat.Values[1] is AnyField || (heartbeat.Values[1] is ElementsField { Items: [var info] } && info["val"] is AnyField);

    private static Element WithValue(Element chunk, byte[] value) => new(
        Syntaxes.Generic(ElementKind.Chunk),
        [new NumberField(chunk.Type!.Value), chunk["flgs"], new NumberField((uint)(value.Length + Tlv.HeaderSize)), new BytesField(value)]);

    private void Arrives(Element chunk, PacketPattern pattern)
    {
        switch (chunk.Syntax.Name)
        {
            case "INIT" when _stage == Stage.PacketArrived && chunk["tag"] is NumberField tag:
                _peerTag = tag.Value;
                break;
            case "INIT_ACK" when _stage == Stage.InitSent && chunk["tag"] is NumberField tag:
                _peerTag = tag.Value;
                _stage = Stage.InitAckArrived;
                break;
            case "COOKIE_ECHO" when !pattern.BadChecksum && _restart is { } restart && (pattern.Tag ?? restart.ScriptTag) == restart.ScriptTag:
                (_cookie, _scriptTag, _liveTag, _scriptTsn, _liveTsn) = restart;
                (_restart, _stage) = (null, Stage.CookieEchoArrived);
                break;
            case "COOKIE_ECHO" when !pattern.BadChecksum && (pattern.Tag is null || (pattern.Tag == _scriptTag && _scriptTag != 0)):
                _stage = Stage.CookieEchoArrived;
                break;
        }
    }

    private void Leaves(SentElement chunk, PacketPattern expected)
    {
        var body = chunk.Whole.Span[Tlv.HeaderSize..];
        switch ((ChunkType)chunk.Type)
        {
            case ChunkType.Init when _stage == Stage.Connecting && body.Length >= 16:
                (_scriptTag, _scriptTsn) = ScriptNumbers(expected, "INIT");
                (_liveTag, _liveTsn) = LiveNumbers(body);
                _stage = Stage.InitSent;
                break;
            case ChunkType.InitAck when body.Length >= 16:
                LearnCookie(chunk, expected);
                break;
            case ChunkType.Heartbeat:
                _heartbeat = body.ToArray();
                break;
        }
    }

    private void LearnCookie(SentElement chunk, PacketPattern expected)
    {
        if (CookieOf(chunk) is not { } cookie)
        {
            return;
        }

        var (scriptTag, scriptTsn) = ScriptNumbers(expected, "INIT_ACK");
        var (liveTag, liveTsn) = LiveNumbers(chunk.Whole.Span[Tlv.HeaderSize..]);
        switch (_stage)
        {
            case Stage.PacketArrived or Stage.CookieEchoArrived:
                (_cookie, _scriptTag, _scriptTsn, _liveTag, _liveTsn) = (cookie, scriptTag, scriptTsn, liveTag, liveTsn);
                _stage = Stage.InitAckSent;
                break;
            case Stage.Connecting or Stage.InitSent or Stage.InitAckArrived when liveTag == _liveTag:
                _cookie = cookie;
                break;
            case Stage.InitAckArrived:
                _restart = (cookie, scriptTag, liveTag, scriptTsn, liveTsn);
                break;
        }
    }

    private static byte[]? CookieOf(SentElement initAck)
    {
        var parameters = initAck.Whole[20..];
        while (SentElement.TryTake(ref parameters, ElementKind.Parameter, default, out var parameter))
        {
            if (parameter.Type == (uint)ParameterType.StateCookie)
            {
                return parameter.Whole[Tlv.HeaderSize..].ToArray();
            }
        }

        return null;
    }

    /// <summary>0 where the script doesn't say.</summary>
    private static (uint Tag, uint Tsn) ScriptNumbers(PacketPattern expected, string name)
    {
        var chunk = expected.Chunks.FirstOrDefault(chunk => chunk.Syntax.Name == name);
        return ((chunk?["tag"] as NumberField)?.Value ?? 0, (chunk?["tsn"] as NumberField)?.Value ?? 0);
    }

    private static (uint Tag, uint Tsn) LiveNumbers(ReadOnlySpan<byte> init) =>
        (BinaryPrimitives.ReadUInt32BigEndian(init), BinaryPrimitives.ReadUInt32BigEndian(init[12..]));
}
