using System.Globalization;
using System.Text;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Wire;

/// <summary>
/// All that can be read from a packet, as text: every chunk, parameter and cause through its view, every field of it. Tests
/// compare two readings by it, and see that reading whatever bytes throws nothing.
/// </summary>
internal static class PacketText
{
    public static string Of(ReadOnlySpan<byte> packet)
    {
        var text = new StringBuilder();
        if (PacketHeader.TryRead(packet, out var header))
        {
            text.AppendLine(header.ToString());
        }

        var chunks = ChunksOf(packet, out var end);
        foreach (var chunk in chunks)
        {
            text.AppendLine(chunk);
        }

        return text.Append(end).ToString();
    }

    public static List<string> ChunksOf(ReadOnlySpan<byte> packet, out ChunkReaderEnd end)
    {
        var chunks = new List<string>();
        var reader = new ChunkReader(packet);
        while (reader.MoveNext())
        {
            chunks.Add(Of(reader.Current));
        }

        end = reader.End;
        Assert.False(reader.MoveNext());
        return chunks;
    }

    public static string Of(in Chunk chunk)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{chunk.Type} {chunk.Flags:X2} {chunk.Length} {chunk.Type.UnknownAction()}");
        Assert.Equal(chunk.Length, chunk.Whole.Length);
        Assert.Equal(chunk.Length - 4, chunk.Value.Length);

        if (DataChunk.TryRead(chunk, out var data))
        {
            text.Append(CultureInfo.InvariantCulture, $" tsn={data.Tsn} sid={data.StreamId} ssn={data.StreamSequence}");
            text.Append(CultureInfo.InvariantCulture, $" ppid={data.PayloadProtocolId} {Convert.ToHexString(data.Payload)}");
            text.Append(CultureInfo.InvariantCulture, $" {data.IsBegin}{data.IsEnd}{data.IsUnordered}{data.IsImmediate}");
        }
        else if (InitChunk.TryRead(chunk, out var init))
        {
            text.Append(CultureInfo.InvariantCulture, $" tag={init.InitiateTag} rwnd={init.AdvertisedReceiverWindow}");
            text.Append(CultureInfo.InvariantCulture, $" os={init.OutboundStreams} mis={init.InboundStreams} tsn={init.InitialTsn}");
            AppendParameters(text, init.Parameters);
        }
        else if (SackChunk.TryRead(chunk, out var sack))
        {
            text.Append(CultureInfo.InvariantCulture, $" cum={sack.CumulativeTsn} rwnd={sack.AdvertisedReceiverWindow}");
            for (var i = 0; i < sack.GapBlockCount; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $" {sack.GapBlock(i)}");
            }

            for (var i = 0; i < sack.DuplicateCount; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $" dup={sack.Duplicate(i)}");
            }
        }
        else if (HeartbeatChunk.TryRead(chunk, out var heartbeat))
        {
            Assert.Equal(heartbeat.InfoParameter[4..], heartbeat.Info);
            text.Append(CultureInfo.InvariantCulture, $" info={Convert.ToHexString(heartbeat.InfoParameter)}");
        }
        else if (AbortChunk.TryRead(chunk, out var abort))
        {
            text.Append(CultureInfo.InvariantCulture, $" T={abort.TagReflected} {abort.HasWellFormedCauses}");
            AppendCauses(text, abort.Causes);
        }
        else if (ErrorChunk.TryRead(chunk, out var error))
        {
            text.Append(CultureInfo.InvariantCulture, $" {error.HasWellFormedCauses}");
            AppendCauses(text, error.Causes);
        }
        else if (ShutdownChunk.TryRead(chunk, out var shutdown))
        {
            text.Append(CultureInfo.InvariantCulture, $" cum={shutdown.CumulativeTsn}");
        }
        else if (CookieEchoChunk.TryRead(chunk, out var echo))
        {
            text.Append(CultureInfo.InvariantCulture, $" cookie={Convert.ToHexString(echo.Cookie)}");
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $" {Convert.ToHexString(chunk.Value)}");
        }

        return text.ToString();
    }

    public static void AppendParameters(StringBuilder text, ReadOnlySpan<byte> parameters)
    {
        var reader = new ParameterReader(parameters);
        while (reader.MoveNext())
        {
            var parameter = reader.Current;
            Assert.Equal(parameter.Length - 4, parameter.Value.Length);
            text.Append(CultureInfo.InvariantCulture, $" [{parameter.Type} {parameter.Length} {parameter.Type.UnknownAction()} ");
            if (AddressParameters.TryRead(parameter, out var address))
            {
                text.Append(CultureInfo.InvariantCulture, $"{address}]");
            }
            else if (AddressParameters.TryReadSupportedTypes(parameter, out var ipv4, out var ipv6))
            {
                text.Append(CultureInfo.InvariantCulture, $"{ipv4} {ipv6}]");
            }
            else if (CookieParameters.TryReadPreservative(parameter, out var increment))
            {
                text.Append(CultureInfo.InvariantCulture, $"{increment}]");
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"{Convert.ToHexString(parameter.Value)}]");
            }
        }

        text.Append(reader.Malformed ? " malformed" : "");
    }

    public static void AppendCauses(StringBuilder text, ReadOnlySpan<byte> causes)
    {
        var reader = new CauseReader(causes);
        while (reader.MoveNext())
        {
            var cause = reader.Current;
            Assert.Equal(cause.Length - 4, cause.Value.Length);
            text.Append(CultureInfo.InvariantCulture, $" [{cause.Code} {cause.Length} ");
            if (Causes.TryReadInvalidStreamIdentifier(cause, out var streamId))
            {
                text.Append(CultureInfo.InvariantCulture, $"sid={streamId}]");
            }
            else if (Causes.TryReadStaleCookie(cause, out var staleness))
            {
                text.Append(CultureInfo.InvariantCulture, $"{staleness} us]");
            }
            else if (Causes.TryReadNoUserData(cause, out var tsn))
            {
                text.Append(CultureInfo.InvariantCulture, $"tsn={tsn}]");
            }
            else if (Causes.TryReadMissingMandatoryParameter(cause, out var count))
            {
                for (var i = 0; i < count; i++)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{Causes.MissingParameter(cause, i)} ");
                }

                text.Append(']');
            }
            else if (cause.Code is CauseCode.RestartWithNewAddresses or CauseCode.UnrecognizedParameters or CauseCode.UnresolvableAddress)
            {
                AppendParameters(text, cause.Value);
                text.Append(']');
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"{Convert.ToHexString(cause.Value)}]");
            }
        }

        text.Append(reader.Malformed ? " malformed" : "");
    }
}
