namespace Kestrel.Sctp.PacketScripts.Calls.Options;

/// <summary>The options of SOL_SOCKET.</summary>
internal static class SocketLevelOptions
{
    private const string Level = "SOL_SOCKET";

    public static IEnumerable<SocketOption> All =>
    [
        new("SO_ERROR", sizeof(int))
        {
            Level = Level,
            Get = (socket, _) => Values.InBrackets(socket.TakeError() is { } error ? Values.Name(error) : Values.Of(0)),
        },
        new("SO_LINGER", 8)
        {
            Level = Level,

            // FreeBSD answers with the option's own bit.
            Get = (socket, _) => Values.Struct(
                ("onoff", Values.Of(socket.Options.Linger is null ? 0 : 0x80)),
                ("linger", Values.Of(socket.Options.LingerSeconds))),
            Set = (socket, value) =>
            {
                var seconds = (int)value["linger"];
                socket.Options.Linger = value["onoff"] != 0 ? seconds : null;
                socket.Options.LingerSeconds = seconds;
                return null;
            },
        },
        SocketOption.Int(
            "SO_RCVBUF",
            socket => socket.EngineOf(socket.Find(0)).ReceiveBufferSize,
            (socket, size) =>
            {
                if (size <= 0)
                {
                    return "EINVAL";
                }

                socket.UpdateEngine(socket.Find(0), engine => engine with { ReceiveBufferSize = (int)size });
                return null;
            },
            Level),
        SocketOption.Int(
            "SO_SNDBUF",
            socket => socket.Options.SendBufferSize,
            (socket, size) =>
            {
                if (size <= 0)
                {
                    return "EINVAL";
                }

                socket.Options.SendBufferSize = (int)size;
                return null;
            },
            Level),
        Flag("SO_REUSEADDR", 0x4, socket => socket.Options.ReuseAddress, (socket, on) => socket.Options.ReuseAddress = on),
        Flag("SO_REUSEPORT", 0x200, socket => socket.Options.ReusePort, (socket, on) => socket.Options.ReusePort = on),
        new("SO_TYPE", sizeof(int))
        {
            Level = Level,
            Get = (socket, _) => Values.InBrackets(Values.Name(socket.IsOneToMany ? "SOCK_SEQPACKET" : "SOCK_STREAM")),
        },
        new("SO_ACCEPTCONN", sizeof(int))
        {
            Level = Level,
            Get = (socket, _) => Values.InBrackets(socket.IsListening ? 0x2 : 0),
        },
    ];

    private static SocketOption Flag(string name, long bit, Func<Sockets.VirtualSocket, bool> get, Action<Sockets.VirtualSocket, bool> set) =>
        SocketOption.Int(
            name,
            socket => get(socket) ? bit : 0,
            (socket, value) =>
            {
                set(socket, value != 0);
                return null;
            },
            Level);
}
