using System.Buffers.Binary;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;
using Kestrel.Sctp.Simulation;

namespace Kestrel.Sctp.Fuzz.Engine;

/// <summary>
/// The other end of an engine under test, which brings it into a state and then says anything. It remembers what the engine told
/// it: tags, the first TSN, the last cookie and HEARTBEAT.
/// </summary>
internal sealed class Peer
{
    public const ushort Port = 5000;
    public const ushort EnginePort = 7;
    public const uint Tag = 0x01020304;

    /// <summary>Two below the wrap-around.</summary>
    public const uint InitialTsn = 0xFFFFFFFE;

    public const ushort UdpPort = 9899;
    private const ushort Streams = 4;
    private const uint Window = 20_000;

    /// <summary>The peer's addresses; a third is a stranger's.</summary>
    public static readonly IPAddressValue[] Addresses = [Host.Address("10.0.0.9"), Host.Address("10.0.1.9"), Host.Address("10.0.2.9")];

    public static readonly IPAddressValue[] EngineAddresses = [Host.Address("10.0.0.7"), Host.Address("10.0.1.7")];

    private readonly EngineUnderTest _engine;
    private readonly byte[] _packet = new byte[2_048];

    public Peer(EngineUnderTest engine)
    {
        _engine = engine;
        engine.Sent = (in Transmit _, ReadOnlySpan<byte> packet) => Observe(packet);
    }

    /// <summary>The engine's tag and first TSN.</summary>
    public uint EngineTag { get; private set; }

    public uint EngineTsn { get; private set; }

    /// <summary>The last cookie from an INIT ACK, and the tag that goes with it; empty at first.</summary>
    public byte[] Cookie { get; private set; } = [];

    public uint CookieTag { get; private set; }

    /// <summary>The Heartbeat Info parameter of the last HEARTBEAT; empty at first.</summary>
    public byte[] HeartbeatInfo { get; private set; } = [];

    /// <summary>How the engine's end got to its state.</summary>
    public void Bring(AssociationState state, AssociationOptions options)
    {
        switch (state)
        {
            case AssociationState.Closed:
                _engine.Listen(EnginePort, options);
                return;
            case AssociationState.Established:
                _engine.Listen(EnginePort, options);
                Open();
                break;
            default:
                BringWhatConnected(state, options);
                break;
        }

        Assert.Equal(state, _engine.Association!.State);
    }

    /// <summary>Sets an association up with the listening engine.</summary>
    public void Open()
    {
        Say(0, (ref PacketWriter w) => WriteInit(ref w, ChunkType.Init, []));
        Say(CookieTag, (ref PacketWriter w) => CookieEchoChunk.Write(ref w, Cookie));
    }

    /// <summary>A packet with these chunks, from the peer's first address.</summary>
    public void Say(uint tag, WriteChunks write)
    {
        var writer = new PacketWriter(_packet);
        writer.WriteHeader(new PacketHeader(Port, EnginePort, tag));
        write(ref writer);
        _engine.Deliver(new PacketInfo(Addresses[0], EngineAddresses[0], UdpPort), writer.Finish());
    }

    /// <summary>Puts header and checksum around what stands behind the first 12 bytes, and sends it to the engine.</summary>
    public void SendFramed(Span<byte> packet, uint tag) => SendFramed(packet, tag, new PacketInfo(Addresses[0], EngineAddresses[0], UdpPort));

    public void SendFramed(Span<byte> packet, uint tag, in PacketInfo info)
    {
        new PacketHeader(Port, EnginePort, tag).Write(packet);
        Crc32c.WritePacketChecksum(packet);
        _engine.Deliver(info, packet);
    }

    private void BringWhatConnected(AssociationState state, AssociationOptions options)
    {
        // It listens too, for what comes after a restart.
        _engine.Listen(EnginePort, options);
        var association = _engine.Connect(EnginePort, Port, Addresses[..2], options);
        if (state == AssociationState.CookieWait)
        {
            return;
        }

        Say(EngineTag, (ref PacketWriter w) => WriteInit(ref w, ChunkType.InitAck, "cookie"u8));
        if (state == AssociationState.CookieEchoed)
        {
            return;
        }

        Say(EngineTag, EmptyChunks.WriteCookieAck);
        if (state is AssociationState.ShutdownPending or AssociationState.ShutdownReceived)
        {
            _engine.Send(association, new byte[3_000]);
        }

        if (state is AssociationState.ShutdownPending or AssociationState.ShutdownSent)
        {
            _engine.Do(association, a => a.Shutdown(_engine.Now));
        }
        else
        {
            Say(EngineTag, (ref PacketWriter w) => ShutdownChunk.Write(ref w, EngineTsn - 1));
        }
    }

    private static void WriteInit(ref PacketWriter w, ChunkType type, scoped ReadOnlySpan<byte> cookie)
    {
        w.BeginChunk(type, 0);
        InitChunk.WriteFixed(ref w, Tag, Window, Streams, Streams, InitialTsn);
        AddressParameters.Write(ref w, Addresses[0]);
        AddressParameters.Write(ref w, Addresses[1]);
        if (!cookie.IsEmpty)
        {
            CookieParameters.WriteStateCookie(ref w, cookie);
        }

        w.EndChunk();
    }

    private void Observe(ReadOnlySpan<byte> packet)
    {
        foreach (var chunk in new ChunkReader(packet))
        {
            if (chunk.Type is ChunkType.Init && InitChunk.TryRead(chunk, out var init))
            {
                EngineTag = init.InitiateTag;
                EngineTsn = init.InitialTsn;
            }
            else if (chunk.Type is ChunkType.InitAck && InitChunk.TryRead(chunk, out var initAck))
            {
                if (EngineTag == 0)
                {
                    EngineTag = initAck.InitiateTag;
                    EngineTsn = initAck.InitialTsn;
                }

                CookieTag = initAck.InitiateTag;
                Cookie = CookieOf(initAck);
            }
            else if (chunk.Type is ChunkType.Heartbeat && HeartbeatChunk.TryRead(chunk, out var heartbeat))
            {
                HeartbeatInfo = heartbeat.InfoParameter.ToArray();
            }
        }
    }

    private static byte[] CookieOf(in InitChunk initAck)
    {
        foreach (var parameter in new ParameterReader(initAck.Parameters))
        {
            if (parameter.Type == ParameterType.StateCookie)
            {
                return parameter.Value.ToArray();
            }
        }

        return [];
    }
}
