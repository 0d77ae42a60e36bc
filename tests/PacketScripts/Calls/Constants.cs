namespace Kestrel.Sctp.PacketScripts.Calls;

/// <summary>The numbers behind the system's names, as FreeBSD has them: scripts may write either.</summary>
internal static class Constants
{
    public const long O_NONBLOCK = 0x4;
    public const long O_RDWR = 0x2;

    public const long MSG_PEEK = 0x2;
    public const long MSG_EOR = 0x8;
    public const long MSG_DONTWAIT = 0x80;
    public const long MSG_NOTIFICATION = 0x2000;

    public const long SCTP_COMPLETE = 0x20;
    public const long SCTP_NOTIFICATION = 0x10;
    public const long SCTP_EOF = 0x100;
    public const long SCTP_ABORT = 0x200;
    public const long SCTP_UNORDERED = 0x400;
    public const long SCTP_ADDR_OVER = 0x800;
    public const long SCTP_SENDALL = 0x1000;
    public const long SCTP_EOR = 0x2000;
    public const long SCTP_SACK_IMMEDIATELY = 0x4000;

    public const long SPP_HB_ENABLE = 0x1;
    public const long SPP_HB_DISABLE = 0x2;
    public const long SPP_HB_DEMAND = 0x4;
    public const long SPP_PMTUD_ENABLE = 0x8;
    public const long SPP_PMTUD_DISABLE = 0x10;
    public const long SPP_HB_TIME_IS_ZERO = 0x80;
    public const long SPP_IPV6_FLOWLABEL = 0x100;
    public const long SPP_DSCP = 0x200;

    public const long SCTP_FUTURE_ASSOC = 0;
    public const long SCTP_CURRENT_ASSOC = 1;
    public const long SCTP_ALL_ASSOC = 2;

    private static readonly Dictionary<string, long> _values = new(StringComparer.Ordinal)
    {
        ["NULL"] = 0,
        ["AF_INET"] = 2,
        ["PF_INET"] = 2,
        ["INADDR_ANY"] = 0,
        ["SOCK_STREAM"] = 1,
        ["SOCK_SEQPACKET"] = 5,
        ["SOCK_NONBLOCK"] = 0x20000000,
        ["IPPROTO_SCTP"] = 132,
        ["SOL_SOCKET"] = 0xffff,
        ["F_GETFL"] = 3,
        ["F_SETFL"] = 4,
        ["O_RDWR"] = O_RDWR,
        ["O_NONBLOCK"] = O_NONBLOCK,
        ["SHUT_RD"] = 0,
        ["SHUT_WR"] = 1,
        ["SHUT_RDWR"] = 2,
        ["MSG_PEEK"] = MSG_PEEK,
        ["MSG_EOR"] = MSG_EOR,
        ["MSG_TRUNC"] = 0x10,
        ["MSG_CTRUNC"] = 0x20,
        ["MSG_WAITALL"] = 0x40,
        ["MSG_DONTWAIT"] = MSG_DONTWAIT,
        ["MSG_NOTIFICATION"] = MSG_NOTIFICATION,
        ["MSG_NOSIGNAL"] = 0x20000,

        ["SCTP_FUTURE_ASSOC"] = SCTP_FUTURE_ASSOC,
        ["SCTP_CURRENT_ASSOC"] = SCTP_CURRENT_ASSOC,
        ["SCTP_ALL_ASSOC"] = SCTP_ALL_ASSOC,
        ["SCTP_BINDX_ADD_ADDR"] = 0x8001,
        ["SCTP_BINDX_REM_ADDR"] = 0x8002,

        // Flags of messages.
        ["SCTP_EOF"] = SCTP_EOF,
        ["SCTP_ABORT"] = SCTP_ABORT,
        ["SCTP_UNORDERED"] = SCTP_UNORDERED,
        ["SCTP_ADDR_OVER"] = SCTP_ADDR_OVER,
        ["SCTP_SENDALL"] = SCTP_SENDALL,
        ["SCTP_EOR"] = SCTP_EOR,
        ["SCTP_SACK_IMMEDIATELY"] = SCTP_SACK_IMMEDIATELY,
        ["SCTP_COMPLETE"] = SCTP_COMPLETE,
        ["SCTP_NOTIFICATION"] = SCTP_NOTIFICATION,
        ["SCTP_PR_SCTP_NONE"] = 0,
        ["SCTP_PR_SCTP_TTL"] = 1,
        ["SCTP_PR_SCTP_BUF"] = 2,
        ["SCTP_PR_SCTP_RTX"] = 3,
        ["SCTP_PR_SCTP_PRIO"] = 2,

        // What comes with a message.
        ["SCTP_INIT"] = 1,
        ["SCTP_SNDRCV"] = 2,
        ["SCTP_EXTRCV"] = 3,
        ["SCTP_SNDINFO"] = 4,
        ["SCTP_RCVINFO"] = 5,
        ["SCTP_NXTINFO"] = 6,
        ["SCTP_PRINFO"] = 7,
        ["SCTP_AUTHINFO"] = 8,
        ["SCTP_DSTADDRV4"] = 9,
        ["SCTP_SENDV_NOINFO"] = 0,
        ["SCTP_SENDV_SNDINFO"] = 1,
        ["SCTP_SENDV_PRINFO"] = 2,
        ["SCTP_SENDV_AUTHINFO"] = 3,
        ["SCTP_SENDV_SPA"] = 4,
        ["SCTP_SEND_SNDINFO_VALID"] = 1,
        ["SCTP_SEND_PRINFO_VALID"] = 2,
        ["SCTP_SEND_AUTHINFO_VALID"] = 4,
        ["SCTP_RECVV_NOINFO"] = 0,
        ["SCTP_RECVV_RCVINFO"] = 1,
        ["SCTP_RECVV_NXTINFO"] = 2,
        ["SCTP_RECVV_RN"] = 3,

        // Path parameters and states.
        ["SPP_HB_ENABLE"] = SPP_HB_ENABLE,
        ["SPP_HB_DISABLE"] = SPP_HB_DISABLE,
        ["SPP_HB_DEMAND"] = SPP_HB_DEMAND,
        ["SPP_PMTUD_ENABLE"] = SPP_PMTUD_ENABLE,
        ["SPP_PMTUD_DISABLE"] = SPP_PMTUD_DISABLE,
        ["SPP_HB_TIME_IS_ZERO"] = SPP_HB_TIME_IS_ZERO,
        ["SPP_IPV6_FLOWLABEL"] = SPP_IPV6_FLOWLABEL,
        ["SPP_DSCP"] = SPP_DSCP,
        ["SCTP_ACTIVE"] = 1,
        ["SCTP_INACTIVE"] = 2,
        ["SCTP_UNCONFIRMED"] = 0x200,
        ["SCTP_CLOSED"] = 0,
        ["SCTP_BOUND"] = 0x1000,
        ["SCTP_LISTEN"] = 0x2000,
        ["SCTP_COOKIE_WAIT"] = 0x2,
        ["SCTP_COOKIE_ECHOED"] = 0x4,
        ["SCTP_ESTABLISHED"] = 0x8,
        ["SCTP_SHUTDOWN_SENT"] = 0x10,
        ["SCTP_SHUTDOWN_RECEIVED"] = 0x20,
        ["SCTP_SHUTDOWN_ACK_SENT"] = 0x40,
        ["SCTP_SHUTDOWN_PENDING"] = 0x80,

        // Notifications.
        ["SCTP_ASSOC_CHANGE"] = 0x1,
        ["SCTP_PEER_ADDR_CHANGE"] = 0x2,
        ["SCTP_REMOTE_ERROR"] = 0x3,
        ["SCTP_SEND_FAILED"] = 0x4,
        ["SCTP_SHUTDOWN_EVENT"] = 0x5,
        ["SCTP_ADAPTATION_INDICATION"] = 0x6,
        ["SCTP_PARTIAL_DELIVERY_EVENT"] = 0x7,
        ["SCTP_AUTHENTICATION_EVENT"] = 0x8,
        ["SCTP_STREAM_RESET_EVENT"] = 0x9,
        ["SCTP_SENDER_DRY_EVENT"] = 0xa,
        ["SCTP_NOTIFICATIONS_STOPPED_EVENT"] = 0xb,
        ["SCTP_ASSOC_RESET_EVENT"] = 0xc,
        ["SCTP_STREAM_CHANGE_EVENT"] = 0xd,
        ["SCTP_SEND_FAILED_EVENT"] = 0xe,
        ["SCTP_COMM_UP"] = 1,
        ["SCTP_COMM_LOST"] = 2,
        ["SCTP_RESTART"] = 3,
        ["SCTP_SHUTDOWN_COMP"] = 4,
        ["SCTP_CANT_STR_ASSOC"] = 5,
        ["SCTP_ASSOC_SUPPORTS_PR"] = 1,
        ["SCTP_ASSOC_SUPPORTS_AUTH"] = 2,
        ["SCTP_ASSOC_SUPPORTS_ASCONF"] = 3,
        ["SCTP_ASSOC_SUPPORTS_MULTIBUF"] = 4,
        ["SCTP_ASSOC_SUPPORTS_RE_CONFIG"] = 5,
        ["SCTP_ASSOC_SUPPORTS_INTERLEAVING"] = 6,
        ["SCTP_ADDR_AVAILABLE"] = 1,
        ["SCTP_ADDR_UNREACHABLE"] = 2,
        ["SCTP_ADDR_REMOVED"] = 3,
        ["SCTP_ADDR_ADDED"] = 4,
        ["SCTP_ADDR_MADE_PRIM"] = 5,
        ["SCTP_ADDR_CONFIRMED"] = 6,
        ["SCTP_DATA_UNSENT"] = 1,
        ["SCTP_DATA_SENT"] = 2,
        ["SCTP_FRAG_LEVEL_0"] = 0,
        ["SCTP_FRAG_LEVEL_1"] = 1,
        ["SCTP_FRAG_LEVEL_2"] = 2,

        // Errors, for SO_ERROR.
        ["EPERM"] = 1,
        ["ENOENT"] = 2,
        ["EBADF"] = 9,
        ["EINVAL"] = 22,
        ["EPIPE"] = 32,
        ["EDOM"] = 33,
        ["EAGAIN"] = 35,
        ["EWOULDBLOCK"] = 35,
        ["EINPROGRESS"] = 36,
        ["EALREADY"] = 37,
        ["EMSGSIZE"] = 40,
        ["ENOPROTOOPT"] = 42,
        ["EOPNOTSUPP"] = 45,
        ["EADDRINUSE"] = 48,
        ["EADDRNOTAVAIL"] = 49,
        ["ENETUNREACH"] = 51,
        ["ECONNABORTED"] = 53,
        ["ECONNRESET"] = 54,
        ["ENOBUFS"] = 55,
        ["EISCONN"] = 56,
        ["ENOTCONN"] = 57,
        ["ETIMEDOUT"] = 60,
        ["ECONNREFUSED"] = 61,
    };

    public static bool TryGet(string name, out long value) => _values.TryGetValue(name, out value);
}
