using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Simulation;

namespace Kestrel.Sctp.Fuzz.Targets;

/// <summary>
/// Two engines, and between them one who drops, doubles, delays, replays and changes their packets, and then puts the checksum
/// right. Each byte of the input says what becomes of the next packet, or what the users do.
/// </summary>
internal sealed class MiddlemanTarget() : Target("two-engines")
{
    private const ushort UdpPort = 9899;
    private const int MaxActions = 400;
    private const int MaxRemembered = 16;

    private static readonly IPAddressValue[] _clientAddresses = [Host.Address("10.0.0.1"), Host.Address("10.0.1.1")];
    private static readonly IPAddressValue[] _serverAddresses = [Host.Address("10.0.0.2"), Host.Address("10.0.1.2")];

    private static readonly AssociationOptions _options = AssociationOptions.Default with
    {
        ReceiveBufferSize = 8_000,
        AssociationMaxRetransmits = 4,
        RtoMax = 4 * EngineTime.Second,
    };

    private enum Act
    {
        Deliver,
        Drop,
        Double,
        Delay,

        /// <summary>A byte (place), a byte (difference).</summary>
        Change,

        /// <summary>A byte (place), a byte (what is cut out there).</summary>
        Cut,

        /// <summary>A byte (place), a byte (which packet of before is put in there).</summary>
        Splice,

        /// <summary>A byte: which packet of before comes again.</summary>
        Replay,

        /// <summary>A byte: whose message, and how long.</summary>
        Send,

        /// <summary>A byte: tenths of a second.</summary>
        Wait,

        /// <summary>A byte: whose, and what.</summary>
        User,
        Count,
    }

    public override IEnumerable<byte[]> Seeds =>
    [
        [],
        new byte[40],
        [8, 30, 8, 31, .. new byte[40], 10, 0, .. new byte[20]],
        [0, 0, 0, 0, 8, 20, 8, 60, 1, 0, 0, 9, 10, 0, 1, 2, 3, 3, 0, 0, 9, 30, 10, 1, 0, 0],
        [0, 0, 0, 8, 50, 4, 17, 1, 4, 20, 255, 5, 30, 4, 6, 12, 2, 7, 0, 7, 1, 0, 0, 10, 2, 0, 0, 0],
        [8, 200, 10, 1, 8, 201, .. new byte[30], 10, 5, .. new byte[30]],
    ];

    public override void Run(ReadOnlySpan<byte> input, StepMeter meter)
    {
        var run = new Between(meter);
        var actions = 0;
        while (!input.IsEmpty && actions++ < MaxActions)
        {
            run.Take((Act)(input[0] % (int)Act.Count), ref input);
        }

        run.End();
    }

    private sealed class Between
    {
        private readonly EngineUnderTest _client;
        private readonly EngineUnderTest _server;
        private readonly Queue<Datagram> _underWay = new();
        private readonly List<Datagram> _remembered = [];

        public Between(StepMeter meter)
        {
            _client = new EngineUnderTest(meter, _clientAddresses);
            _server = new EngineUnderTest(meter, _serverAddresses);
            _client.Sent = (in Transmit transmit, ReadOnlySpan<byte> packet) => Add(_server, transmit, packet);
            _server.Sent = (in Transmit transmit, ReadOnlySpan<byte> packet) => Add(_client, transmit, packet);
            _server.Listen(Peer.EnginePort, _options);
            _client.Connect(Peer.Port, Peer.EnginePort, _serverAddresses, _options);
        }

        public void Take(Act act, ref ReadOnlySpan<byte> input)
        {
            var first = ByteAt(input, 1);
            var second = ByteAt(input, 2);
            input = input[Math.Min(input.Length, act switch { Act.Change or Act.Cut or Act.Splice => 3, >= Act.Replay => 2, _ => 1 })..];
            switch (act)
            {
                case Act.Send when _client.Association is { } client:
                    // 0 to 127 the client, the rest the server; up to 12,000 bytes.
                    var user = first < 128 || _server.Association is null ? _client : _server;
                    user.Send(user == _client ? client : _server.Association!, new byte[1 + ((first & 127) * (first & 127) * 3 / 4)], (ushort)(first & 3), (first & 4) != 0);
                    break;
                case Act.Wait:
                    Wait((1 + first) * 100 * EngineTime.Millisecond);
                    break;
                case Act.User:
                    Use((first & 1) == 0 ? _client : _server, first >> 1);
                    break;
                case Act.Replay when _remembered.Count > 0:
                    Deliver(_remembered[first % _remembered.Count]);
                    break;
                default:
                    Carry(act, first, second);
                    break;
            }
        }

        public void End()
        {
            _client.End();
            _server.End();
        }

        private static int ByteAt(ReadOnlySpan<byte> input, int index) => index < input.Length ? input[index] : 0;

        private void Add(EngineUnderTest receiver, in Transmit transmit, ReadOnlySpan<byte> packet)
        {
            const int maxUnderWay = 200;
            if (_underWay.Count < maxUnderWay)
            {
                _underWay.Enqueue(new Datagram(receiver, new PacketInfo(transmit.Local, transmit.Remote, UdpPort), packet.ToArray()));
            }
        }

        private void Carry(Act act, int first, int second)
        {
            if (!_underWay.TryDequeue(out var datagram))
            {
                Wait(100 * EngineTime.Millisecond);
                return;
            }

            switch (act)
            {
                case Act.Deliver:
                    Deliver(datagram);
                    break;
                case Act.Double:
                    Deliver(datagram);
                    Deliver(datagram);
                    break;
                case Act.Delay:
                    _underWay.Enqueue(datagram);
                    break;
                case Act.Change or Act.Cut or Act.Splice:
                    Deliver(datagram with { Packet = Alter(act, datagram.Packet, first, second) });
                    break;
            }
        }

        private byte[] Alter(Act act, byte[] packet, int first, int second)
        {
            // The places of most interest, the beginnings of chunks, are multiples of 4; the ports stay.
            const int ports = 4;
            var place = Math.Min(ports + first, packet.Length);
            byte[] altered;
            switch (act)
            {
                case Act.Cut:
                    altered = [.. packet.AsSpan(0, place), .. packet.AsSpan(Math.Min(place + second, packet.Length))];
                    break;
                case Act.Splice when _remembered.Count > 0:
                    var other = _remembered[second % _remembered.Count].Packet;
                    altered = [.. packet.AsSpan(0, place & ~3), .. other.AsSpan(Math.Min(PacketHeader.Size, other.Length)), .. packet.AsSpan(place & ~3)];
                    break;
                default:
                    altered = (byte[])packet.Clone();
                    altered[Math.Min(place, packet.Length - 1)] ^= (byte)second;
                    break;
            }

            if (altered.Length >= PacketHeader.Size)
            {
                Crc32c.WritePacketChecksum(altered);
            }

            return altered;
        }

        private void Deliver(Datagram datagram)
        {
            if (_remembered.Count < MaxRemembered)
            {
                _remembered.Add(datagram);
            }

            datagram.Receiver.Deliver(datagram.Info, datagram.Packet);
        }

        private void Wait(long duration)
        {
            _client.Advance(duration);
            _server.Advance(duration);
        }

        private static void Use(EngineUnderTest user, int what)
        {
            if (user.Association is not { } association)
            {
                return;
            }

            switch (what & 7)
            {
                case 0:
                    user.Do(association, a => a.Shutdown(user.Now));
                    break;
                case 1:
                    user.Reads = false;
                    break;
                case 2:
                    user.Reads = true;
                    user.Do(association, _ => { });
                    break;
                case 3 when what >= 96:
                    user.Do(association, a => a.Abort("enough", user.Now));
                    break;
                case 4:
                    user.Do(association, a => a.SetPrimary((a.PeerPort == Peer.EnginePort ? _serverAddresses : _clientAddresses)[1]));
                    break;
            }
        }

        private sealed record Datagram(EngineUnderTest Receiver, PacketInfo Info, byte[] Packet);
    }
}
