using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Kestrel.Sctp.Protocol;
using Kestrel.Sctp.UserSpace;

namespace Kestrel.Sctp.Sockets.Tests.UserSpace;

public class UdpCarrierTests
{
    private static readonly IPAddressValue _loopback = IPAddressValue.FromIPAddress(IPAddress.Loopback);

    private sealed class Receiver : ICarrierReceiver
    {
        public BlockingCollection<(PacketInfo Info, byte[] Bytes)> Packets { get; } = [];

        public ConcurrentQueue<Exception> Errors { get; } = new();

        public Action? OnPacket { get; set; }

        void ICarrierReceiver.OnReceived(in PacketInfo info, ReadOnlySpan<byte> packets, int segmentSize)
        {
            OnPacket?.Invoke();
            while (!packets.IsEmpty)
            {
                var packet = packets[..Math.Min(segmentSize, packets.Length)];
                Packets.Add((info, packet.ToArray()));
                packets = packets[packet.Length..];
            }
        }

        public int DroppedInits { get; private set; }

        void ICarrierReceiver.OnInitDropped(IPAddressValue local) => DroppedInits++;

        void ICarrierReceiver.OnCarrierError(IPAddressValue local, Exception error) => Errors.Enqueue(error);

        public (PacketInfo Info, byte[] Bytes) Take()
        {
            Assert.True(Packets.TryTake(out var packet, Loopback.Patience));
            return packet;
        }
    }

    private static Transmit To(IPAddressValue local, IPAddressValue remote, int port, int length, int segment) =>
        new(local, remote, (ushort)port, length, segment, MayFragment: false);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void A_batch_arrives_as_its_packets_from_the_address_it_was_sent_from(string address)
    {
        var ip = IPAddress.Parse(address);
        var local = IPAddressValue.FromIPAddress(ip);
        var receiver = new Receiver();
        using var a = new UdpCarrier(0, new SctpStackOptions(), new Receiver());
        using var b = new UdpCarrier(0, new SctpStackOptions(), receiver);
        a.Lease([ip]);
        b.Lease([ip]);
        var batch = Enumerable.Range(0, 250).Select(i => (byte)i).ToArray();

        Assert.Equal(SocketError.Success, a.Send(To(local, local, b.Port, 250, 100), batch));

        foreach (var expected in new[] { batch[..100], batch[100..200], batch[200..] })
        {
            var (info, bytes) = receiver.Take();
            Assert.Equal(expected, bytes);
            Assert.Equal(new PacketInfo(local, local, (ushort)a.Port), info);
        }
    }

    [Fact]
    public void All_addresses_of_a_carrier_have_one_port()
    {
        using var carrier = new UdpCarrier(0, new SctpStackOptions(), new Receiver());
        carrier.Lease([IPAddress.Loopback]);
        carrier.Lease([IPAddress.IPv6Loopback, IPAddress.Parse("127.0.0.2")]);

        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback, IPAddress.Parse("127.0.0.2") })
        {
            using var other = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(() => other.Bind(new IPEndPoint(address, carrier.Port))).SocketErrorCode);
        }
    }

    [Fact]
    public void An_address_is_shared_and_stays_open_until_the_machine_loses_it()
    {
        using var carrier = new UdpCarrier(0, new SctpStackOptions(), new Receiver());
        carrier.Lease([IPAddress.Loopback]);
        carrier.Lease([IPAddress.Loopback]);
        carrier.Release([IPAddress.Loopback]);
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        carrier.Release([IPAddress.Loopback]);
        Assert.Throws<SocketException>(() => other.Bind(new IPEndPoint(IPAddress.Loopback, carrier.Port)));

        carrier.Lease([IPAddress.Loopback]);
        carrier.Withdraw([IPAddress.Loopback]);
        other.Bind(new IPEndPoint(IPAddress.Loopback, carrier.Port));
    }

    [Fact]
    public void A_lease_that_fails_on_one_address_opens_none()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        using var carrier = new UdpCarrier(port, new SctpStackOptions(), new Receiver());

        Assert.Throws<SocketException>(() => carrier.Lease([IPAddress.Loopback, IPAddress.Parse("127.0.0.2")]));

        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, port));
    }

    [Fact, Trait("Requirement", "R-128")]
    [Trait("KnownFailure", "failed-send")]
    public void R_128_no_send_error_throws()
    {
        using var carrier = new UdpCarrier(0, new SctpStackOptions(), new Receiver());
        carrier.Lease([IPAddress.Loopback, IPAddress.IPv6Loopback]);
        var v6 = IPAddressValue.FromIPAddress(IPAddress.IPv6Loopback);
        var global = IPAddressValue.FromIPAddress(IPAddress.Parse("203.0.113.1"));
        var globalV6 = IPAddressValue.FromIPAddress(IPAddress.Parse("2001:db8::1"));
        var other = IPAddressValue.FromIPAddress(IPAddress.Parse("127.0.0.77"));

        Assert.Equal(SocketError.MessageSize, carrier.Send(To(_loopback, _loopback, 9, 65_536, 65_536), new byte[65_536]));
        Assert.NotEqual(SocketError.Success, carrier.Send(To(_loopback, global, 9, 10, 10), new byte[10]));
        carrier.Send(To(v6, globalV6, 9, 10, 10), new byte[10]); // Linux lets it go, and lose itself
        Assert.Equal(SocketError.AddressNotAvailable, carrier.Send(To(other, _loopback, 9, 10, 10), new byte[10]));
        Assert.Equal(SocketError.AddressNotAvailable, carrier.Send(To(_loopback, _loopback, 0, 10, 10), new byte[10]));

        // The socket of the failures still sends.
        Assert.Equal(SocketError.Success, carrier.Send(To(_loopback, _loopback, carrier.Port, 10, 10), new byte[10]));
        carrier.Dispose();
        Assert.Equal(SocketError.AddressNotAvailable, carrier.Send(To(_loopback, _loopback, 9, 10, 10), new byte[10]));
    }

    [Fact, Trait("Requirement", "R-128")]
    public void R_128_an_error_in_receiving_does_not_end_it()
    {
        var receiver = new Receiver();
        using var carrier = new UdpCarrier(0, new SctpStackOptions(), receiver);
        carrier.Lease([IPAddress.Loopback]);
        var failures = 0;
        receiver.OnPacket = () =>
        {
            if (failures++ < 40)
            {
                throw new InvalidOperationException("on purpose");
            }
        };

        for (var i = 0; i < 41; i++)
        {
            Assert.Equal(SocketError.Success, carrier.Send(To(_loopback, _loopback, carrier.Port, 1, 1), [(byte)i]));
        }

        Assert.Equal([40], receiver.Take().Bytes);
        Assert.Equal(40, receiver.Errors.Count);
    }

    [Fact]
    public void A_thread_that_is_behind_drops_INITs_but_a_few_and_nothing_else()
    {
        const int inits = 250;
        const int others = 80;
        var receiver = new Receiver();
        using var carrier = new UdpCarrier(0, new SctpStackOptions { UdpReceiveBufferSize = 200 * 1024 }, receiver);
        carrier.Lease([IPAddress.Loopback]);
        using var begun = new ManualResetEventSlim();
        using var free = new ManualResetEventSlim();
        receiver.OnPacket = () =>
        {
            begun.Set();
            Assert.True(free.Wait(Loopback.Patience));
        };

        // The first holds the thread up. What comes behind the INITs fills most of a half of the buffer: nearly all of them find it so full.
        SendPacket(tag: 1, length: 32);
        Assert.True(begun.Wait(Loopback.Patience));
        for (var i = 0; i < inits; i++)
        {
            SendPacket(tag: 0, length: 32);
        }
        for (var i = 0; i < others; i++)
        {
            SendPacket(tag: 2, length: 1_400);
        }
        free.Set();

        var (taken, received) = (0, 0);
        while (received < others)
        {
            var tag = receiver.Take().Bytes[7];
            taken += tag == 0 ? 1 : 0;
            received += tag == 2 ? 1 : 0;
        }
        // More, by the last of them, or when a second ends meanwhile.
        Assert.InRange(taken, InitGate.TakenBehindPerSecond, 2 * InitGate.TakenBehindPerSecond);
        Assert.Equal(inits - taken, receiver.DroppedInits);

        // It is not behind any more.
        SendPacket(tag: 0, length: 32);
        Assert.Equal(0, receiver.Take().Bytes[7]);

        void SendPacket(byte tag, int length)
        {
            var packet = new byte[length];
            (packet[1], packet[3], packet[7]) = (5, 7, tag);
            Assert.Equal(SocketError.Success, carrier.Send(To(_loopback, _loopback, carrier.Port, packet.Length, packet.Length), packet));
        }
    }

    [Fact]
    public void Neither_sending_nor_receiving_allocates_per_packet()
    {
        const int packets = 1_000;
        var receiver = new Allocations();
        using var carrier = new UdpCarrier(0, new SctpStackOptions(), receiver);
        carrier.Lease([IPAddress.Loopback]);
        var packet = new byte[1_000];
        var transmit = To(_loopback, _loopback, carrier.Port, packet.Length, packet.Length);
        carrier.Send(transmit, packet);
        Assert.True(receiver.One.Wait(Loopback.Patience));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < packets; i++)
        {
            carrier.Send(transmit, packet);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        for (var i = 0; i < packets; i++)
        {
            Assert.True(receiver.One.Wait(Loopback.Patience));
        }
        Assert.Equal(receiver.First, receiver.Last);
    }

    private sealed class Allocations : ICarrierReceiver
    {
        public SemaphoreSlim One { get; } = new(0, int.MaxValue);

        public long First { get; private set; } = -1;

        public long Last { get; private set; }

        void ICarrierReceiver.OnReceived(in PacketInfo info, ReadOnlySpan<byte> packets, int segmentSize)
        {
            // Of this thread, which does nothing but receive.
            One.Release();
            Last = GC.GetAllocatedBytesForCurrentThread();
            First = First < 0 ? Last : First;
        }

        void ICarrierReceiver.OnInitDropped(IPAddressValue local)
        {
        }

        void ICarrierReceiver.OnCarrierError(IPAddressValue local, Exception error)
        {
        }
    }
}
