using System.Net;

namespace Kestrel.Sctp.Attacks.Harness;

/// <summary>What an attack works with.</summary>
internal sealed class AttackContext(ServerProcess server, bool full) : IDisposable
{
    private readonly List<AttackSocket> _sockets = [];
    private readonly List<string> _failures = [];
    private RawPeer? _witness;

    /// <summary>The whole measure, not the shortened one.</summary>
    public bool Full => full;

    public Traffic Traffic { get; } = new();

    /// <summary>The same numbers in each run.</summary>
    public Random Random { get; } = new(1);

    /// <summary>The server while it is under the attack's load.</summary>
    public ServerFigures? Held { get; private set; }

    /// <summary>What <see cref="Held"/> is full of.</summary>
    public string? HeldBy { get; private set; }

    /// <summary>How many, in the full and the shortened form.</summary>
    public int Count(int whole, int shortened) => full ? whole : shortened;

    /// <summary>Attackers live in 127.66.0.0/16, away from the honest clients.</summary>
    public static IPAddress Address(int index) => new([127, 66, (byte)(index / 250 % 250), (byte)((index % 250) + 1)]);

    /// <summary>A socket that lives as long as the attack.</summary>
    public AttackSocket Open(int address = 0)
    {
        var socket = OpenShort(address);
        _sockets.Add(socket);
        return socket;
    }

    /// <summary>A socket that the caller closes.</summary>
    public AttackSocket OpenShort(int address) => new(Address(address), server.UdpEndPoint, Traffic);

    /// <summary>A victim's socket: it says nothing, and what it hears was called forth by the attacker.</summary>
    public AttackSocket OpenVictim(int index, int port)
    {
        var socket = new AttackSocket(VictimAddress(index), server.UdpEndPoint, Traffic, port);
        _sockets.Add(socket);
        return socket;
    }

    public static IPAddress VictimAddress(int index) => new([127, 77, (byte)(index / 250 % 250), (byte)((index % 250) + 1)]);

    /// <summary>All that was sent so far has been seen by the server, and what it answers at once has come.</summary>
    public void Fence()
    {
        if (_witness is not { } witness)
        {
            // Not counted: it is no part of the attack.
            var socket = new AttackSocket(IPAddress.Parse("127.65.0.1"), server.UdpEndPoint, traffic: null);
            _sockets.Add(socket);
            _witness = witness = new RawPeer(socket, 1).Connect();
        }

        witness.Fence();
    }

    /// <summary>Sets up associations, a hundred of each address, each of an SCTP port of its own.</summary>
    public List<RawPeer> ConnectMany(int count, uint window = Packets.Window, ushort streams = 10)
    {
        const int eachAddress = 100;
        var peers = new List<RawPeer>(count);
        while (peers.Count < count)
        {
            var socket = Open(peers.Count / eachAddress);
            var group = Enumerable.Range(0, Math.Min(eachAddress, count - peers.Count)).Select(i => new RawPeer(socket, (ushort)(1000 + i))).ToArray();
            RawPeer.ConnectAll(group, window, streams);
            peers.AddRange(group);
        }

        return peers;
    }

    /// <summary>Ends them, and waits until the server has seen it.</summary>
    public void AbortAll(IEnumerable<RawPeer> peers)
    {
        foreach (var (i, peer) in peers.Index())
        {
            peer.Abort();
            if (i % 100 == 0)
            {
                // The server's receive buffer must not lose one.
                Fence();
            }
        }

        Fence();
    }

    /// <summary>Sends one packet and measures what comes back for it.</summary>
    public void Measure(AttackSocket socket, ReadOnlySpan<byte> packet)
    {
        socket.Drain();
        var (replies, bytes) = (Traffic.ReplyPackets, Traffic.ReplyBytes);
        socket.Send(packet);
        Fence();
        socket.Drain();
        Traffic.Measure(packet.Length, Traffic.ReplyPackets - replies, Traffic.ReplyBytes - bytes);
    }

    /// <summary>What the attack itself found wrong.</summary>
    public IReadOnlyList<string> Failures => _failures;

    public void Require(bool met, string otherwise)
    {
        if (!met)
        {
            _failures.Add(otherwise);
        }
    }

    /// <summary>Something to tell beside the figures.</summary>
    public string? Remark { get; private set; }

    public void Note(string remark) => Remark = remark;

    /// <summary>Counts the server now, that it holds what the attack made it hold.</summary>
    public void Hold(string what)
    {
        Held = server.CountAsync().GetAwaiter().GetResult();
        HeldBy = what;
    }

    public void Dispose()
    {
        _witness?.Abort();
        _sockets.ForEach(socket => socket.Dispose());
    }
}
