using System.Buffers;
using System.Net;
using BenchmarkDotNet.Attributes;
using Kestrel.Sctp.Protocol;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Sending;

namespace Kestrel.Sctp.Bench;

/// <summary>
/// The engine alone: two associations joined in memory, on one thread, in virtual time. What it costs beside all I/O, and
/// whether the steady state allocates.
/// </summary>
[MemoryDiagnoser]
public class EngineBenchmarks
{
    private const int Total = 1024 * 1024;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly byte[] _read = new byte[64 * 1024];
    private Association _sender = null!;
    private Association _receiver = null!;
    private byte[] _message = null!;
    private long _now = EngineTime.Second;

    [Params(64, 1_200, 8_192)]
    public int MessageSize { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var client = IPAddressValue.FromIPAddress(IPAddress.Parse("10.0.0.1"));
        var server = IPAddressValue.FromIPAddress(IPAddress.Parse("10.0.0.2"));
        var options = new AssociationOptions { MaxBurst = 0 };
        var a = new Endpoint(new EndpointOptions(), RandomSource.System);
        var b = new Endpoint(new EndpointOptions(), RandomSource.System);
        b.Listen(7, options, [server], 16);
        a.Connect(new ConnectRequest(5000, [client], [new PeerAddress(server, 9899)], 7, options), _now, out var association);
        _sender = association!;
        var reply = new byte[Endpoint.MaxReplySize];

        // INIT, INIT ACK; COOKIE ECHO, COOKIE ACK.
        _sender.TryTransmit(_now, _buffer, out var init);
        var answer = b.Receive(new PacketInfo(client, server, 40_000), _buffer.AsSpan(0, init.Length), _now, reply);
        _sender.Receive(new PacketInfo(server, client, 9899), reply.AsSpan(0, answer.ReplyLength), _now);
        _sender.TryTransmit(_now, _buffer, out var echo);
        answer = b.Receive(new PacketInfo(client, server, 40_000), _buffer.AsSpan(0, echo.Length), _now, reply);
        _receiver = answer.Association!;
        _receiver.Receive(new PacketInfo(client, server, 40_000), _buffer.AsSpan(0, echo.Length), _now);
        Move(_receiver, _sender);
        _message = new byte[MessageSize];
    }

    [Benchmark(Description = "1 MiB one way")]
    public int OneWay()
    {
        var payload = new ReadOnlySequence<byte>(_message);
        var received = 0;
        for (var sent = 0; received < Total;)
        {
            while (sent < Total && _sender.BufferedBytes < 256 * 1024)
            {
                _sender.Send(new SendInfo(0, 0, false), payload, null);
                sent += MessageSize;
            }

            _now += 10;
            Move(_sender, _receiver);
            while (_receiver.TryReceive(_read, out var part))
            {
                received += part.Length;
            }

            Move(_receiver, _sender);
            while (_sender.TryTakeReleased(out _))
            {
            }

            if (_sender.NextDeadline <= _now)
            {
                _sender.HandleTimers(_now);
            }

            if (_receiver.NextDeadline <= _now)
            {
                _receiver.HandleTimers(_now);
            }
        }

        return received;
    }

    private void Move(Association from, Association to)
    {
        while (from.TryTransmit(_now, _buffer, out var transmit))
        {
            var info = new PacketInfo(transmit.Local, transmit.Remote, from == _sender ? (ushort)40_000 : (ushort)9_899);
            for (var offset = 0; offset < transmit.Length; offset += transmit.SegmentSize)
            {
                to.Receive(info, _buffer.AsSpan(offset, Math.Min(transmit.SegmentSize, transmit.Length - offset)), _now);
            }
        }
    }
}
