using Kestrel.Sctp.PacketScripts.Calls.Sockets;
using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Calls.Families;

/// <summary>Calls that make sockets and associations, ask for their addresses, and end them.</summary>
internal sealed class SocketCalls(VirtualHost host, SystemSettings settings, DescriptorTable descriptors)
{
    private static readonly SocketAddress _local = new(ScriptNetwork.Local, ScriptNetwork.Port);
    private static readonly SocketAddress _peer = new(ScriptNetwork.Peer, ScriptNetwork.Port);

    /// <summary>The one made last.</summary>
    public VirtualSocket? Last { get; private set; }

    public IEnumerable<(string Name, Func<CallArguments, Attempt> Begin)> All =>
    [
        ("socket", Socket),
        ("bind", Now(3, arguments => arguments.Socket.Bind(arguments.Address(1, _local)))),
        ("listen", Now(2, arguments => arguments.Socket.Listen((int)arguments.Number(1)))),
        ("accept", Accept),
        ("connect", Connect),
        ("shutdown", Now(2, arguments => arguments.Socket.Shutdown(arguments.Number(1)))),
        ("close", Close),
        ("fcntl", Fcntl),
        ("sctp_bindx", BindX),
        ("sctp_connectx", ConnectX),
        ("sctp_peeloff", Now(2, arguments => arguments.Socket.PeelOff(arguments.Number(1)))),
        ("sctp_getpaddrs", Now(3, arguments => Addresses(arguments, association => association.Engine.PeerPort, PeerAddresses))),
        ("sctp_getladdrs", Now(3, arguments => Addresses(arguments, association => association.Engine.LocalPort, LocalAddresses))),
        ("sctp_freepaddrs", Now(1, _ => Outcome.Success)),
        ("sctp_freeladdrs", Now(1, _ => Outcome.Success)),
    ];

    private static Func<CallArguments, Attempt> Now(int count, Func<CallArguments, Outcome> call) => arguments =>
    {
        arguments.Expect(count);
        var outcome = call(arguments);
        return () => outcome;
    };

    private Attempt Socket(CallArguments arguments)
    {
        arguments.Expect(3);
        if (!Values.IsAny(arguments[0]) && arguments.Number(0) != Values.Number(Values.Name("AF_INET")))
        {
            throw new ScriptSkippedException("only IPv4 is run");
        }

        if (!Values.IsAny(arguments[2]) && arguments.Number(2) != Values.Number(Values.Name("IPPROTO_SCTP")))
        {
            throw new ScriptSkippedException("only SCTP is run");
        }

        var type = arguments.Number(1);
        var nonBlocking = Values.Number(Values.Name("SOCK_NONBLOCK"));
        var options = new SocketOptions(settings);
        VirtualSocket socket = (type & ~nonBlocking) switch
        {
            1 => new OneToOneSocket(host, options),
            5 => new OneToManySocket(host, options),
            _ => throw new ScriptSkippedException($"sockets of type {arguments[1]} are not run"),
        };
        socket.IsNonBlocking = (type & nonBlocking) != 0;
        Last = socket;
        return () => new Outcome(0) { Opened = socket };
    }

    private static Attempt Accept(CallArguments arguments)
    {
        arguments.Expect(3);
        var socket = arguments.Socket;
        var expected = arguments[1];
        return () => socket.Accept() is not { } outcome ? null
            : outcome.Opened is OneToOneSocket { Association: { } association } && expected is StructValue
                ? outcome with { Filled = [new Filled("address", expected, AddressOf(association))] }
            : outcome;
    }

    private static Attempt Connect(CallArguments arguments)
    {
        arguments.Expect(3);
        return arguments.Socket.Connect([arguments.Address(1, _peer)]);
    }

    private Attempt Close(CallArguments arguments)
    {
        arguments.Expect(1);
        var socket = arguments.Socket;
        descriptors.Remove(socket);
        return socket.Close();
    }

    private static Attempt Fcntl(CallArguments arguments)
    {
        if (arguments.Count is not (2 or 3))
        {
            arguments.Expect(3);
        }

        var socket = arguments.Socket;
        var command = arguments.Number(1);
        Outcome outcome;
        if (command == Values.Number(Values.Name("F_GETFL")))
        {
            outcome = new Outcome(Constants.O_RDWR | (socket.IsNonBlocking ? Constants.O_NONBLOCK : 0));
        }
        else if (command == Values.Number(Values.Name("F_SETFL")))
        {
            arguments.Expect(3);
            socket.IsNonBlocking = (arguments.Number(2) & Constants.O_NONBLOCK) != 0;
            outcome = Outcome.Success;
        }
        else
        {
            throw new ScriptSkippedException($"fcntl knows F_GETFL and F_SETFL, not {arguments[1]}");
        }

        return () => outcome;
    }

    private static Attempt BindX(CallArguments arguments)
    {
        arguments.Expect(4);
        var adds = arguments.Number(3) == Values.Number(Values.Name("SCTP_BINDX_ADD_ADDR"));
        var outcome = arguments.Socket.BindX(CountedAddresses(arguments, 1, 2, _local), adds);
        return () => outcome;
    }

    private static Attempt ConnectX(CallArguments arguments)
    {
        // Its first version gave no identifier.
        if (arguments.Count != 3)
        {
            arguments.Expect(4);
        }

        var socket = arguments.Socket;
        var connecting = socket.Connect(CountedAddresses(arguments, 1, 2, _peer));
        var outcome = connecting() ?? Outcome.Success;
        if (outcome is { Errno: "EINPROGRESS" } or { Value: 0 })
        {
            // FreeBSD's returns once the INIT has left, whether the socket blocks or not; Linux' says what connect() says. A script
            // that was written on either is right.
            var isLinux = outcome.Errno is not null && arguments.Call.Errno == outcome.Errno;
            var id = Values.InBrackets(socket.Associations.Last().Engine.Id);
            outcome = isLinux ? outcome
                : Outcome.Success with { Filled = arguments.Count == 4 ? [new Filled("assoc_id", arguments[3], id)] : [] };
        }

        return () => outcome;
    }

    private static Outcome Addresses(
        CallArguments arguments, Func<SocketAssociation, ushort> port, Func<SocketAssociation, IEnumerable<IPAddressValue>> select)
    {
        if (arguments.Socket.Find(arguments.NumberOrZero(1)) is not { HasEnded: false } association)
        {
            return Outcome.Error("ENOENT");
        }

        var addresses = select(association).Select(address => (ScriptValue)Values.Address(address, port(association))).ToArray();
        return new Outcome(addresses.Length) { Filled = [new Filled("addresses", arguments[2], new ListValue(addresses))] };
    }

    private static IEnumerable<IPAddressValue> PeerAddresses(SocketAssociation association) =>
        Enumerable.Range(0, association.Engine.PathCount).Select(i => association.Engine.GetPath(i).Remote);

    private static IEnumerable<IPAddressValue> LocalAddresses(SocketAssociation association) => association.Engine.LocalAddresses;

    private static List<SocketAddress> CountedAddresses(CallArguments arguments, int list, int count, SocketAddress otherwise)
    {
        var addresses = arguments.Addresses(list, otherwise);
        return Values.IsAny(arguments[count]) || arguments.Number(count) == addresses.Count
            ? addresses
            : throw new CallException($"{arguments[list]} has {addresses.Count} addresses, and the count says {arguments[count]}");
    }

    private static ScriptValue AddressOf(SocketAssociation association) => Values.Address(association.PrimaryAddress, association.Engine.PeerPort);
}
