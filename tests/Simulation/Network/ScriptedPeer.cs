using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Simulation;

internal delegate void WriteChunks(ref PacketWriter writer);

/// <summary>
/// A peer without an engine: it says exactly what a test makes it say, as a broken or hostile one would, and sees what
/// was sent to it.
/// </summary>
internal sealed class ScriptedPeer(VirtualNetwork network, Host host, string address = "10.0.0.9", ushort port = 5000, ushort hostPort = 7)
{
    public const uint Tag = 0x1234;
    public const uint InitialTsn = 1_000;
    private const ushort UdpPort = 9899;

    private int _seen;

    public IPAddressValue Address { get; } = Host.Address(address);

    /// <summary>The TSN of its first DATA.</summary>
    public uint FirstTsn { get; init; } = InitialTsn;

    /// <summary>The association at the other end.</summary>
    public Association Association => host.Associations[^1];

    /// <summary>Sends a packet with the tag that the association expects.</summary>
    public void Send(WriteChunks write) => Send(Association.LocalTag, write);

    public void Send(uint tag, WriteChunks write, IPAddressValue? from = null)
    {
        var packet = Packet(tag, write);
        host.Deliver(new PacketInfo(from ?? Address, host.Addresses[0], UdpPort), packet);
    }

    /// <summary>Hands a packet to the association and lets it send nothing yet, as a caller does that receives in batches.</summary>
    public void SendInBatch(uint tag, WriteChunks write) =>
        Association.Receive(new PacketInfo(Address, host.Addresses[0], UdpPort), Packet(tag, write), network.Now);

    /// <summary>The packets sent to this peer since the last call.</summary>
    public List<byte[]> Received()
    {
        var packets = network.Sent.Skip(_seen).Where(datagram => datagram.Destination == Address).Select(datagram => datagram.Packet).ToList();
        _seen = network.Sent.Count;
        return packets;
    }

    /// <summary>The types of the chunks sent to this peer since the last call.</summary>
    public List<ChunkType> ReceivedTypes() => [.. Received().SelectMany(TypesOf)];

    public static List<ChunkType> TypesOf(byte[] packet)
    {
        var types = new List<ChunkType>();
        foreach (var chunk in new ChunkReader(packet))
        {
            types.Add(chunk.Type);
        }

        return types;
    }

    /// <summary>Sets an association up with a listening host.</summary>
    public Association Connect(uint window = 1024 * 1024, ushort streams = 10)
    {
        SendInit(window, streams);
        var cookie = CookieOf(Received()[^1], out var tag);
        Send(tag, (ref PacketWriter w) => CookieEchoChunk.Write(ref w, cookie));
        Assert.Equal(AssociationState.Established, Association.State);
        Received();
        return Association;
    }

    public void SendInit(uint window = 1024 * 1024, ushort streams = 10, uint tag = Tag, IPAddressValue? from = null, params string[] addresses) =>
        Send(
            0,
            (ref PacketWriter w) =>
            {
                w.BeginChunk(ChunkType.Init, 0);
                WriteInitFields(ref w, window, streams, tag, addresses);
                w.EndChunk();
            },
            from);

    /// <summary>Answers the INIT of a host that connects to this peer.</summary>
    public void SendInitAck(uint window = 1024 * 1024, ushort streams = 10, uint tag = Tag, params string[] addresses) =>
        Send((ref PacketWriter w) =>
        {
            w.BeginChunk(ChunkType.InitAck, 0);
            WriteInitFields(ref w, window, streams, tag, addresses);
            CookieParameters.WriteStateCookie(ref w, "cookie"u8);
            w.EndChunk();
        });

    /// <summary>Lets the host's set-up succeed: INIT ACK, then COOKIE ACK.</summary>
    public void Accept(uint window = 1024 * 1024, ushort streams = 10)
    {
        SendInitAck(window, streams);
        Send(EmptyChunks.WriteCookieAck);
        Assert.Equal(AssociationState.Established, Association.State);
        Received();
    }

    public void SendData(uint tsn, int length = 100, byte flags = ChunkFlags.DataBegin | ChunkFlags.DataEnd, ushort stream = 0, ushort ssn = 0) =>
        Send((ref PacketWriter w) => WriteData(ref w, tsn, length, flags, stream, ssn));

    public static void WriteData(
        ref PacketWriter w, uint tsn, int length, byte flags = ChunkFlags.DataBegin | ChunkFlags.DataEnd, ushort stream = 0, ushort ssn = 0) =>
        DataChunk.Write(ref w, flags, tsn, stream, ssn, 0, length).Clear();

    public void SendSack(uint cumulativeTsn, uint window = 1024 * 1024, params GapBlock[] gaps) =>
        Send((ref PacketWriter w) => SackChunk.Write(ref w, cumulativeTsn, window, gaps, default));

    public static byte[] CookieOf(byte[] packet, out uint tag)
    {
        var chunks = new ChunkReader(packet);
        Assert.True(chunks.MoveNext());
        Assert.Equal(ChunkType.InitAck, chunks.Current.Type);
        Assert.True(InitChunk.TryRead(chunks.Current, out var init));
        tag = init.InitiateTag;
        foreach (var parameter in new ParameterReader(init.Parameters))
        {
            if (parameter.Type == ParameterType.StateCookie)
            {
                return parameter.Value.ToArray();
            }
        }

        throw new InvalidOperationException("no cookie");
    }

    private void WriteInitFields(ref PacketWriter w, uint window, ushort streams, uint tag, string[] addresses)
    {
        InitChunk.WriteFixed(ref w, tag, window, streams, streams, FirstTsn);
        foreach (var address in addresses)
        {
            AddressParameters.Write(ref w, Host.Address(address));
        }
    }

    private byte[] Packet(uint tag, WriteChunks write)
    {
        var writer = new PacketWriter(new byte[65_536]);
        writer.WriteHeader(new PacketHeader(port, hostPort, tag));
        write(ref writer);
        return writer.Finish().ToArray();
    }
}
