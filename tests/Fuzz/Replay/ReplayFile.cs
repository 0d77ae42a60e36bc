using System.Buffers.Binary;
using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Fuzz.Replay;

/// <summary>How the bytes of a file are given to an engine.</summary>
internal enum ReplayMode
{
    /// <summary>As a whole packet to a listening engine.</summary>
    Packet,

    /// <summary>The same with the checksum put right: who fuzzes often leaves it unchecked.</summary>
    PacketWithChecksum,

    /// <summary>As one run of chunks, behind a valid header and checksum, to an established association.</summary>
    Chunks,

    /// <summary>The same, each chunk as a packet of its own.</summary>
    ChunkByChunk,
}

/// <summary>One file in one way, on a fresh engine.</summary>
internal sealed class ReplayFile(StepMeter meter)
{
    /// <summary>No datagram is longer; what is longer is cut.</summary>
    public const int MaxPacket = 65_535;

    private const int MinPacket = PacketHeader.Size + Chunk.HeaderSize;

    private static readonly byte[] _queued = new byte[4_000];

    private readonly byte[] _packet = new byte[MaxPacket + PacketHeader.Size];

    public void Run(ReadOnlySpan<byte> bytes, ReplayMode mode)
    {
        switch (mode)
        {
            case ReplayMode.Packet:
                RunPacket(bytes, fixChecksum: false);
                break;
            case ReplayMode.PacketWithChecksum:
                RunPacket(bytes, fixChecksum: true);
                break;
            case ReplayMode.Chunks:
                RunChunks(bytes[..Math.Min(bytes.Length, MaxPacket - PacketHeader.Size)]);
                break;
            case ReplayMode.ChunkByChunk:
                RunChunkByChunk(bytes);
                break;
        }
    }

    private void RunPacket(ReadOnlySpan<byte> bytes, bool fixChecksum)
    {
        var length = Math.Min(bytes.Length, MaxPacket);
        var packet = _packet.AsSpan(0, length);
        bytes[..length].CopyTo(packet);
        var engine = new EngineUnderTest(meter, Peer.EngineAddresses);

        // It listens on the port that the packet is for.
        var port = length >= 4 ? BinaryPrimitives.ReadUInt16BigEndian(packet[2..]) : Peer.EnginePort;
        engine.Listen(port);
        if (fixChecksum && length >= PacketHeader.Size)
        {
            Crc32c.WritePacketChecksum(packet);
        }

        engine.Deliver(new PacketInfo(Peer.Addresses[0], Peer.EngineAddresses[0], Peer.UdpPort), packet);
        Finish(engine);
    }

    private void RunChunks(ReadOnlySpan<byte> chunks)
    {
        var (engine, peer) = Establish();
        Send(engine, peer, chunks);
        Finish(engine);
    }

    private void RunChunkByChunk(ReadOnlySpan<byte> chunks)
    {
        var (engine, peer) = Establish();
        var rest = chunks;
        foreach (var chunk in new ChunkReader([.. stackalloc byte[PacketHeader.Size], .. chunks]))
        {
            Send(engine, peer, chunk.Whole);
            rest = rest[Math.Min(Tlv.Pad(chunk.Length), rest.Length)..];
        }

        // What is no chunk any more.
        if (!rest.IsEmpty)
        {
            Send(engine, peer, rest[..Math.Min(rest.Length, MaxPacket - PacketHeader.Size)]);
        }

        Finish(engine);
    }

    /// <summary>An association with data of its own under way, so that acknowledgements have something to say.</summary>
    private (EngineUnderTest Engine, Peer Peer) Establish()
    {
        var engine = new EngineUnderTest(meter, Peer.EngineAddresses);
        var peer = new Peer(engine);
        peer.Bring(AssociationState.Established, AssociationOptions.Default);
        engine.Send(engine.Association!, _queued);
        return (engine, peer);
    }

    private void Send(EngineUnderTest engine, Peer peer, ReadOnlySpan<byte> chunks)
    {
        var packet = _packet.AsSpan(0, PacketHeader.Size + Tlv.Pad(chunks.Length));
        packet.Clear();
        chunks.CopyTo(packet[PacketHeader.Size..]);
        peer.SendFramed(packet, engine.Association!.LocalTag);
    }

    /// <summary>Some time passes, for what the packets left behind, and then it ends.</summary>
    private static void Finish(EngineUnderTest engine)
    {
        engine.Advance(3 * EngineTime.Second);
        engine.End();
    }
}
