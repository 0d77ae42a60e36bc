using System.Globalization;
using System.Text.RegularExpressions;

namespace Kestrel.Sctp.PacketScripts.Calls;

/// <summary>
/// The backquoted lines. Those that set a parameter of FreeBSD's or Linux's SCTP which the engine has too change it for new
/// sockets; those that switch an extension on which this stack doesn't have are remembered; all others do nothing.
/// </summary>
internal static partial class Sysctls
{
    private delegate AssociationOptions Change(AssociationOptions options, long value);

    private static readonly Dictionary<string, Change> _changes = new(StringComparer.Ordinal)
    {
        ["rto_initial"] = (options, ms) => options with { RtoInitial = Time(ms) },
        ["rto_min"] = (options, ms) => options with { RtoMin = Time(ms) },
        ["rto_max"] = (options, ms) => options with { RtoMax = Time(ms) },
        ["init_rto_max"] = (options, ms) => options with { MaxInitTimeout = Time(ms) },
        ["init_rtx_max"] = (options, count) => options with { MaxInitRetransmits = (int)count },
        ["assoc_rtx_max"] = (options, count) => options with { AssociationMaxRetransmits = (int)count },
        ["path_rtx_max"] = (options, count) => options with { PathMaxRetransmits = (int)count },
        ["path_pf_threshold"] = (options, count) => options with { PotentiallyFailedMaxRetransmits = (int)count },
        ["heartbeat_interval"] = (options, ms) => options with { HeartbeatInterval = Time(ms) },
        ["delayed_sack_time"] = (options, ms) => options with { SackDelay = Time(ms) },
        ["sack_freq"] = (options, count) => options with { SackFrequency = (int)count },
        ["valid_cookie_life"] = (options, ms) => options with { CookieLifetime = Time(ms) },
        ["incoming_streams"] = (options, count) => options with { MaxInboundStreams = (ushort)count },
        ["outgoing_streams"] = (options, count) => options with { OutboundStreams = (ushort)count },
        ["maxburst"] = (options, packets) => options with { MaxBurst = (int)packets },
        ["recvspace"] = (options, bytes) => options with { ReceiveBufferSize = (int)bytes },
        ["shutdown_guard_time"] = (options, seconds) => options with { ShutdownGuard = seconds * EngineTime.Second },

        // Linux's names.
        ["max_init_retransmits"] = (options, count) => options with { MaxInitRetransmits = (int)count },
        ["association_max_retrans"] = (options, count) => options with { AssociationMaxRetransmits = (int)count },
        ["path_max_retrans"] = (options, count) => options with { PathMaxRetransmits = (int)count },
        ["hb_interval"] = (options, ms) => options with { HeartbeatInterval = Time(ms) },
        ["sack_timeout"] = (options, ms) => options with { SackDelay = Time(ms) },
        ["max_burst"] = (options, packets) => options with { MaxBurst = (int)packets },
    };

    // What this stack doesn't have, and the value for which that makes no difference.
    private static readonly Dictionary<string, long> _extensions = new(StringComparer.Ordinal)
    {
        ["ecn_enable"] = 0,
        ["pr_enable"] = 0,
        ["asconf_enable"] = 0,
        ["auth_enable"] = 0,
        ["auth_disable"] = 1,
        ["pktdrop_enable"] = 0,
        ["reconfig_enable"] = 0,
        ["nrsack_enable"] = 0,
        ["nrsack_on_off"] = 0,
        ["nr_sack_on_off"] = 0,
        ["interleaving_enable"] = 0,
        ["idata_enable"] = 0,
        ["prsctp_enable"] = 0,
        ["addip_enable"] = 0,
        ["cmt_on_off"] = 0,
        ["zero_checksum"] = 0,
        ["reconf_enable"] = 0,
        ["intl_enable"] = 0,
        ["initial_cwnd"] = 3,
        ["default_cc_module"] = 0,
        ["path_pf_threshold"] = 65_535,
        ["blackhole"] = 0,
    };

    public static void Run(string command, SystemSettings settings)
    {
        foreach (Match match in Assignment().Matches(command))
        {
            if (long.TryParse(match.Groups["value"].Value, CultureInfo.InvariantCulture, out var value))
            {
                Set(match.Groups["name"].Value, value, settings);
            }
        }
    }

    private static void Set(string name, long value, SystemSettings settings)
    {
        if (name == "sendspace")
        {
            settings.SendBufferSize = (int)value;
        }
        else if (_changes.TryGetValue(name, out var change))
        {
            settings.Engine = change(settings.Engine, value);
        }
        else if (_extensions.TryGetValue(name, out var off) && value == off)
        {
            settings.MissingExtensions.Remove(name);
        }
        else if (_extensions.ContainsKey(name))
        {
            settings.MissingExtensions.Add(name);
        }
    }

    private static long Time(long milliseconds) => milliseconds * EngineTime.Millisecond;

    [GeneratedRegex(@"\bnet\.(inet\.)?sctp\.(?<name>\w+)\s*=\s*""?(?<value>-?\d+)")]
    private static partial Regex Assignment();
}
