using System.Buffers;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Fragments, order and duplicates (requirements, group F).</summary>
public class ReassemblyTests : ScriptedTest
{
    /// <summary>Two chunks at these offsets, in this order of arrival, that no message can consist of.</summary>
    public static TheoryData<string, uint, byte, uint, byte, ushort, ushort> Inconsistencies { get; } = new()
    {
        { "B after B", 0, Begin, 1, Begin, 0, 0 },
        { "B after B, the later one first", 1, Begin, 0, Begin, 0, 0 },
        { "a whole message after B", 0, Begin, 1, Whole, 0, 0 },
        { "E without B", 0, Whole, 1, End, 0, 1 },
        { "a middle without B", 0, Whole, 1, 0, 0, 1 },
        { "a middle after E", 0, Whole, 1, 0, 0, 0 },
        { "E, and then its message goes on", 2, 0, 1, End, 0, 0 },
        { "the first TSN without B", 0, 0, 1, 0, 0, 0 },
        { "another SSN", 0, Begin, 1, End, 0, 1 },
        { "another stream", 0, Begin, 1, End, 1, 0 },
        { "another U bit", 0, Begin, 1, End | Unordered, 0, 0 },
        { "another SSN, the later one first", 1, End, 0, Begin, 0, 1 },
        { "another stream, the later one first", 1, End, 0, Begin, 1, 0 },
    };

    [Theory]
    [Trait("Requirement", "R-69")]
    [MemberData(nameof(Inconsistencies))]
    [Trait("KnownFailure", "fragment-mix")]
    public void R_69_fragments_that_fit_no_message_abort(string what, uint tsn1, byte flags1, uint tsn2, byte flags2, ushort stream2, ushort ssn2)
    {
        Assert.NotEmpty(what);
        Establish();
        Peer.SendData(Tsn + tsn1, 100, flags1);
        if (Association.State == AssociationState.Established)
        {
            Peer.SendData(Tsn + tsn2, 100, flags2, stream2, ssn2);
        }

        AssertAborted(CauseCode.ProtocolViolation);
    }

    [Theory]
    [Trait("Requirement", "R-69")]
    [InlineData(1, 0, 0)]
    [InlineData(0, 1, 0)]
    [InlineData(0, 0, ChunkFlags.DataUnordered)]
    public void R_69_a_message_delivered_in_parts_can_not_change_into_another(ushort stream, ushort ssn, byte flags)
    {
        Establish(Quiet with { ReceiveBufferSize = 16 * 1024 });
        for (var i = 0u; i < 20; i++)
        {
            Peer.SendData(Tsn + i, 1_000, i == 0 ? Begin : (byte)0);
        }

        Assert.False(Assert.Single(Received).Complete);
        Peer.SendData(Tsn + 20, 1_000, (byte)(flags | End), stream, ssn);
        AssertAborted(CauseCode.ProtocolViolation);
    }

    [Fact]
    [Trait("Requirement", "R-69")]
    public void R_69_two_messages_with_one_SSN_abort_and_the_memory_of_both_is_given_back()
    {
        Establish();
        Peer.SendData(Tsn + 1, 100, ssn: 1);
        Peer.SendData(Tsn + 2, 100, ssn: 1);
        AssertAborted(CauseCode.ProtocolViolation);
        Assert.Equal(0, Association.Receiver!.BufferedCost);
    }

    [Fact]
    [Trait("Requirement", "R-69")]
    public void R_69_the_fragments_of_a_message_may_come_in_any_order()
    {
        Establish();
        var payload = Pattern(40 * 100);
        var order = Enumerable.Range(0, 40).ToArray();
        new Random(1).Shuffle(order);
        foreach (var i in order)
        {
            var flags = (byte)((i == 0 ? Begin : 0) | (i == 39 ? End : 0));
            Peer.Send((ref PacketWriter w) =>
                payload.AsSpan(i * 100, 100).CopyTo(DataChunk.Write(ref w, flags, Tsn + (uint)i, 3, 0, (uint)(i == 0 ? 77 : i), 100)));
        }

        var message = Assert.Single(Received);
        Assert.Equal(payload, message.Payload);

        // 3.3.1: the PPID is that of the first fragment.
        Assert.Equal(77u, message.Part.PayloadProtocolId);
    }

    [Fact]
    [Trait("Requirement", "R-70")]
    public void R_70_a_missing_message_holds_back_its_own_stream_only()
    {
        Establish();
        Peer.SendData(Tsn + 1, stream: 1, ssn: 1);
        Peer.SendData(Tsn + 2, stream: 2, ssn: 0);
        Peer.SendData(Tsn + 3, stream: 1, ssn: 2);
        Assert.Equal([(2, 0)], Received.Select(m => ((int)m.Part.StreamId, (int)m.Part.StreamSequence)));
        Peer.SendData(Tsn, stream: 1, ssn: 0);
        Assert.Equal([(2, 0), (1, 0), (1, 1), (1, 2)], Received.Select(m => ((int)m.Part.StreamId, (int)m.Part.StreamSequence)));
    }

    [Fact]
    [Trait("Requirement", "R-71")]
    [Trait("KnownFailure", "fragment-mix")]
    public void R_71_unordered_messages_are_delivered_at_once()
    {
        Establish();
        Peer.SendData(Tsn + 1, stream: 1, ssn: 1);
        Peer.SendData(Tsn + 2, 10, Whole | Unordered, stream: 1, ssn: 7);
        Peer.SendData(Tsn + 4, 10, End | Unordered, stream: 1);
        Peer.SendData(Tsn + 3, 10, Begin | Unordered, stream: 1);
        Assert.Equal([10, 20], Received.Select(message => message.Payload.Length));
        Peer.SendData(Tsn, stream: 1, ssn: 0);
        Assert.Equal(4, Received.Count);
    }

    [Fact]
    [Trait("Requirement", "R-72")]
    public void R_72_a_duplicate_is_never_delivered_twice()
    {
        Establish();
        for (var round = 0; round < 3; round++)
        {
            Peer.SendData(Tsn, 10, Whole | Unordered);
            Peer.SendData(Tsn + 2, 10, Whole | Unordered);
        }

        Assert.Equal(2, Received.Count);
        Peer.SendData(Tsn + 1, 10, Whole | Unordered);
        Peer.SendData(Tsn + 1, 10, Whole | Unordered);
        Peer.SendData(Tsn - 1, 10, Whole | Unordered);
        Assert.Equal(3, Received.Count);
    }

    [Theory]
    [Trait("Requirement", "R-73")]
    [InlineData(0)]
    [InlineData(ChunkFlags.DataBegin | ChunkFlags.DataEnd)]
    [Trait("KnownFailure", "tiny-chunks")]
    public void R_73_a_flood_of_one_byte_chunks_holds_no_more_than_the_buffer_and_the_reserve(byte flags)
    {
        const int buffer = 64 * 1024;
        Establish(Quiet with { ReceiveBufferSize = buffer });
        Host.ReadsAtOnce = false;

        // From above and from below, every second one: none joins another, none completes the first message.
        for (var i = 65_000u; i > 32_000; i -= 2)
        {
            Peer.SendInBatch(Association.LocalTag, (ref PacketWriter w) => ScriptedPeer.WriteData(ref w, Tsn + i, 1, flags, ssn: (ushort)i));
        }

        for (var i = 2u; i < 32_000; i += 2)
        {
            Peer.SendInBatch(Association.LocalTag, (ref PacketWriter w) => ScriptedPeer.WriteData(ref w, Tsn + i, 1, flags, ssn: (ushort)i));
        }

        Host.Drain(Association);
        Assert.Equal(AssociationState.Established, Association.State);
        Assert.InRange(Association.Receiver!.BufferedCost, buffer, buffer + (65 * 1024));
    }

    [Fact]
    [Trait("Requirement", "R-74")]
    public void R_74_what_is_too_long_empty_or_on_no_stream_is_refused_and_nothing_is_queued()
    {
        Establish(Quiet with { MaxMessageSize = 1_000 });
        Assert.Equal(SendStatus.InvalidLength, Send(new byte[1_001], 0));
        Assert.Equal(SendStatus.InvalidLength, Send([], 0));
        Assert.Equal(SendStatus.InvalidStream, Send(new byte[1], 10));
        Assert.Equal(0, Association.BufferedBytes);
        Host.Drain(Association);
        Assert.Empty(Sent());
        Assert.Equal(SendStatus.Queued, Send(new byte[1_000], 9));
    }

    private SendStatus Send(byte[] payload, ushort stream) =>
        Association.Send(new SendInfo(stream, 0, false), new ReadOnlySequence<byte>(payload), null);
}
