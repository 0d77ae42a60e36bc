using BenchmarkDotNet.Attributes;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Bench;

/// <summary>What each packet costs before the association sees it.</summary>
[MemoryDiagnoser]
public class WireBenchmarks
{
    private byte[] _packet = [];

    [GlobalSetup]
    public void Setup()
    {
        var writer = new PacketWriter(new byte[1400]);
        writer.WriteHeader(new PacketHeader(7, 7, 0x01020304));
        for (var i = 0; i < 4; i++)
        {
            writer.BeginChunk(ChunkType.Data, 3);
            writer.WriteBytes(new byte[300]);
            writer.EndChunk();
        }

        _packet = writer.Finish().ToArray();
    }

    [Benchmark]
    public bool VerifyChecksum() => Crc32c.VerifyPacket(_packet);

    [Benchmark]
    public int WalkFourDataChunks()
    {
        var bytes = 0;
        foreach (var chunk in new ChunkReader(_packet))
        {
            bytes += DataChunk.TryRead(chunk, out var data) ? data.Payload.Length : 0;
        }

        return bytes;
    }
}
