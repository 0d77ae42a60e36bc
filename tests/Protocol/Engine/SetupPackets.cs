using System.Buffers.Binary;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Packets made byte by byte, without the engine's writers, so that a test can send what no stack would.</summary>
internal static class SetupPackets
{
    public static byte[] Packet(ushort source, ushort destination, uint tag, params byte[][] chunks)
    {
        byte[] packet = [.. U16(source), .. U16(destination), .. U32(tag), 0, 0, 0, 0, .. chunks.SelectMany(chunk => chunk)];
        Crc32c.WritePacketChecksum(packet);
        return packet;
    }

    /// <summary>A chunk, padded.</summary>
    public static byte[] Chunk(ChunkType type, byte flags, params byte[] value) =>
        Pad([(byte)type, flags, .. U16(4 + value.Length), .. value]);

    /// <summary>A parameter or error cause, padded.</summary>
    public static byte[] Parameter(int type, params byte[] value) => Pad([.. U16(type), .. U16(4 + value.Length), .. value]);

    /// <summary>An INIT or INIT ACK.</summary>
    public static byte[] Init(ChunkType type, uint tag, uint window, int outbound, int inbound, uint tsn, params byte[][] parameters) =>
        Chunk(type, 0, [.. U32(tag), .. U32(window), .. U16(outbound), .. U16(inbound), .. U32(tsn), .. parameters.SelectMany(p => p)]);

    public static byte[] Address(string address)
    {
        var value = Host.Address(address);
        var bytes = new byte[value.AddressLength];
        value.WriteBytes(bytes);
        return Parameter(value.IsIPv6 ? 6 : 5, bytes);
    }

    public static byte[] Cookie(params byte[] cookie) => Parameter(7, cookie);

    public static byte[] CookieEcho(params byte[] cookie) => Chunk(ChunkType.CookieEcho, 0, cookie);

    public static byte[] CookieAck() => Chunk(ChunkType.CookieAck, 0);

    public static byte[] Data(uint tsn, byte[] payload, int stream = 0, int ssn = 0, byte flags = 3) =>
        Chunk(ChunkType.Data, flags, [.. U32(tsn), .. U16(stream), .. U16(ssn), .. U32(0), .. payload]);

    public static byte[] Sack(uint cumulative, uint window = 100_000) => Chunk(ChunkType.Sack, 0, [.. U32(cumulative), .. U32(window), 0, 0, 0, 0]);

    public static byte[] Heartbeat(params byte[] info) => Chunk(ChunkType.Heartbeat, 0, Parameter(1, info));

    public static byte[] HeartbeatAck(params byte[] info) => Chunk(ChunkType.HeartbeatAck, 0, Parameter(1, info));

    public static byte[] Abort(bool reflected = false, params byte[] causes) => Chunk(ChunkType.Abort, reflected ? (byte)1 : (byte)0, causes);

    public static byte[] Error(params byte[] causes) => Chunk(ChunkType.Error, 0, causes);

    public static byte[] StaleCookie() => Error(Parameter(3, U32(100)));

    public static byte[] Shutdown(uint cumulative) => Chunk(ChunkType.Shutdown, 0, U32(cumulative));

    public static byte[] ShutdownAck() => Chunk(ChunkType.ShutdownAck, 0);

    public static byte[] ShutdownComplete(bool reflected = false) => Chunk(ChunkType.ShutdownComplete, reflected ? (byte)1 : (byte)0);

    public static byte[] U16(int value) => [(byte)(value >> 8), (byte)value];

    public static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Pad(byte[] bytes) => [.. bytes, .. new byte[-bytes.Length & 3]];
}

/// <summary>A packet that a host sent, taken apart.</summary>
internal sealed record SetupPacket(Datagram Datagram, PacketHeader Header, List<SetupChunk> Chunks)
{
    public static SetupPacket From(Datagram datagram)
    {
        Assert.True(Crc32c.VerifyPacket(datagram.Packet));
        Assert.True(PacketHeader.TryRead(datagram.Packet, out var header));
        var chunks = new List<SetupChunk>();
        var reader = new ChunkReader(datagram.Packet);
        while (reader.MoveNext())
        {
            chunks.Add(new SetupChunk(reader.Current.Type, reader.Current.Flags, reader.Current.Value.ToArray()));
        }

        Assert.Equal(ChunkReaderEnd.Complete, reader.End);
        return new SetupPacket(datagram, header, chunks);
    }

    /// <summary>The chunks' types: "CookieAck Sack".</summary>
    public string Types => string.Join(' ', Chunks.Select(chunk => chunk.Type));

    public string Destination => Datagram.Destination.ToString();

    public SetupChunk this[ChunkType type] => Chunks.Single(chunk => chunk.Type == type);

    public bool Has(ChunkType type) => Chunks.Exists(chunk => chunk.Type == type);
}

internal sealed record SetupChunk(ChunkType Type, byte Flags, byte[] Value)
{
    /// <summary>A 32-bit field of the chunk's value.</summary>
    public uint UInt32(int offset) => BinaryPrimitives.ReadUInt32BigEndian(Value.AsSpan(offset));

    public int UInt16(int offset) => BinaryPrimitives.ReadUInt16BigEndian(Value.AsSpan(offset));

    /// <summary>Of an INIT or INIT ACK; of ABORT and ERROR the causes.</summary>
    public List<(int Type, byte[] Value)> Parameters
    {
        get
        {
            var rest = Value.AsSpan(Type is ChunkType.Init or ChunkType.InitAck ? 16 : 0);
            var parameters = new List<(int, byte[])>();
            while (rest.Length >= 4)
            {
                int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
                parameters.Add((BinaryPrimitives.ReadUInt16BigEndian(rest), rest[4..length].ToArray()));
                rest = rest[Math.Min((length + 3) & ~3, rest.Length)..];
            }

            return parameters;
        }
    }

    public byte[] Cookie => Parameters.Single(parameter => parameter.Type == 7).Value;

    /// <summary>The value of the Heartbeat Info parameter.</summary>
    public byte[] HeartbeatInfo => Value[4..];
}
