using System.Net;

namespace Kestrel.Sctp.Attacks.Harness;

internal delegate void WriteChunks(ref PacketWriter writer);

/// <summary>Packets made by hand.</summary>
internal static class Packets
{
    public const ushort ServerPort = 7;
    public const uint Window = 1024 * 1024;

    [ThreadStatic]
    private static byte[]? _buffer;

    /// <summary>A packet with a right checksum; valid until the thread's next.</summary>
    public static ReadOnlySpan<byte> Write(ushort port, uint tag, WriteChunks write, ushort serverPort = ServerPort)
    {
        var writer = new PacketWriter(_buffer ??= new byte[65_536]);
        writer.WriteHeader(new PacketHeader(port, serverPort, tag));
        write(ref writer);
        return writer.Finish();
    }

    public static ReadOnlySpan<byte> Init(ushort port, uint tag, params ReadOnlySpan<IPAddress> addresses)
    {
        var writer = new PacketWriter(_buffer ??= new byte[65_536]);
        writer.WriteHeader(new PacketHeader(port, ServerPort, 0));
        WriteInit(ref writer, tag, Window, 10, addresses);
        return writer.Finish();
    }

    public static void WriteInit(ref PacketWriter writer, uint tag, uint window, ushort streams, params ReadOnlySpan<IPAddress> addresses)
    {
        writer.BeginChunk(ChunkType.Init, 0);
        InitChunk.WriteFixed(ref writer, tag, window, streams, streams, initialTsn: tag);
        foreach (var address in addresses)
        {
            AddressParameters.Write(ref writer, IPAddressValue.FromIPAddress(address));
        }

        writer.EndChunk();
    }

    public static void WriteAbort(ref PacketWriter writer)
    {
        writer.BeginChunk(ChunkType.Abort, 0);
        writer.EndChunk();
    }

    /// <summary>The tag, TSN and cookie of an INIT ACK; false for any other packet.</summary>
    public static bool TryReadInitAck(ReadOnlySpan<byte> packet, out uint tag, out uint initialTsn, out byte[] cookie)
    {
        (tag, initialTsn, cookie) = (0, 0, []);
        var chunks = new ChunkReader(packet);
        if (!chunks.MoveNext() || chunks.Current.Type != ChunkType.InitAck || !InitChunk.TryRead(chunks.Current, out var init))
        {
            return false;
        }

        (tag, initialTsn) = (init.InitiateTag, init.InitialTsn);
        foreach (var parameter in new ParameterReader(init.Parameters))
        {
            if (parameter.Type == ParameterType.StateCookie)
            {
                cookie = parameter.Value.ToArray();
            }
        }

        return cookie.Length > 0;
    }
}
