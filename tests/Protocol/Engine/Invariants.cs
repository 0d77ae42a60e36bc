using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>What holds after every step, whatever happened (requirements ).</summary>
internal static class Invariants
{
    public static void Check(Association association, long now)
    {
        var chunks = association.SentChunks;
        var inFlight = new Dictionary<Paths.Path, int>();
        int lost = 0, count = 0, payload = 0;
        for (var tsn = chunks.FirstTsn; tsn != chunks.NextTsn; tsn++)
        {
            ref var chunk = ref chunks[tsn];
            if (chunk.State == SentChunkState.InFlight)
            {
                inFlight[chunk.Path] = inFlight.GetValueOrDefault(chunk.Path) + chunk.WireSize;
                count++;
                payload += chunk.Length;
            }

            lost += chunk.IsLost ? 1 : 0;
        }

        Assert.Equal(lost, chunks.LostCount);
        Assert.Equal(count, chunks.InFlightCount);
        Assert.Equal(payload, chunks.PayloadInFlight);
        foreach (var path in association.Paths)
        {
            //
            Assert.Equal(inFlight.GetValueOrDefault(path), path.BytesInFlight);

            // T3-rtx runs exactly while something is in flight.
            Assert.Equal(path.BytesInFlight > 0, path.RetransmissionDeadline != EngineTime.Never);
        }

        if (association.State == AssociationState.Closed)
        {
            Assert.Equal(EngineTime.Never, association.NextDeadline);
            Assert.Equal(0, association.BufferedBytes);
            return;
        }

        // whoever has data to send waits for something that will happen.
        if (association.State is AssociationState.Established && association.BufferedBytes > 0)
        {
            Assert.NotEqual(EngineTime.Never, association.NextDeadline);
        }
    }

    public static void CheckPacket(Association association, in Transmit transmit, ReadOnlySpan<byte> packet)
    {
        Assert.True(Crc32c.VerifyPacket(packet));
        Assert.True(packet.Length % 4 == 0);
        var chunks = new ChunkReader(packet);
        var types = new List<ChunkType>();
        uint? lastTsn = null;
        while (chunks.MoveNext())
        {
            var chunk = chunks.Current;
            types.Add(chunk.Type);
            if (DataChunk.TryRead(chunk, out var data))
            {
                Assert.True(lastTsn is not { } last || SerialNumber.GreaterThan(data.Tsn, last), "DATA in increasing TSN (R-88)");
                lastTsn = data.Tsn;
            }
            else
            {
                Assert.True(lastTsn is null, "control before DATA (R-88)");
            }
        }

        Assert.Equal(ChunkReaderEnd.Complete, chunks.End);
        Assert.NotEmpty(types);
        if (types.Any(type => type is ChunkType.Init or ChunkType.InitAck or ChunkType.ShutdownComplete))
        {
            Assert.Single(types);
        }

        if (types.Contains(ChunkType.Data))
        {
            Assert.DoesNotContain(types, type => type is ChunkType.Abort or ChunkType.Shutdown or ChunkType.ShutdownAck);
        }

        if (!transmit.MayFragment && association.Paths.Find(transmit.Remote) is { } path)
        {
            Assert.True(packet.Length <= path.MaxPacketSize, "no packet above the PMTU (R-88)");
        }
    }
}
