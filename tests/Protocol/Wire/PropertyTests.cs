using CsCheck;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Wire;

/// <summary>What holds for any bytes, and for any values.</summary>
public class PropertyTests
{
    private static readonly Gen<byte[]> _bytes = Gen.Byte.Array[0, 60];

    private static readonly Gen<IPAddressValue> _address = Gen.OneOf(
        Gen.Byte.Array[4].Select(bytes => IPAddressValue.FromIPv4(bytes)),
        Gen.Byte.Array[16].Select(bytes => IPAddressValue.FromIPv6(bytes)));

    private delegate void Write(ref PacketWriter w);

    private static byte[] Packet(Write write)
    {
        var buffer = new byte[4096];
        Random.Shared.NextBytes(buffer);
        var writer = new PacketWriter(buffer);
        writer.WriteHeader(new PacketHeader(5001, 7, 0x89ABCDEF));
        write(ref writer);
        return writer.Finish().ToArray();
    }

    /// <summary>The one chunk of a packet, after the checks that hold for all packets written.</summary>
    private static Chunk Only(byte[] packet)
    {
        Assert.Equal(0, packet.Length % 4);
        Assert.True(Crc32c.VerifyPacket(packet));
        var reader = new ChunkReader(packet);
        Assert.True(reader.MoveNext());
        var chunk = reader.Current;
        Assert.False(reader.MoveNext());
        Assert.Equal(ChunkReaderEnd.Complete, reader.End);
        Assert.Equal(packet.Length, (12 + chunk.Length + 3) & ~3);
        Assert.Equal(-1, packet.AsSpan(12 + chunk.Length).IndexOfAnyExcept((byte)0));
        return chunk;
    }

    [Fact]
    [Trait("Requirement", "R-06")]
    public void R_06_random_bytes_never_throw() =>
        Gen.Byte.Array[0, 300].Sample(bytes => { PacketText.Of(bytes); }, iter: 20_000);

    // Random types seldom meet random lengths that fit: here they do.
    [Fact]
    [Trait("Requirement", "R-06")]
    public void R_06_random_bytes_in_chunks_of_right_lengths_never_throw() =>
        Gen.Select(Gen.OneOf(Gen.Byte[0, 15], Gen.Byte), Gen.Byte, Gen.OneOf(Gen.Byte[0, 9].Array[0, 60], _bytes)).Array[1, 5].Sample(chunks =>
        {
            var packet = Packet((ref w) =>
            {
                foreach (var (type, flags, value) in chunks)
                {
                    w.BeginChunk((ChunkType)type, flags);
                    w.WriteBytes(value);
                    w.EndChunk();
                }
            });
            Assert.Equal(chunks.Length, PacketText.ChunksOf(packet, out var end).Count);
            Assert.Equal(ChunkReaderEnd.Complete, end);
        }, iter: 20_000);

    [Fact]
    [Trait("Requirement", "R-06")]
    public void R_06_captured_packets_with_random_bytes_in_them_never_throw() =>
        Gen.Select(Gen.Int[0, CapturedPacket.All.Count - 1], Gen.Select(Gen.Int[0, 10_000], Gen.Byte).Array[1, 8], Gen.Int[0, 40]).Sample(
            (index, changes, cut) =>
            {
                var bytes = CapturedPacket.All[index].Bytes.ToArray();
                foreach (var (offset, value) in changes)
                {
                    bytes[offset % bytes.Length] = value;
                }

                PacketText.Of(bytes.AsSpan(0, Math.Max(0, bytes.Length - cut)));
            },
            iter: 20_000);

    [Fact]
    public void Headers_round_trip() =>
        Gen.Select(Gen.UShort[1, ushort.MaxValue], Gen.UShort[1, ushort.MaxValue], Gen.UInt).Sample((source, destination, tag) =>
        {
            var header = new PacketHeader(source, destination, tag);
            var packet = new byte[16];
            header.Write(packet);
            return PacketHeader.TryRead(packet, out var read) && read == header;
        });

    [Fact]
    public void Data_round_trips() =>
        Gen.Select(Gen.Byte, Gen.UInt, Gen.UShort, Gen.UShort, Gen.UInt, Gen.Byte.Array[0, 2000]).Sample((flags, tsn, sid, ssn, ppid, payload) =>
        {
            var packet = Packet((ref w) => payload.CopyTo(DataChunk.Write(ref w, flags, tsn, sid, ssn, ppid, payload.Length)));
            Assert.True(DataChunk.TryRead(Only(packet), out var data));
            Assert.Equal((flags, tsn, sid, ssn, ppid), (data.Flags, data.Tsn, data.StreamId, data.StreamSequence, data.PayloadProtocolId));
            Assert.Equal(payload, data.Payload.ToArray());
        });

    [Fact]
    public void Init_round_trips_with_its_parameters() =>
        Gen.Select(Gen.UInt, Gen.UInt, Gen.UShort, Gen.UShort, Gen.UInt, _address.Array[0, 6], Gen.Select(Gen.UShort, _bytes).Array[0, 6]).Sample(
            (tag, rwnd, os, mis, tsn, addresses, others) =>
            {
                var packet = Packet((ref w) =>
                {
                    w.BeginChunk(ChunkType.Init, 0);
                    InitChunk.WriteFixed(ref w, tag, rwnd, os, mis, tsn);
                    foreach (var address in addresses)
                    {
                        AddressParameters.Write(ref w, address);
                    }

                    foreach (var (type, value) in others)
                    {
                        w.BeginParameter((ParameterType)type);
                        w.WriteBytes(value);
                        w.EndParameter();
                    }

                    w.EndChunk();
                });
                Assert.True(InitChunk.TryRead(Only(packet), out var init));
                Assert.Equal(
                    (tag, rwnd, os, mis, tsn),
                    (init.InitiateTag, init.AdvertisedReceiverWindow, init.OutboundStreams, init.InboundStreams, init.InitialTsn));
                var reader = new ParameterReader(init.Parameters);
                foreach (var address in addresses)
                {
                    Assert.True(reader.MoveNext());
                    Assert.True(AddressParameters.TryRead(reader.Current, out var read));
                    Assert.Equal(address, read);
                    Assert.Equal(AddressParameters.SizeOf(address), reader.Current.Length);
                }

                foreach (var (type, value) in others)
                {
                    Assert.True(reader.MoveNext());
                    Assert.Equal((ParameterType)type, reader.Current.Type);
                    Assert.Equal(value, reader.Current.Value.ToArray());
                }

                Assert.False(reader.MoveNext());
                Assert.False(reader.Malformed);
            });

    [Fact]
    public void Sack_round_trips() =>
        Gen.Select(Gen.UInt, Gen.UInt, Gen.Select(Gen.UShort, Gen.UShort).Array[0, 50], Gen.UInt.Array[0, 50]).Sample((cum, rwnd, blocks, duplicates) =>
        {
            var gaps = Array.ConvertAll(blocks, block => new GapBlock(block.Item1, block.Item2));
            var packet = Packet((ref w) => SackChunk.Write(ref w, cum, rwnd, gaps, duplicates));
            var chunk = Only(packet);
            Assert.True(SackChunk.TryRead(chunk, out var sack));
            Assert.Equal(SackChunk.SizeOf(gaps.Length, duplicates.Length), chunk.Length);
            Assert.Equal((cum, rwnd), (sack.CumulativeTsn, sack.AdvertisedReceiverWindow));
            Assert.Equal((gaps.Length, duplicates.Length), (sack.GapBlockCount, sack.DuplicateCount));
            for (var i = 0; i < gaps.Length; i++)
            {
                Assert.Equal(gaps[i], sack.GapBlock(i));
            }

            for (var i = 0; i < duplicates.Length; i++)
            {
                Assert.Equal(duplicates[i], sack.Duplicate(i));
            }
        });

    [Fact]
    public void Heartbeat_and_its_ack_round_trip() =>
        _bytes.Sample(info =>
        {
            Assert.True(HeartbeatChunk.TryRead(Only(Packet((ref w) => HeartbeatChunk.Write(ref w, ChunkType.Heartbeat, info))), out var heartbeat));
            Assert.Equal(info, heartbeat.Info.ToArray());
            var parameter = heartbeat.InfoParameter.ToArray();
            var ack = Only(Packet((ref w) => HeartbeatChunk.WriteAck(ref w, parameter)));
            Assert.Equal(ChunkType.HeartbeatAck, ack.Type);
            Assert.True(HeartbeatChunk.TryRead(ack, out var echoed));
            Assert.Equal(parameter, echoed.InfoParameter.ToArray());
        });

    [Fact]
    public void Shutdown_and_cookie_echo_round_trip() =>
        Gen.Select(Gen.UInt, _bytes).Sample((tsn, cookie) =>
        {
            Assert.True(ShutdownChunk.TryRead(Only(Packet((ref w) => ShutdownChunk.Write(ref w, tsn))), out var shutdown));
            Assert.Equal(tsn, shutdown.CumulativeTsn);
            Assert.True(CookieEchoChunk.TryRead(Only(Packet((ref w) => CookieEchoChunk.Write(ref w, cookie))), out var echo));
            Assert.Equal(cookie, echo.Cookie.ToArray());
        });

    [Fact]
    public void Causes_round_trip_one_behind_the_other() =>
        Gen.Select(Gen.Bool, Gen.Select(Gen.UShort, _bytes).Array[0, 8]).Sample((reflected, causes) =>
        {
            var packet = Packet((ref w) =>
            {
                AbortChunk.Begin(ref w, reflected);
                foreach (var (code, value) in causes)
                {
                    w.BeginCause((CauseCode)code);
                    w.WriteBytes(value);
                    w.EndCause();
                }

                w.EndChunk();
            });
            Assert.True(AbortChunk.TryRead(Only(packet), out var abort));
            Assert.Equal(reflected, abort.TagReflected);
            Assert.True(abort.HasWellFormedCauses);
            var reader = new CauseReader(abort.Causes);
            foreach (var (code, value) in causes)
            {
                Assert.True(reader.MoveNext());
                Assert.Equal((CauseCode)code, reader.Current.Code);
                Assert.Equal(value, reader.Current.Value.ToArray());
            }

            Assert.False(reader.MoveNext());
        });

    [Fact]
    public void What_causes_tell_round_trips() =>
        Gen.Select(Gen.UShort, Gen.UInt, _address.Array[0, 5], Gen.UShort.Array[0, 5]).Sample((sid, number, addresses, missing) =>
        {
            var packet = Packet((ref w) =>
            {
                ErrorChunk.Begin(ref w);
                Causes.WriteInvalidStreamIdentifier(ref w, sid);
                Causes.WriteStaleCookie(ref w, number);
                Causes.WriteNoUserData(ref w, number);
                Causes.WriteMissingMandatoryParameter(ref w, Array.ConvertAll(missing, type => (ParameterType)type));
                Causes.WriteRestartWithNewAddresses(ref w, addresses);
                w.EndChunk();
            });
            Assert.True(ErrorChunk.TryRead(Only(packet), out var error));
            var reader = new CauseReader(error.Causes);
            Assert.True(reader.MoveNext());
            Assert.True(Causes.TryReadInvalidStreamIdentifier(reader.Current, out var readSid));
            Assert.True(reader.MoveNext());
            Assert.True(Causes.TryReadStaleCookie(reader.Current, out var staleness));
            Assert.True(reader.MoveNext());
            Assert.True(Causes.TryReadNoUserData(reader.Current, out var tsn));
            Assert.Equal((sid, number, number), (readSid, staleness, tsn));

            Assert.True(reader.MoveNext());
            Assert.True(Causes.TryReadMissingMandatoryParameter(reader.Current, out var count));
            Assert.Equal(missing.Length, count);
            for (var i = 0; i < count; i++)
            {
                Assert.Equal((ParameterType)missing[i], Causes.MissingParameter(reader.Current, i));
            }

            Assert.True(reader.MoveNext());
            var parameters = new ParameterReader(reader.Current.Value);
            foreach (var address in addresses)
            {
                Assert.True(parameters.MoveNext());
                Assert.True(AddressParameters.TryRead(parameters.Current, out var read));
                Assert.Equal(address, read);
            }

            Assert.False(parameters.MoveNext());
            Assert.False(parameters.Malformed);
            Assert.False(reader.MoveNext());
        });
}
