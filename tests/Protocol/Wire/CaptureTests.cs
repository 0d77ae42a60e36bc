using System.Buffers.Binary;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Wire;

/// <summary>The packets of usrsctp and of Linux, whole and broken.</summary>
public class CaptureTests
{
    [Fact]
    public void The_captures_hold_the_packets_they_should()
    {
        Assert.Equal(18, CapturedPacket.Read(CapturedPacket.UsrsctpEcho).Count);
        Assert.Equal(6, CapturedPacket.Read(CapturedPacket.UsrsctpFailover).Count);
        Assert.Equal(55, CapturedPacket.Read(CapturedPacket.Linux).Count);

        var seen = new SortedSet<ChunkType>();
        foreach (var packet in CapturedPacket.All)
        {
            foreach (var chunk in new ChunkReader(packet.Bytes))
            {
                seen.Add(chunk.Type);
            }
        }

        ChunkType[] expected =
        [
            ChunkType.Data, ChunkType.Init, ChunkType.InitAck, ChunkType.Sack, ChunkType.Abort, ChunkType.Shutdown,
            ChunkType.ShutdownAck, ChunkType.CookieEcho, ChunkType.CookieAck, ChunkType.ShutdownComplete,
        ];
        Assert.Empty(expected.Except(seen));
    }

    [Fact]
    public void Each_packet_reads_completely_and_writes_to_the_same_bytes()
    {
        var buffer = new byte[2048];
        foreach (var packet in CapturedPacket.All)
        {
            Random.Shared.NextBytes(buffer);
            Assert.Equal(!IsToPortZero(packet), PacketHeader.TryRead(packet.Bytes, out _));
            PacketText.ChunksOf(packet.Bytes, out var end);
            Assert.Equal(ChunkReaderEnd.Complete, end);

            var copy = PacketCopy.Of(packet.Bytes, buffer).ToArray();
            Assert.True(Crc32c.VerifyPacket(copy));
            if (packet.File == CapturedPacket.Linux)
            {
                Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(packet.Bytes.AsSpan(8)));
                copy.AsSpan(8, 4).Clear();
            }

            Assert.Equal(Convert.ToHexString(packet.Bytes), Convert.ToHexString(copy));
        }
    }

    [Fact]
    public void The_first_INIT_of_usrsctp_says_what_it_should()
    {
        var packet = CapturedPacket.Read(CapturedPacket.UsrsctpEcho)[0].Bytes;
        Assert.True(PacketHeader.TryRead(packet, out var header));
        Assert.Equal(new PacketHeader(0xEFF1, 7, 0), header);

        var reader = new ChunkReader(packet);
        Assert.True(reader.MoveNext());
        Assert.Equal(ChunkType.Init, reader.Current.Type);
        Assert.Equal(156, reader.Current.Length);
        Assert.True(InitChunk.TryRead(reader.Current, out var init));
        Assert.Equal(0xCB7C7119u, init.InitiateTag);
        Assert.Equal(131072u, init.AdvertisedReceiverWindow);
        Assert.Equal(10, init.OutboundStreams);
        Assert.Equal(2048, init.InboundStreams);
        Assert.Equal(0xE51131B2u, init.InitialTsn);

        var types = new List<ParameterType>();
        var addresses = new List<string>();
        var parameters = new ParameterReader(init.Parameters);
        while (parameters.MoveNext())
        {
            types.Add(parameters.Current.Type);
            if (AddressParameters.TryRead(parameters.Current, out var address))
            {
                addresses.Add(address.ToString());
            }
        }

        Assert.False(parameters.Malformed);
        Assert.Equal(
            [ParameterType.EcnCapable, ParameterType.ForwardTsnSupported, ParameterType.SupportedExtensions, ParameterType.Random,
             ParameterType.RequestedHmacAlgorithm, ParameterType.ChunkList, ParameterType.SupportedAddressTypes,
             ParameterType.IPv6Address, ParameterType.IPv4Address, ParameterType.IPv6Address, ParameterType.IPv4Address],
            types);
        Assert.Equal(["fd00::2", "192.0.2.2", "::1", "127.0.0.1"], addresses);
        Assert.False(reader.MoveNext());
    }

    [Fact]
    [Trait("Requirement", "R-02")]
    public void R_02_the_checksums_of_usrsctp_are_right_and_each_flipped_bit_is_seen()
    {
        foreach (var packet in CapturedPacket.WithChecksum)
        {
            var bytes = packet.Bytes.ToArray();
            Assert.True(Crc32c.VerifyPacket(bytes), packet.ToString());
            for (var bit = 0; bit < bytes.Length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.False(Crc32c.VerifyPacket(bytes), $"{packet}, bit {bit}");
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    [Fact]
    [Trait("Requirement", "R-04")]
    public void R_04_a_packet_cut_anywhere_reads_as_the_chunks_before_the_cut()
    {
        foreach (var packet in CapturedPacket.All)
        {
            var starts = new List<int>();
            var ends = new List<int>();
            for (var offset = PacketHeader.Size; offset < packet.Bytes.Length; offset = (ends[^1] + 3) & ~3)
            {
                starts.Add(offset);
                ends.Add(offset + BinaryPrimitives.ReadUInt16BigEndian(packet.Bytes.AsSpan(offset + 2)));
            }

            var whole = PacketText.ChunksOf(packet.Bytes, out _);
            Assert.Equal(whole.Count, ends.Count);
            for (var length = 0; length < packet.Bytes.Length; length++)
            {
                // As a datagram of its own, and as the front of a receive buffer that still holds the rest.
                var alone = PacketText.ChunksOf(packet.Bytes.AsSpan(0, length).ToArray(), out var end);
                var inBuffer = PacketText.ChunksOf(packet.Bytes.AsSpan(0, length), out var endInBuffer);

                var complete = ends.Count(e => e <= length);
                Assert.Equal(whole.Take(complete), alone);
                Assert.Equal(alone, inBuffer);
                Assert.Equal(end, endInBuffer);
                var cutInChunk = complete < starts.Count && length >= starts[complete] + 4;
                Assert.Equal(cutInChunk ? ChunkReaderEnd.Truncated : ChunkReaderEnd.Complete, end);
            }
        }
    }

    [Fact]
    [Trait("Requirement", "R-06")]
    public void R_06_no_lie_in_a_length_or_count_makes_reading_throw_or_loop()
    {
        foreach (var packet in CapturedPacket.All)
        {
            var bytes = packet.Bytes.ToArray();
            // Any two bytes may be a length or a count: chunk, parameter, cause, gap blocks, duplicates.
            for (var offset = PacketHeader.Size; offset + 2 <= bytes.Length; offset += 2)
            {
                var field = bytes.AsSpan(offset, 2);
                var truth = BinaryPrimitives.ReadUInt16BigEndian(field);
                foreach (var lie in (ReadOnlySpan<int>)[0, 1, 2, 3, 4, 5, 15, 16, 17, 19, 20, truth - 4, truth - 1, truth + 1, truth + 4,
                    bytes.Length, 0x7FFF, 0x8000, 0xFFFC, 0xFFFF])
                {
                    BinaryPrimitives.WriteUInt16BigEndian(field, (ushort)lie);
                    PacketText.Of(bytes);
                }

                BinaryPrimitives.WriteUInt16BigEndian(field, truth);
            }
        }
    }

    [Fact]
    [Trait("Requirement", "R-04")]
    public void R_04_a_chunk_length_that_lies_never_reaches_past_the_packet()
    {
        foreach (var packet in CapturedPacket.All)
        {
            var bytes = packet.Bytes.ToArray();
            var field = bytes.AsSpan(PacketHeader.Size + 2, 2);
            for (var lie = 0; lie <= ushort.MaxValue; lie++)
            {
                BinaryPrimitives.WriteUInt16BigEndian(field, (ushort)lie);
                var reader = new ChunkReader(bytes);
                if (reader.MoveNext())
                {
                    Assert.InRange(lie, 4, bytes.Length - PacketHeader.Size);
                    Assert.Equal(lie, reader.Current.Length);
                }
                else
                {
                    Assert.Equal(lie < 4 ? ChunkReaderEnd.BadLength : ChunkReaderEnd.Truncated, reader.End);
                }
            }
        }
    }

    // The last two packets of the Linux capture are an INIT to port 0 and the answer to it.
    private static bool IsToPortZero(CapturedPacket packet) => packet is { File: CapturedPacket.Linux, Number: 54 or 55 };

    [Fact]
    public void Reading_and_writing_allocate_nothing()
    {
        var buffer = new byte[2048];
        CopyAll(buffer);
        var before = GC.GetAllocatedBytesForCurrentThread();
        CopyAll(buffer);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void CopyAll(byte[] buffer)
        {
            for (var i = 0; i < CapturedPacket.All.Count; i++)
            {
                Crc32c.VerifyPacket(CapturedPacket.All[i].Bytes);
                PacketCopy.Of(CapturedPacket.All[i].Bytes, buffer);
            }
        }
    }
}
