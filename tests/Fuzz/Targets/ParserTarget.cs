using System.Text;
using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Setup;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Fuzz.Targets;

/// <summary>A packet for everything that reads packets: header, chunks, parameters, causes. All that is read lies in it and fits its lengths.</summary>
internal sealed class ParserTarget() : Target("parser")
{
    private readonly InitParameters _parameters = new();
    private readonly byte[] _buffer = new byte[SetupWriter.MaxPacketSize];

    public override IEnumerable<byte[]> Seeds => SeedPackets.All;

    public override byte[] Mutate(byte[] input, Random random) => input.Length <= PacketHeader.Size
        ? input
        : [.. input.AsSpan(0, PacketHeader.Size), .. ChunkMutator.Mutate(input.AsSpan(PacketHeader.Size), random)];

    public override void Run(ReadOnlySpan<byte> input, StepMeter meter)
    {
        if (PacketHeader.TryRead(input, out var header))
        {
            Assert.True(header is { SourcePort: not 0, DestinationPort: not 0 });
            Crc32c.VerifyPacket(input);
        }

        var chunks = new ChunkReader(input);
        var length = 0;
        while (chunks.MoveNext())
        {
            length += chunks.Current.Length;
            Assert.True(chunks.Current.Length >= Chunk.HeaderSize && length <= input.Length, "the chunks are longer than the packet");
            ReadChunk(chunks.Current);
        }
    }

    private void ReadChunk(in Chunk chunk)
    {
        chunk.Type.UnknownAction();
        if (DataChunk.TryRead(chunk, out var data))
        {
            _ = (data.Tsn, data.StreamId, data.StreamSequence, data.PayloadProtocolId, data.IsBegin, data.IsEnd, data.IsUnordered, data.IsImmediate);
            Assert.Equal(chunk.Length - DataChunk.HeaderSize, data.Payload.Length);
        }

        if (SackChunk.TryRead(chunk, out var sack))
        {
            ReadSack(sack);
        }

        if (InitChunk.TryRead(chunk, out var init))
        {
            ReadInit(init);
        }

        if (AbortChunk.TryRead(chunk, out var abort))
        {
            Assert.Equal(abort.HasWellFormedCauses, ReadCauses(abort.Causes));
        }

        if (ErrorChunk.TryRead(chunk, out var error))
        {
            Assert.Equal(error.HasWellFormedCauses, ReadCauses(error.Causes));
        }

        if (HeartbeatChunk.TryRead(chunk, out var heartbeat))
        {
            Assert.True(heartbeat.Info.Length <= chunk.Length);
            Protocol.Paths.Heartbeat.TryReadPathId(heartbeat.Info, out _);
        }

        ShutdownChunk.TryRead(chunk, out _);
        CookieEchoChunk.TryRead(chunk, out _);
    }

    private static void ReadSack(in SackChunk sack)
    {
        _ = (sack.CumulativeTsn, sack.AdvertisedReceiverWindow);
        for (var i = 0; i < sack.GapBlockCount; i++)
        {
            sack.GapBlock(i);
        }

        for (var i = 0; i < sack.DuplicateCount; i++)
        {
            sack.Duplicate(i);
        }
    }

    private void ReadInit(in InitChunk init)
    {
        const int maxAddresses = 8;
        _ = (init.InitiateTag, init.AdvertisedReceiverWindow, init.OutboundStreams, init.InboundStreams, init.InitialTsn);
        ReadParameters(init.Parameters);
        var cookie = _parameters.Read(init, Peer.Addresses[0], maxAddresses);
        Assert.True(cookie.Length <= init.Parameters.Length);
        Assert.True(_parameters.Addresses.Count <= maxAddresses);
        Assert.Equal(_parameters.Addresses.Count, _parameters.Addresses.Distinct().Count());

        // What reports the unknown ones takes no more room than it is given.
        const int room = 600;
        var writer = new PacketWriter(_buffer);
        writer.BeginChunk(ChunkType.InitAck, 0);
        InitParameters.WriteReports(ref writer, init.Parameters, room, asErrorCauses: false);
        writer.EndChunk();
        Assert.True(writer.Length <= room);
        InitAnswer.TryRefuse(init, _parameters, Peer.EnginePort, Peer.Port, _buffer, out _);
    }

    private static void ReadParameters(ReadOnlySpan<byte> parameters)
    {
        var reader = new ParameterReader(parameters);
        while (reader.MoveNext())
        {
            var parameter = reader.Current;
            parameter.Type.UnknownAction();
            if (AddressParameters.TryRead(parameter, out var address))
            {
                Assert.Equal(parameter.Length, AddressParameters.SizeOf(address));
                Assert.Equal(address, IPAddressValue.FromIPAddress(address.ToIPAddress()) is var back && address.IsIPv4Mapped ? address : back);
            }

            AddressParameters.TryReadSupportedTypes(parameter, out _, out _);
            CookieParameters.TryReadPreservative(parameter, out _);
        }
    }

    /// <summary>Returns whether they are well formed.</summary>
    private static bool ReadCauses(ReadOnlySpan<byte> causes)
    {
        var reader = new CauseReader(causes);
        while (reader.MoveNext())
        {
            var cause = reader.Current;
            Causes.TryReadInvalidStreamIdentifier(cause, out _);
            Causes.TryReadStaleCookie(cause, out _);
            Causes.TryReadNoUserData(cause, out _);
            if (Causes.TryReadMissingMandatoryParameter(cause, out var count))
            {
                for (var i = 0; i < count; i++)
                {
                    Causes.MissingParameter(cause, i);
                }
            }

            var text = PrintableText.From(Encoding.UTF8.GetString(cause.Value));
            Assert.DoesNotContain(text, char.IsControl);
            ReadParameters(cause.Value);
        }

        return !reader.Malformed;
    }
}
