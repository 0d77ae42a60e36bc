using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Tests.Wire;

/// <summary>An SCTP packet out of a capture file, without the IP and UDP headers around it.</summary>
public sealed record CapturedPacket(string File, int Number, byte[] Bytes)
{
    public const string UsrsctpEcho = "usrsctp-echo-udpencap.pcap";
    public const string UsrsctpFailover = "usrsctp-connectx-failover.pcap";
    public const string Linux = "linux-6.1-kernel-connectx-suite.pcap";

    private const uint RawIP = 101;
    private const byte Udp = 17;
    private const byte Sctp = 132;

    public static IReadOnlyList<CapturedPacket> All { get; } = [.. Read(UsrsctpEcho), .. Read(UsrsctpFailover), .. Read(Linux)];

    /// <summary>Those whose checksum field is filled in.</summary>
    public static IEnumerable<CapturedPacket> WithChecksum => All.Where(packet => packet.File != Linux);

    public override string ToString() => $"{File} #{Number}";

    public static List<CapturedPacket> Read(string file)
    {
        ReadOnlySpan<byte> rest = System.IO.File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Captures", file));
        Assert.Equal(0xA1B2C3D4, BinaryPrimitives.ReadUInt32LittleEndian(rest));
        Assert.Equal(RawIP, BinaryPrimitives.ReadUInt32LittleEndian(rest[20..]));

        var packets = new List<CapturedPacket>();
        for (rest = rest[24..]; !rest.IsEmpty;)
        {
            var captured = BinaryPrimitives.ReadInt32LittleEndian(rest[8..]);
            Assert.Equal(captured, BinaryPrimitives.ReadInt32LittleEndian(rest[12..]));
            packets.Add(new CapturedPacket(file, packets.Count + 1, SctpOf(rest.Slice(16, captured)).ToArray()));
            rest = rest[(16 + captured)..];
        }

        return packets;
    }

    private static ReadOnlySpan<byte> SctpOf(ReadOnlySpan<byte> ip)
    {
        byte protocol;
        ReadOnlySpan<byte> payload;
        if (ip[0] >> 4 == 4)
        {
            protocol = ip[9];
            payload = ip[((ip[0] & 0xF) * 4)..BinaryPrimitives.ReadUInt16BigEndian(ip[2..])];
        }
        else
        {
            protocol = ip[6];
            payload = ip.Slice(40, BinaryPrimitives.ReadUInt16BigEndian(ip[4..]));
        }

        if (protocol == Udp)
        {
            return payload[8..BinaryPrimitives.ReadUInt16BigEndian(payload[4..])];
        }

        Assert.Equal(Sctp, protocol);
        return payload;
    }
}
