using System.Buffers;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Tests that measure the memory of the whole process: no other test runs beside them.</summary>
[CollectionDefinition(nameof(MeasuredAlone), DisableParallelization = true)]
public class MeasuredAlone;

/// <summary>What associations cost: memory while they idle, and none while they carry data.</summary>
[Collection(nameof(MeasuredAlone))]
public class CostTests
{
    private static readonly IPAddressValue _serverAddress = Host.Address("10.0.0.2");
    private static readonly IPAddressValue _clientAddress = Host.Address("10.0.0.1");

    private readonly byte[] _buffer = new byte[128 * 1024];
    private readonly byte[] _reply = new byte[Endpoint.MaxReplySize];
    private long _now = EngineTime.Second;

    [Fact]
    public void An_idle_association_holds_a_few_kilobytes()
    {
        const int count = 2_000;
        const int limit = 6_000;
        var server = new Endpoint(new EndpointOptions(), new SeededRandom(1));
        var client = new Endpoint(new EndpointOptions(), new SeededRandom(2));
        server.Listen(7, AssociationOptions.Default, [_serverAddress], int.MaxValue);
        var pairs = new List<(Association, Association)>(count);
        SetUp(client, server, 1);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < count; i++)
        {
            pairs.Add(SetUp(client, server, (ushort)(10_000 + i)));
        }

        // After a request and a long answer they idle again.
        foreach (var (a, b) in pairs)
        {
            Exchange(a, b, new byte[1_000]);
            Exchange(b, a, new byte[100_000]);
            _now += 60 * EngineTime.Second;
            a.HandleTimers(_now);
            b.HandleTimers(_now);
            while (Carry(a, b) || Carry(b, a))
            {
            }
        }

        var perAssociation = (GC.GetTotalMemory(forceFullCollection: true) - before) / (2 * count);
        TestContext.Current.TestOutputHelper?.WriteLine($"{perAssociation} bytes per idle association");
        Assert.InRange(perAssociation, 1, limit);
        GC.KeepAlive(pairs);
    }

    [Fact]
    public void Data_and_its_acknowledgements_allocate_nothing()
    {
        var server = new Endpoint(new EndpointOptions(), new SeededRandom(1));
        var client = new Endpoint(new EndpointOptions(), new SeededRandom(2));
        server.Listen(7, AssociationOptions.Default, [_serverAddress], 10);
        var (a, b) = SetUp(client, server, 5000);
        var message = new byte[50_000];
        for (var i = 0; i < 200; i++)
        {
            Exchange(a, b, message);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Exchange(a, b, message);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private (Association Client, Association Server) SetUp(Endpoint client, Endpoint server, ushort port)
    {
        var request = new ConnectRequest(port, [_clientAddress], [new PeerAddress(_serverAddress, 9899)], 7, AssociationOptions.Default);
        Assert.Equal(ConnectStatus.Started, client.Connect(request, _now, out var a));
        var toServer = new PacketInfo(_clientAddress, _serverAddress, 9899);
        var toClient = new PacketInfo(_serverAddress, _clientAddress, 9899);
        Assert.True(a!.TryTransmit(_now, _buffer, out var transmit));
        var result = server.Receive(toServer, _buffer.AsSpan(0, transmit.Length), _now, _reply);
        Assert.Equal(PacketDisposition.Reply, result.Disposition);
        a.Receive(toClient, _reply.AsSpan(0, result.ReplyLength), _now);
        Assert.True(a.TryTransmit(_now, _buffer, out transmit));
        result = server.Receive(toServer, _buffer.AsSpan(0, transmit.Length), _now, _reply);
        Assert.Equal(PacketDisposition.Accept, result.Disposition);
        var b = result.Association!;
        b.Receive(toServer, _buffer.AsSpan(0, transmit.Length), _now);
        Assert.True(b.TryTransmit(_now, _buffer, out transmit));
        a.Receive(toClient, _buffer.AsSpan(0, transmit.Length), _now);
        Assert.Equal(AssociationState.Established, a.State);
        server.UpdateRoutes(b);
        client.UpdateRoutes(a);
        while (a.TryReadEvent(out _) || b.TryReadEvent(out _))
        {
        }

        return (a, b);
    }

    /// <summary>Carries a message over, and back what acknowledges it.</summary>
    private void Exchange(Association from, Association to, byte[] message)
    {
        Assert.True(from.Send(new SendInfo(0, 0, false), new ReadOnlySequence<byte>(message), null) == SendStatus.Queued);
        var received = false;
        var released = false;
        for (var steps = 0; !received || !released; steps++)
        {
            Assert.True(steps < 10_000);
            if (!Carry(from, to) && !Carry(to, from))
            {
                _now += 200 * EngineTime.Millisecond;
                to.HandleTimers(_now);
                from.HandleTimers(_now);
            }

            while (to.HasReadable)
            {
                to.TryReceive(_reply, out var part);
                received |= part.EndOfMessage;
            }

            released |= from.TryTakeReleased(out _);
        }
    }

    private bool Carry(Association from, Association to)
    {
        var any = false;
        while (from.TryTransmit(_now, _buffer, out var transmit))
        {
            any = true;
            for (var offset = 0; offset < transmit.Length; offset += transmit.SegmentSize)
            {
                var packet = _buffer.AsSpan(offset, Math.Min(transmit.SegmentSize, transmit.Length - offset));
                to.Receive(new PacketInfo(transmit.Local, transmit.Remote, 9899), packet, _now);
            }
        }

        return any;
    }
}
