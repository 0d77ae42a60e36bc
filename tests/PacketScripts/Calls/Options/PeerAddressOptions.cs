using Kestrel.Sctp.PacketScripts.Calls.Sockets;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Paths;
using static Kestrel.Sctp.PacketScripts.Calls.Options.OptionTarget;

namespace Kestrel.Sctp.PacketScripts.Calls.Options;

/// <summary>Options and states of paths (RFC 6458, 8.1.8, 8.1.12, 8.2.1, 8.2.2).</summary>
internal static class PeerAddressOptions
{
    // spp_pathmtu and spinfo_mtu count what a packet has room for beside the headers of IPv4 and SCTP.
    private const int Headers = 20 + 12;
    private const int MinPathMtu = 512;

    public static IEnumerable<SocketOption> All =>
    [
        new("SCTP_PEER_ADDR_PARAMS", 152) { Get = GetParameters, Set = SetParameters },
        new("SCTP_GET_PEER_ADDR_INFO", 152) { Get = GetInfo },
        new("SCTP_STATUS", 176) { Get = GetStatus },
        new("SCTP_PRIMARY_ADDR", 136) { Get = GetPrimary, Set = SetPrimary },
    ];

    private static OptionAnswer GetParameters(VirtualSocket socket, OptionValue value)
    {
        var address = AddressOf(value, "spp_address");
        return Ask(socket, value["spp_assoc_id"], (association, engine) =>
        {
            if (association is null)
            {
                return address is not null && !address.Value.Address.IsUnspecified
                    ? OptionAnswer.Error("EINVAL")
                    : Parameters(socket, association, engine.HeartbeatInterval, engine.PathMaxRetransmits, 0);
            }

            var remote = address?.Address ?? association.PrimaryAddress;
            if (remote.IsUnspecified)
            {
                return Parameters(socket, association, engine.HeartbeatInterval, engine.PathMaxRetransmits, association.Engine.GetPath(0).Mtu - Headers);
            }

            return association.Engine.GetPathOptions(remote) is { } own && TryGetPath(association.Engine, remote, out var path)
                ? Parameters(socket, association, own.HeartbeatInterval!.Value, own.MaxRetransmits!.Value, path.Mtu - Headers)
                : OptionAnswer.Error("EINVAL");
        });
    }

    private static OptionAnswer Parameters(VirtualSocket socket, SocketAssociation? association, long interval, int maxRetransmits, int mtu) => Values.Struct(
        ("spp_assoc_id", ProtocolOptions.Id(association)),
        ("spp_address", Values.Any),
        ("spp_hbinterval", interval == 0 ? Values.Any : Values.Of(Milliseconds(interval))),
        ("spp_pathmaxrxt", Values.Of(maxRetransmits)),
        ("spp_pathmtu", Values.Of(mtu)),
        ("spp_flags", Values.Flags(
            (interval == 0 ? Constants.SPP_HB_DISABLE : Constants.SPP_HB_ENABLE) | socket.Options.PathFlags,
            "SPP_DSCP", "SPP_HB_ENABLE", "SPP_HB_DISABLE", "SPP_PMTUD_ENABLE", "SPP_PMTUD_DISABLE")),
        ("spp_ipv6_flowlabel", Values.Of(0)),
        ("spp_dscp", Values.Of(0)));

    private static string? SetParameters(VirtualSocket socket, OptionValue value)
    {
        var flags = value["spp_flags"];
        if (BothSet(flags, Constants.SPP_HB_ENABLE, Constants.SPP_HB_DISABLE)
            || BothSet(flags, Constants.SPP_PMTUD_ENABLE, Constants.SPP_PMTUD_DISABLE)
            || value["spp_pathmtu"] is > 0 and < MinPathMtu)
        {
            return "EINVAL";
        }

        if ((flags & Constants.SPP_DSCP) != 0 && value["spp_dscp"] != 0)
        {
            throw new ScriptSkippedException("a DSCP is not supported");
        }

        if (!TryFind(socket, value["spp_assoc_id"], out var association))
        {
            return "ENOENT";
        }

        RememberFlags(socket, flags);
        var address = AddressOf(value, "spp_address");
        if (association is null)
        {
            return address is { } stranger && !stranger.Address.IsUnspecified ? "EINVAL" : SetForAll(socket, value, flags);
        }

        if (address is { Address.IsUnspecified: true })
        {
            SetForAll(socket, value, flags);
            foreach (var path in Paths(association.Engine))
            {
                SetForPath(socket, association, path.Remote, value, flags);
            }

            return null;
        }

        var remote = address?.Address ?? association.PrimaryAddress;
        return TryGetPath(association.Engine, remote, out _) ? SetForPath(socket, association, remote, value, flags) : "EINVAL";
    }

    // Said back by getsockopt, and of no other effect: no PMTU is searched for, no DSCP set.
    private static void RememberFlags(VirtualSocket socket, long flags)
    {
        const long pmtud = Constants.SPP_PMTUD_ENABLE | Constants.SPP_PMTUD_DISABLE;
        var remembered = socket.Options.PathFlags | (flags & Constants.SPP_DSCP);
        socket.Options.PathFlags = (flags & pmtud) == 0 ? remembered : (remembered & ~pmtud) | (flags & pmtud);
    }

    private static string? SetForAll(VirtualSocket socket, OptionValue value, long flags) =>
        Update(socket, value["spp_assoc_id"], engine => engine with
        {
            HeartbeatInterval = Interval(value, flags, engine.HeartbeatInterval),
            PathMaxRetransmits = value["spp_pathmaxrxt"] is var max and not 0 ? (int)max : engine.PathMaxRetransmits,
            InitialPathMtu = value["spp_pathmtu"] is var mtu and not 0 ? (int)mtu + Headers : engine.InitialPathMtu,
        });

    private static string? SetForPath(VirtualSocket socket, SocketAssociation association, IPAddressValue remote, OptionValue value, long flags)
    {
        var own = new PathOptions
        {
            HeartbeatInterval = Interval(value, flags, association.Engine.GetPathOptions(remote)!.HeartbeatInterval!.Value),
            MaxRetransmits = value["spp_pathmaxrxt"] is var max and not 0 ? (int)max : null,
        };
        string? errno = null;
        socket.Host.Step(association, (engine, now) =>
        {
            engine.UpdatePathOptions(remote, own, now);
            if (value["spp_pathmtu"] is var mtu and not 0)
            {
                engine.SetPathMtu(remote, (int)mtu + Headers);
            }

            if ((flags & Constants.SPP_HB_DEMAND) != 0 && !engine.RequestHeartbeat(remote, now))
            {
                errno = "EINVAL";
            }
        });
        return errno;
    }

    private static long Interval(OptionValue value, long flags, long current) =>
        (flags & Constants.SPP_HB_DISABLE) != 0 ? 0
        : (flags & Constants.SPP_HB_ENABLE) == 0 ? current
        : (flags & Constants.SPP_HB_TIME_IS_ZERO) != 0 ? throw new ScriptSkippedException("SPP_HB_TIME_IS_ZERO is not supported")
        : value["spp_hbinterval"] is var interval and not 0 ? interval * EngineTime.Millisecond
        : current == 0 ? AssociationOptions.Default.HeartbeatInterval
        : current;

    private static OptionAnswer GetInfo(VirtualSocket socket, OptionValue value)
    {
        var address = AddressOf(value, "spinfo_address");
        return AskLiving(socket, value["spinfo_assoc_id"], association =>
            TryGetPath(association.Engine, address?.Address ?? association.PrimaryAddress, out var path)
                ? Info(association, path)
                : OptionAnswer.Error("EINVAL"));
    }

    private static OptionAnswer GetStatus(VirtualSocket socket, OptionValue value) =>
        AskLiving(socket, value["sstat_assoc_id"], association =>
        {
            var engine = association.Engine;
            var counts = engine.GetCounts();
            return Values.Struct(
                ("sstat_assoc_id", Values.Of(engine.Id)),
                ("sstat_state", Values.Name(NameOf(engine.State))),
                ("sstat_rwnd", Values.Of(counts.PeerWindow)),
                ("sstat_unackdata", Values.Of(counts.UnacknowledgedChunks)),
                ("sstat_penddata", Values.Of(counts.PendingChunks)),
                ("sstat_instrms", Values.Of(engine.InboundStreams)),
                ("sstat_outstrms", Values.Of(engine.OutboundStreams)),
                ("sstat_fragmentation_point", Values.Of(counts.FragmentationPoint)),
                ("sstat_primary", Info(association, Paths(engine).First(path => path.IsPrimary))));
        });

    private static Language.StructValue Info(SocketAssociation association, PathSnapshot path) => Values.Struct(
        ("spinfo_assoc_id", Values.Of(association.Engine.Id)),
        ("spinfo_address", Values.Address(path.Remote, association.Engine.PeerPort)),
        ("spinfo_state", Values.Name(path.State switch
        {
            PathState.Active => "SCTP_ACTIVE",
            PathState.Inactive => "SCTP_INACTIVE",
            _ => "SCTP_UNCONFIRMED",
        })),
        ("spinfo_cwnd", Values.Of(path.CongestionWindow)),
        ("spinfo_srtt", Values.Of(Milliseconds(path.Srtt))),
        ("spinfo_rto", Values.Of(Milliseconds(path.Rto))),
        ("spinfo_mtu", Values.Of(path.Mtu - Headers)));

    private static OptionAnswer GetPrimary(VirtualSocket socket, OptionValue value) =>
        AskLiving(socket, value["ssp_assoc_id"], association => Values.Struct(
            ("ssp_assoc_id", ProtocolOptions.Id(association)),
            ("ssp_addr", Values.Address(association.PrimaryAddress, association.Engine.PeerPort))));

    private static string? SetPrimary(VirtualSocket socket, OptionValue value)
    {
        if (!TryFind(socket, value["ssp_assoc_id"], out var association) || association is null)
        {
            return "EINVAL";
        }

        var isSet = false;
        var remote = AddressOf(value, "ssp_addr")?.Address ?? association.PrimaryAddress;
        socket.Host.Step(association, (engine, _) => isSet = engine.SetPrimary(remote));
        return isSet ? null : "EINVAL";
    }

    private static SocketAddress? AddressOf(OptionValue value, string member) => value.Address(member);

    private static IEnumerable<PathSnapshot> Paths(Association engine) => Enumerable.Range(0, engine.PathCount).Select(engine.GetPath);

    private static bool TryGetPath(Association engine, IPAddressValue remote, out PathSnapshot path)
    {
        path = Paths(engine).FirstOrDefault(each => each.Remote == remote);
        return path.Mtu != 0;
    }

    private static bool BothSet(long flags, long one, long other) => (flags & one) != 0 && (flags & other) != 0;

    private static string NameOf(AssociationState state) => state switch
    {
        AssociationState.CookieWait => "SCTP_COOKIE_WAIT",
        AssociationState.CookieEchoed => "SCTP_COOKIE_ECHOED",
        AssociationState.Established => "SCTP_ESTABLISHED",
        AssociationState.ShutdownPending => "SCTP_SHUTDOWN_PENDING",
        AssociationState.ShutdownSent => "SCTP_SHUTDOWN_SENT",
        AssociationState.ShutdownReceived => "SCTP_SHUTDOWN_RECEIVED",
        AssociationState.ShutdownAckSent => "SCTP_SHUTDOWN_ACK_SENT",
        _ => "SCTP_CLOSED",
    };
}
