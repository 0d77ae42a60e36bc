using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Simulation;

/// <summary>What holds after every step, whatever happened (requirements ).</summary>
internal static class Invariants
{
    public static void Check(Association association)
    {
        CheckFlight(association);
        if (association.State == AssociationState.Closed)
        {
            Assert.Equal(EngineTime.Never, association.NextDeadline);
            Assert.Equal(0, association.BufferedBytes);
            Assert.True(association.SentChunks.IsEmpty);
            return;
        }

        var sender = association.Sender;
        switch (association.State)
        {
            case AssociationState.Established or AssociationState.ShutdownPending or AssociationState.ShutdownReceived:
                // who has data to send has some in flight, or a probe of the closed window to come, or no address yet that it may send to.
                if (association.BufferedBytes > 0 && association.Paths.DataPath.IsConfirmed)
                {
                    Assert.True(
                        association.SentChunks.InFlightCount > 0 || sender.ProbeDeadline != EngineTime.Never,
                        $"data is queued, nothing is in flight and no probe is due, in {association.State}");
                }

                Assert.True(association.State == AssociationState.Established || !sender.IsDrained, $"nothing to wait for in {association.State}");
                break;
            case AssociationState.ShutdownSent or AssociationState.ShutdownAckSent:
                //
                Assert.True(sender.IsDrained, $"unacknowledged data in {association.State}");
                Assert.Equal(0, association.BufferedBytes);
                break;
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
                Assert.False(data.Payload.IsEmpty);
                lastTsn = data.Tsn;
            }
            else
            {
                Assert.True(lastTsn is null, "control before DATA (R-88)");
            }

            if (SackChunk.TryRead(chunk, out var sack))
            {
                CheckSack(sack);
            }
        }

        Assert.Equal(ChunkReaderEnd.Complete, chunks.End);
        Assert.NotEmpty(types);
        Assert.True(types.Count(type => type == ChunkType.Sack) <= 1, "one SACK only (R-59)");
        if (types.Any(type => type is ChunkType.Init or ChunkType.InitAck or ChunkType.ShutdownComplete))
        {
            Assert.Single(types);
        }

        if (types.Contains(ChunkType.Data))
        {
            Assert.DoesNotContain(types, type => type is ChunkType.Abort or ChunkType.Shutdown or ChunkType.ShutdownAck);
        }

        Assert.DoesNotContain(types.Skip(1), type => type is ChunkType.CookieEcho or ChunkType.CookieAck);
        if (!transmit.MayFragment && association.Paths.Find(transmit.Remote) is { } path)
        {
            Assert.True(packet.Length <= path.MaxPacketSize, "no packet above the PMTU (R-88)");
        }
    }

    private static void CheckFlight(Association association)
    {
        var chunks = association.SentChunks;
        var inFlight = new Dictionary<Path, int>();
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
        Assert.True(chunks.IsEmpty || chunks[chunks.FirstTsn].State != SentChunkState.GapAcked, "the first chunk kept is not acknowledged");
        foreach (var path in association.Paths)
        {
            //
            Assert.Equal(inFlight.GetValueOrDefault(path), path.BytesInFlight);

            // T3-rtx runs exactly while something is in flight.
            Assert.Equal(path.BytesInFlight > 0, path.RetransmissionDeadline != EngineTime.Never);
            Assert.True(path.Congestion.Window > 0);
        }

        // Nothing is in flight to where there is no path any more.
        Assert.All(inFlight.Keys, path => Assert.Same(path, association.Paths.Find(path.Remote)));
    }

    private static void CheckSack(in SackChunk sack)
    {
        // in order, apart from each other and from the Cumulative TSN.
        var end = 0;
        for (var i = 0; i < sack.GapBlockCount; i++)
        {
            var block = sack.GapBlock(i);
            Assert.True(block.Start > end + 1 && block.End >= block.Start, $"gap block {block.Start}-{block.End} after {end}");
            end = block.End;
        }
    }
}
