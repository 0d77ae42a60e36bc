using System.Globalization;
using System.Text;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Simulation;

/// <summary>Packets as a line of text each, for people who read a failed test.</summary>
internal static class PacketTrace
{
    public static string Of(Datagram datagram) => string.Create(
        CultureInfo.InvariantCulture, $"{datagram.SentAt / 1e6,12:F6} {datagram.Source} > {datagram.Destination} {Of(datagram.Packet)}");

    public static string Of(ReadOnlySpan<byte> packet)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"tag {(PacketHeader.TryRead(packet, out var header) ? header.VerificationTag : 0):X8}");
        foreach (var chunk in new ChunkReader(packet))
        {
            text.Append(", ").Append(Of(chunk));
        }

        return text.ToString();
    }

    public static string Of(in Chunk chunk)
    {
        if (DataChunk.TryRead(chunk, out var data))
        {
            var flags = $"{(data.IsBegin ? "B" : "")}{(data.IsEnd ? "E" : "")}{(data.IsUnordered ? "U" : "")}{(data.IsImmediate ? "I" : "")}";
            return $"DATA {data.Tsn} {flags} sid {data.StreamId} ssn {data.StreamSequence} len {data.Payload.Length}";
        }

        if (SackChunk.TryRead(chunk, out var sack))
        {
            var text = new StringBuilder($"SACK {sack.CumulativeTsn} a_rwnd {sack.AdvertisedReceiverWindow}");
            for (var i = 0; i < sack.GapBlockCount; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $" {sack.GapBlock(i).Start}-{sack.GapBlock(i).End}");
            }

            return text.Append(sack.DuplicateCount > 0 ? $" dups {sack.DuplicateCount}" : "").ToString();
        }

        return ShutdownChunk.TryRead(chunk, out var shutdown) ? $"SHUTDOWN {shutdown.CumulativeTsn}" : $"{chunk.Type}/{chunk.Flags:X2}({chunk.Length})";
    }
}
