using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Receiving;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>A receive buffer under pressure, by loss or by malice.</summary>
public class ReceiveBufferTests
{
    private const byte Middle = 0;
    private const byte Begin = ChunkFlags.DataBegin;
    private const byte Whole = ChunkFlags.DataBegin | ChunkFlags.DataEnd;
    private static readonly AssociationOptions _small = AssociationOptions.Default with { ReceiveBufferSize = 10_000 };

    [Fact]
    [Trait("Requirement", "R-61")]
    [Trait("KnownFailure", "zero-window-deadlock")]
    public void R_61_a_full_buffer_takes_the_chunk_that_frees_it_though_the_highest_TSN_was_delivered()
    {
        var receiver = new Receiver(1, 10, _small);

        // A message delivered and read already; below it fragments of one message, TSN 1 and every second one missing.
        Add(receiver, 301, Whole | ChunkFlags.DataUnordered, length: 1);
        Assert.True(receiver.TryRead(new byte[10], out _));
        for (var tsn = 3u; tsn <= 201; tsn += 2)
        {
            Add(receiver, tsn, Middle, length: 1);
        }

        // What fills the gaps uses up the reserve kept for that.
        for (var tsn = 2u; tsn <= 200; tsn += 2)
        {
            Add(receiver, tsn, Middle, length: 1_000);
        }

        Assert.Equal(0u, receiver.CumulativeTsn);
        Add(receiver, 1, Begin, length: 1_000);
        Assert.True(receiver.CumulativeTsn > 0);
        Assert.True(receiver.HasReadable);
    }

    [Fact]
    [Trait("Requirement", "R-62")]
    public void R_62_messages_that_wait_for_their_turn_are_given_up_from_the_highest_down()
    {
        var receiver = new Receiver(1, 10, _small);
        for (var tsn = 4u; tsn <= 85; tsn++)
        {
            Add(receiver, tsn, Whole, length: 20, ssn: (ushort)(tsn - 1));
        }

        Assert.True(receiver.BufferedCost >= _small.ReceiveBufferSize);

        // These use up the reserve; the highest go for the one that is missing, one by one.
        Add(receiver, 3, Whole, length: 65_000, ssn: 2);
        Add(receiver, 2, Whole, length: 1_000, ssn: 1);
        Add(receiver, 1, Whole, length: 10, ssn: 0);
        Assert.InRange(receiver.CumulativeTsn, 60u, 84u);
        Assert.False(receiver.HasGap);
        Assert.True(receiver.TryRead(new byte[10], out _));
    }

    [Fact]
    [Trait("Requirement", "R-126")]
    public void R_126_what_is_counted_does_not_depend_on_what_others_hold()
    {
        // The blocks come from a pool that all associations share: this one leaves it none of the fitting size.
        var other = new Receiver(1, 10, _small with { ReceiveBufferSize = 16 * 1024 * 1024 });
        for (var tsn = 2u; tsn <= 3_000; tsn++)
        {
            Add(other, tsn, Whole, length: 20, ssn: (ushort)tsn);
        }

        var receiver = new Receiver(1, 10, _small);
        Add(receiver, 1, Whole, length: 20);
        Assert.Equal(32 + InboundChunk.Overhead, receiver.BufferedMemory);
        Assert.Equal(2_999 * (32 + InboundChunk.Overhead), other.BufferedMemory);
        other.Clear();
        receiver.Clear();
    }

    [Fact]
    [Trait("Requirement", "R-69")]
    public void R_69_a_message_delivered_in_parts_goes_on_with_its_own_fragments_only()
    {
        var receiver = new Receiver(1, 10, _small);
        Add(receiver, 1, Begin, length: 6_000);
        Assert.True(receiver.HasReadable);
        Assert.Equal(DataOutcome.Violation, Add(receiver, 2, Middle, length: 10, stream: 3));
    }

    [Fact]
    [Trait("Requirement", "R-106")]
    public void R_106_what_can_never_be_delivered_is_given_up_with_the_association()
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, ["10.0.0.2"]);
        server.Listen(7);
        var peer = new ScriptedPeer(network, server);
        var b = peer.Connect();
        server.ReadsAtOnce = false;
        peer.SendData(ScriptedPeer.InitialTsn, length: 10);
        peer.SendData(ScriptedPeer.InitialTsn + 1, length: 1_000, flags: Begin, ssn: 1);
        peer.SendData(ScriptedPeer.InitialTsn + 3, length: 1_000, ssn: 9);
        server.Step(b, x => x.Abort("enough", network.Now));
        Assert.Equal(10, b.ReadableLength);
        Assert.Equal(16 + InboundChunk.Overhead, b.Receiver!.BufferedMemory);
    }

    private static DataOutcome Add(Receiver receiver, uint tsn, byte flags, int length, ushort stream = 0, ushort ssn = 0)
    {
        var writer = new PacketWriter(new byte[70_000]);
        writer.WriteHeader(new PacketHeader(1, 1, 1));
        ScriptedPeer.WriteData(ref writer, tsn, length, flags, stream, ssn);
        var chunks = new ChunkReader(writer.Finish());
        Assert.True(chunks.MoveNext());
        Assert.True(DataChunk.TryRead(chunks.Current, out var data));
        receiver.BeginPacket();
        var outcome = receiver.OnData(data);
        receiver.EndPacket(0);
        return outcome;
    }
}
