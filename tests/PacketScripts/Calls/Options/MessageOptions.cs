using System.Buffers.Binary;
using Kestrel.Sctp.PacketScripts.Calls.Sockets;
using static Kestrel.Sctp.PacketScripts.Calls.Options.OptionTarget;

namespace Kestrel.Sctp.PacketScripts.Calls.Options;

/// <summary>What messages are sent with and what comes with those received, notifications among it (RFC 6458, 6.2, 8.1).</summary>
internal static class MessageOptions
{
    // Members of sctp_event_subscribe and what they subscribe to.
    private static readonly (string Member, string Notification)[] _subscriptions =
    [
        ("sctp_association_event", Notification.AssociationChange),
        ("sctp_address_event", Notification.PeerAddressChange),
        ("sctp_send_failure_event", Notification.OldSendFailed),
        ("sctp_peer_error_event", Notification.RemoteError),
        ("sctp_shutdown_event", Notification.ShutdownEvent),
        ("sctp_partial_delivery_event", "SCTP_PARTIAL_DELIVERY_EVENT"),
        ("sctp_adaptation_layer_event", "SCTP_ADAPTATION_INDICATION"),
        ("sctp_authentication_event", "SCTP_AUTHENTICATION_EVENT"),
        ("sctp_sender_dry_event", Notification.SenderDry),
        ("sctp_stream_reset_event", "SCTP_STREAM_RESET_EVENT"),
    ];

    private static readonly string[] _types =
    [
        .. _subscriptions.Select(subscription => subscription.Notification),
        Notification.SendFailed, "SCTP_ASSOC_RESET_EVENT", "SCTP_STREAM_CHANGE_EVENT", "SCTP_NOTIFICATIONS_STOPPED_EVENT",
    ];

    public static IEnumerable<SocketOption> All =>
    [
        new("SCTP_EVENT", 8) { Get = GetEvent, Set = SetEvent },

        // RFC 6458, 6.2.1, knows ten events; FreeBSD has put that of RFC 6525 after them.
        new("SCTP_EVENTS", 11) { SmallestSize = 10, Get = GetEvents, Set = SetEvents },
        new("SCTP_DEFAULT_SNDINFO", 16) { Get = GetDefaultSndInfo, Set = SetDefaultSndInfo },
        new("SCTP_CONTEXT", 8)
        {
            Get = (socket, value) => Values.Struct(("assoc_id", Values.Any), ("assoc_value", Values.Of(socket.Options.Context))),
            Set = (socket, value) =>
            {
                socket.Options.Context = value["assoc_value"];
                return null;
            },
        },
        Flag("SCTP_RECVRCVINFO", options => options.ReceivesRcvInfo, (options, on) => options.ReceivesRcvInfo = on),
        Flag("SCTP_RECVNXTINFO", options => options.ReceivesNxtInfo, (options, on) => options.ReceivesNxtInfo = on),
        Flag("SCTP_DISABLE_FRAGMENTS", options => options.DisableFragments, (options, on) => options.DisableFragments = on),
        SocketOption.Int("SCTP_FRAGMENT_INTERLEAVE", socket => socket.Options.FragmentInterleave, SetFragmentInterleave),
        SocketOption.Int("SCTP_AUTOCLOSE", socket => socket.Options.Autoclose, SetAutoclose),
        Off("SCTP_EXPLICIT_EOR", "messages sent in parts"),
        Off("SCTP_USE_EXT_RCVINFO", "sctp_extrcvinfo"),
        Flag("SCTP_REUSE_PORT", options => options.ReusePort, (options, on) => options.ReusePort = on),
        Supported("SCTP_INTERLEAVING_SUPPORTED", "I-DATA"),
        Supported("SCTP_PR_SUPPORTED", "PR-SCTP"),
        Supported("SCTP_RECONFIG_SUPPORTED", "RE-CONFIG"),
        Supported("SCTP_ASCONF_SUPPORTED", "ASCONF"),
        Supported("SCTP_AUTH_SUPPORTED", "AUTH"),
        Supported("SCTP_ECN_SUPPORTED", "ECN"),
        Supported("SCTP_NRSACK_SUPPORTED", "NR-SACK"),
        Supported("SCTP_PKTDROP_SUPPORTED", "PKTDROP"),
        Supported("SCTP_ENABLE_STREAM_RESET", "RE-CONFIG"),
        new("SCTP_ADAPTATION_LAYER", sizeof(uint))
        {
            Get = (socket, _) => Values.Struct(("ssb_adaptation_ind", Values.Of(socket.Options.AdaptationIndication))),
            Set = (_, _) => throw new ScriptSkippedException("the Adaptation Layer Indication is not supported"),
        },
    ];

    private static SocketOption Flag(string name, Func<SocketOptions, bool> get, Action<SocketOptions, bool> set) =>
        SocketOption.Int(name, socket => get(socket.Options) ? 1 : 0, (socket, value) =>
        {
            set(socket.Options, value != 0);
            return null;
        });

    private static SocketOption Off(string name, string what) => SocketOption.Int(name, _ => 0, (_, on) => RefuseOn(on, what));

    /// <summary>An extension that this stack doesn't have: off, and nothing that a script can turn on, or expect to be on.</summary>
    private static SocketOption Supported(string name, string extension) => new(name, 8)
    {
        Get = (_, value) =>
        {
            RefuseOn(value["assoc_value"], extension);
            return Values.Struct(("assoc_id", Values.Any), ("assoc_value", Values.Of(0)));
        },
        Set = (_, value) => RefuseOn(value["assoc_value"], extension),
    };

    private static string? RefuseOn(long on, string what) => on == 0 ? null : throw new ScriptSkippedException($"{what}: not supported");

    private static string? SetFragmentInterleave(VirtualSocket socket, long level)
    {
        if (level is < 0 or > 2)
        {
            return "EINVAL";
        }

        socket.Options.FragmentInterleave = (int)level;
        return null;
    }

    private static string? SetAutoclose(VirtualSocket socket, long seconds)
    {
        if (seconds != 0 && socket.IsOneToMany)
        {
            throw new ScriptSkippedException("SCTP_AUTOCLOSE is not supported");
        }

        // A one-to-one socket keeps the value and does nothing with it (RFC 6458, 8.1.8).
        socket.Options.Autoclose = (int)seconds;
        return null;
    }

    private static OptionAnswer GetEvent(VirtualSocket socket, OptionValue value)
    {
        var type = TypeOf(value);
        return type is null
            ? OptionAnswer.Error("EINVAL")
            : Values.Struct(
                ("se_assoc_id", Values.Any),
                ("se_type", Values.Name(type)),
                ("se_on", Values.Of(socket.Options.IsSubscribed(type) ? 1 : 0)));
    }

    private static string? SetEvent(VirtualSocket socket, OptionValue value)
    {
        if (TypeOf(value) is not { } type)
        {
            return "EINVAL";
        }

        if (!TryFind(socket, value["se_assoc_id"], out _))
        {
            return "ENOENT";
        }

        Subscribe(socket, type, value["se_on"] != 0);
        return null;
    }

    private static string? TypeOf(OptionValue value)
    {
        var number = value["se_type"];
        return Array.Find(_types, type => Values.Number(Values.Name(type)) == number);
    }

    private static OptionAnswer GetEvents(VirtualSocket socket, OptionValue value) => Values.Struct(
    [
        ("sctp_data_io_event", Values.Of(socket.Options.DataIoEvent ? 1 : 0)),
        .. _subscriptions.Select(each => (each.Member, Values.Of(socket.Options.IsSubscribed(each.Notification) ? 1 : 0))),
    ]);

    private static string? SetEvents(VirtualSocket socket, OptionValue value)
    {
        socket.Options.DataIoEvent = value["sctp_data_io_event"] != 0;
        foreach (var (member, notification) in _subscriptions)
        {
            Subscribe(socket, notification, value[member] != 0);
        }

        return null;
    }

    private static void Subscribe(VirtualSocket socket, string type, bool on)
    {
        var wasOn = socket.Options.IsSubscribed(type);
        socket.Options.Subscribe(type, on);
        if (type != Notification.SenderDry || !on || wasOn)
        {
            return;
        }

        // RFC 6458, 6.1.9: who subscribes with nothing on its way is told so at once.
        foreach (var association in socket.Associations.Where(each => each is { HasEnded: false, IsConnecting: false, Engine.BufferedBytes: 0 }))
        {
            association.Notify(Notification.OfSenderDry(association.Engine));
        }
    }

    private static OptionAnswer GetDefaultSndInfo(VirtualSocket socket, OptionValue value)
    {
        var send = socket.Options.DefaultSend;
        return Values.Struct(
            ("snd_sid", Values.Of(send.StreamId)),
            ("snd_flags", Values.Of(send.Flags)),
            ("snd_ppid", Values.NetworkOrder(send.PayloadProtocolId)),
            ("snd_context", Values.Of(send.Context)),
            ("snd_assoc_id", Values.Any));
    }

    private static string? SetDefaultSndInfo(VirtualSocket socket, OptionValue value)
    {
        socket.Options.DefaultSend = new OutgoingMessage(0)
        {
            StreamId = (ushort)value["snd_sid"],
            Flags = value["snd_flags"],
            PayloadProtocolId = BinaryPrimitives.ReverseEndianness((uint)value["snd_ppid"]),
            Context = value["snd_context"],
        };
        return null;
    }
}
