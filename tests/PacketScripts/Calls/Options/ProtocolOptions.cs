using static Kestrel.Sctp.PacketScripts.Calls.Options.OptionTarget;

namespace Kestrel.Sctp.PacketScripts.Calls.Options;

/// <summary>The protocol's parameters (RFC 6458, 8.1.1 to 8.1.3, 8.1.5, 8.1.16, 8.1.19, 8.1.24). A 0 leaves a parameter as it is.</summary>
internal static class ProtocolOptions
{
    public static IEnumerable<SocketOption> All =>
    [
        new("SCTP_RTOINFO", 16) { Get = GetRtoInfo, Set = SetRtoInfo },
        new("SCTP_ASSOCINFO", 20) { Get = GetAssocInfo, Set = SetAssocInfo },
        new("SCTP_INITMSG", 8) { Get = GetInitMsg, Set = SetInitMsg },
        new("SCTP_DELAYED_SACK", 12) { Get = GetDelayedSack, Set = SetDelayedSack },
        SocketOption.Int(
            "SCTP_NODELAY",
            socket => socket.EngineOf(socket.Find(0)).NoDelay ? 1 : 0,
            (socket, on) => Update(socket, Constants.SCTP_ALL_ASSOC, engine => engine with { NoDelay = on != 0 })),
        new("SCTP_MAXSEG", 8)
        {
            Get = (socket, value) => Ask(socket, value["assoc_id"], (association, engine) => AssociationValue(
                association, association?.Engine.GetCounts().FragmentationPoint ?? engine.MaxSegmentSize)),
            Set = (socket, value) => Update(socket, value["assoc_id"], engine => engine with { MaxSegmentSize = (int)value["assoc_value"] }),
        },
        new("SCTP_MAX_BURST", 8)
        {
            Get = (socket, value) => Ask(socket, value["assoc_id"], (association, engine) => AssociationValue(association, engine.MaxBurst)),
            Set = (socket, value) => Update(socket, value["assoc_id"], engine => engine with { MaxBurst = (int)value["assoc_value"] }),
        },
    ];

    private static OptionAnswer AssociationValue(Sockets.SocketAssociation? association, long value) => Values.Struct(
        ("assoc_id", Id(association)), ("assoc_value", Values.Of(value)));

    // A one-to-one socket gives the number back that it was asked with.
    internal static Language.ScriptValue Id(Sockets.SocketAssociation? association) =>
        association is null || !association.Owner.IsOneToMany ? Values.Any : Values.Of(association.Engine.Id);

    private static OptionAnswer GetRtoInfo(Sockets.VirtualSocket socket, OptionValue value) =>
        Ask(socket, value["srto_assoc_id"], (association, engine) => Values.Struct(
            ("srto_assoc_id", Id(association)),
            ("srto_initial", Values.Of(Milliseconds(engine.RtoInitial))),
            ("srto_max", Values.Of(Milliseconds(engine.RtoMax))),
            ("srto_min", Values.Of(Milliseconds(engine.RtoMin)))));

    private static string? SetRtoInfo(Sockets.VirtualSocket socket, OptionValue value)
    {
        var id = value["srto_assoc_id"];
        if (!TryFind(socket, id, out var association))
        {
            return "ENOENT";
        }

        var now = socket.EngineOf(association);
        var initial = Or(value["srto_initial"], now.RtoInitial);
        var max = Or(value["srto_max"], now.RtoMax);
        var min = Or(value["srto_min"], now.RtoMin);
        return min > initial || initial > max
            ? "EINVAL"
            : Update(socket, id, engine => engine with { RtoInitial = initial, RtoMax = max, RtoMin = min });
    }

    private static OptionAnswer GetAssocInfo(Sockets.VirtualSocket socket, OptionValue value) =>
        Ask(socket, value["sasoc_assoc_id"], (association, engine) => Values.Struct(
            ("sasoc_assoc_id", Id(association)),
            ("sasoc_asocmaxrxt", Values.Of(engine.AssociationMaxRetransmits)),
            ("sasoc_number_peer_destinations", Values.Of(association?.Engine.PathCount ?? 0)),
            ("sasoc_peer_rwnd", Values.Of(association?.Engine.GetCounts().PeerWindow ?? 0)),
            ("sasoc_local_rwnd", Values.Of(engine.ReceiveBufferSize)),
            ("sasoc_cookie_life", Values.Of(Milliseconds(engine.CookieLifetime)))));

    private static string? SetAssocInfo(Sockets.VirtualSocket socket, OptionValue value) =>
        Update(socket, value["sasoc_assoc_id"], engine => engine with
        {
            AssociationMaxRetransmits = value["sasoc_asocmaxrxt"] is var max and not 0 ? (int)max : engine.AssociationMaxRetransmits,
            CookieLifetime = Or(value["sasoc_cookie_life"], engine.CookieLifetime),
        });

    private static OptionAnswer GetInitMsg(Sockets.VirtualSocket socket, OptionValue value)
    {
        var engine = socket.Options.Engine;
        return Values.Struct(
            ("sinit_num_ostreams", Values.Of(engine.OutboundStreams)),
            ("sinit_max_instreams", Values.Of(engine.MaxInboundStreams)),
            ("sinit_max_attempts", Values.Of(engine.MaxInitRetransmits)),
            ("sinit_max_init_timeo", Values.Of(Milliseconds(engine.MaxInitTimeout))));
    }

    private static string? SetInitMsg(Sockets.VirtualSocket socket, OptionValue value)
    {
        socket.UpdateEngine(null, engine => engine with
        {
            OutboundStreams = value["sinit_num_ostreams"] is var outbound and not 0 ? (ushort)outbound : engine.OutboundStreams,
            MaxInboundStreams = value["sinit_max_instreams"] is var inbound and not 0 ? (ushort)inbound : engine.MaxInboundStreams,
            MaxInitRetransmits = value["sinit_max_attempts"] is var attempts and not 0 ? (int)attempts : engine.MaxInitRetransmits,
            MaxInitTimeout = Or(value["sinit_max_init_timeo"], engine.MaxInitTimeout),
        });
        return null;
    }

    private static OptionAnswer GetDelayedSack(Sockets.VirtualSocket socket, OptionValue value) =>
        Ask(socket, value["sack_assoc_id"], (association, engine) => Values.Struct(
            ("sack_assoc_id", Id(association)),
            ("sack_delay", Values.Of(Milliseconds(engine.SackDelay))),
            ("sack_freq", Values.Of(engine.SackFrequency))));

    private static string? SetDelayedSack(Sockets.VirtualSocket socket, OptionValue value)
    {
        // RFC 9260, 6.2: never above 500 ms.
        const long maxDelay = 500;
        if (value["sack_delay"] > maxDelay)
        {
            return "EINVAL";
        }

        return Update(socket, value["sack_assoc_id"], engine => engine with
        {
            SackDelay = Or(value["sack_delay"], engine.SackDelay),
            SackFrequency = value["sack_freq"] is var frequency and not 0 ? (int)frequency : engine.SackFrequency,
        });
    }

    private static long Or(long milliseconds, long otherwise) => milliseconds == 0 ? otherwise : milliseconds * EngineTime.Millisecond;
}
