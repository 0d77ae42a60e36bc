using System.Buffers.Binary;
using Kestrel.Sctp.PacketScripts.Calls;
using Kestrel.Sctp.PacketScripts.Language;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Protocol.Tests.PacketScripts;

/// <summary>A system that does what a test has laid down: at a time, or when a packet arrives or a call is made.</summary>
internal sealed class FakeSystem : ISystemCalls
{
    private readonly PriorityQueue<Action, (long Time, int Order)> _timers = new();
    private readonly Queue<SentPacket> _sent = [];
    private int _order;

    public SocketUnderTest Socket { get; } = new() { LocalPort = 1000, PeerPort = 8080 };

    public long Now { get; private set; }

    public long NextDeadline => _timers.TryPeek(out _, out var due) ? due.Time : EngineTime.Never;

    public SocketUnderTest? UnderTest { get; set; }

    public List<byte[]> Received { get; } = [];

    public List<string> Shell { get; } = [];

    /// <summary>What a call does; without it, it returns at once what is expected.</summary>
    public Dictionary<string, Action<CallInProgress>> Calls { get; } = [];

    public Action<byte[]>? Arrived { get; set; }

    /// <summary>The addresses of packets that arrive, where they are not the socket's.</summary>
    public (IPAddressValue Source, IPAddressValue Destination)? Arrival { get; set; }

    public FakeSystem WithSocket()
    {
        UnderTest = Socket;
        return this;
    }

    public void At(long time, Action action) => _timers.Enqueue(action, (time, _order++));

    public void SendAt(long time, byte[] packet) => At(time, () => Send(packet));

    /// <summary>From the socket to its peer.</summary>
    public void Send(byte[] packet, ushort? peerPort = null, IPAddressValue? destination = null)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet, Socket.LocalPort);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), peerPort ?? Socket.PeerPort);
        Crc32c.WritePacketChecksum(packet);
        _sent.Enqueue(new SentPacket(Now, Socket.Local, destination ?? Socket.Peer, packet));
    }

    public void AdvanceTo(long time)
    {
        Assert.InRange(time, Now, NextDeadline);
        Now = time;
        while (_timers.TryPeek(out var action, out var due) && due.Time <= Now)
        {
            _timers.Dequeue();
            action();
        }
    }

    public CallInProgress Begin(ScriptCall call)
    {
        var progress = new CallInProgress(call);
        if (Calls.TryGetValue(call.Name, out var action))
        {
            action(progress);
        }
        else
        {
            progress.Complete(Now, null);
        }

        return progress;
    }

    public string? MissingExtensions { get; set; }

    public string? FindUnsupported(ScriptCall call) => call.Name == "frobnicate" ? "frobnicate is not supported" : null;

    public void RunShell(string command, int line) => Shell.Add(command);

    public void Receive(in PacketInfo info, ReadOnlySpan<byte> packet)
    {
        Assert.Equal(Arrival ?? (Socket.Peer, Socket.Local), (info.Source, info.Destination));
        Received.Add(packet.ToArray());
        Arrived?.Invoke(packet.ToArray());
    }

    public bool TryTakeSent(out SentPacket packet) => _sent.TryDequeue(out packet);
}
