using Kestrel.Sctp.PacketScripts.Language;
using Kestrel.Sctp.PacketScripts.Packets;
using Kestrel.Sctp.PacketScripts.Running;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Protocol.Tests.PacketScripts;

/// <summary>Scripts and packets of them, from text.</summary>
internal static class Scripts
{
    public static Script Parse(string text) => ScriptParser.Parse(text, ScriptFile.DefaultDefines);

    public static ScriptEvent Event(string line) => Assert.Single(Parse(line).Events);

    public static ScriptCall Call(string text) => Assert.IsType<CallEvent>(Event("0.0 " + text)).Call;

    /// <summary>A packet that is expected.</summary>
    public static PacketPattern Expected(string packet) => Assert.IsType<ExpectEvent>(Event("+0.0 > sctp: " + packet)).Packet;

    /// <summary>The bytes of a packet, from the chunks as they would be injected.</summary>
    public static byte[] Bytes(string packet)
    {
        var bytes = new List<byte>(new byte[PacketHeader.Size]);
        var pattern = Assert.IsType<InjectEvent>(Event("+0.0 < sctp: " + packet)).Packet;
        bytes.AddRange(pattern.Raw ?? []);
        foreach (var chunk in pattern.Chunks)
        {
            bytes.AddRange(chunk.ToBytes(default));
            bytes.AddRange(new byte[Tlv.Pad(bytes.Count) - bytes.Count]);
        }

        var packetBytes = bytes.ToArray();
        new PacketHeader(1, 2, 3).Write(packetBytes);
        return packetBytes;
    }

    public static ReadPacket Sent(string packet) => ReadPacket.Read(Bytes(packet), default);

    public static IReadOnlyList<string> Compare(string expected, string sent) => PacketComparison.Compare(Expected(expected), Sent(sent));

    public static ScriptSyntaxException SyntaxError(string text) => Assert.Throws<ScriptSyntaxException>(() => Parse(text));
}
