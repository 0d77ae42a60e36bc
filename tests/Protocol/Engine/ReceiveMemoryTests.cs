using Kestrel.Sctp.Protocol.Receiving;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>What is accounted for is what is held, and streams that are silent hold nothing.</summary>
[Collection(nameof(MeasuredAlone))]
public class ReceiveMemoryTests
{
    private const byte Middle = 0;
    private const byte Whole = ChunkFlags.DataBegin | ChunkFlags.DataEnd;
    private readonly byte[] _packet = new byte[2_048];

    [Theory]
    [Trait("Requirement", "R-73")]
    [InlineData("fragments with holes between them", Middle, 1, 2)]
    [InlineData("fragments in a row", Middle, 1, 1)]
    [InlineData("messages before their turn", Whole, 1, 2)]
    [InlineData("messages before their turn", Whole, 100, 1)]
    [InlineData("fragments of a full packet", Middle, 1_212, 2)]
    [InlineData("fragments of just above a power of two", Middle, 1_025, 1)]
    public void R_73_what_is_accounted_for_is_at_least_what_is_held(string what, byte flags, int length, int step)
    {
        const int buffer = 16 * 1024 * 1024;
        var options = AssociationOptions.Default with { ReceiveBufferSize = buffer, MaxPartialMessages = int.MaxValue };
        var warm = new Receiver(1, 1, options);
        Add(warm, 3, flags, length);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var receiver = new Receiver(1, 1, options);
        for (var tsn = 3u; tsn < 60_000; tsn += (uint)step)
        {
            Add(receiver, tsn, flags, length);
        }

        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {held} bytes held, {receiver.BufferedMemory} accounted for");

        // And the map of TSNs: its three rings, and the same once more for their rounding.
        Assert.InRange(held, receiver.BufferedMemory / 3, receiver.BufferedMemory + (6 * ReceivedTsnMap.MaxDistance / 8));
        Assert.InRange(receiver.BufferedMemory, 0, 2 * (buffer + length + InboundChunk.Overhead));
        GC.KeepAlive(receiver);
        GC.KeepAlive(warm);
    }

    [Fact]
    [Trait("Requirement", "R-73")]
    public void R_73_a_stream_costs_nothing_until_it_is_used()
    {
        const int count = 100;
        const int streams = ushort.MaxValue;
        var options = AssociationOptions.Default with { MaxInboundStreams = streams, OutboundStreams = streams };
        Add(new Receiver(1, streams, options), 1, Whole, 1, stream: streams - 1);
        var receivers = new Receiver[count];
        var queues = new SendQueue[count];
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < count; i++)
        {
            receivers[i] = new Receiver(1, streams, options);
            queues[i] = new SendQueue(streams);
        }

        var silent = (GC.GetTotalMemory(forceFullCollection: true) - before) / count;
        foreach (var receiver in receivers)
        {
            Add(receiver, 1, Whole, 1, stream: streams - 1);
            Assert.True(receiver.TryRead(new byte[10], out _));
        }

        var used = (GC.GetTotalMemory(forceFullCollection: true) - before) / count;
        TestContext.Current.TestOutputHelper?.WriteLine($"{silent} bytes silent, {used} with one stream used");
        Assert.InRange(silent, 0, 2_048);
        Assert.InRange(used, 0, 12_000);
        GC.KeepAlive(receivers);
        GC.KeepAlive(queues);
    }

    private void Add(Receiver receiver, uint tsn, byte flags, int length, ushort stream = 0)
    {
        var writer = new PacketWriter(_packet);
        writer.WriteHeader(new PacketHeader(1, 1, 1));
        ScriptedPeer.WriteData(ref writer, tsn, length, flags, stream, flags == Whole ? (ushort)(tsn - 1) : (ushort)0);
        var chunks = new ChunkReader(writer.Finish());
        chunks.MoveNext();
        DataChunk.TryRead(chunks.Current, out var data);
        receiver.BeginPacket();
        receiver.OnData(data);
        receiver.EndPacket(0);
    }
}
