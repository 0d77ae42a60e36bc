namespace Kestrel.Sctp.PacketScripts.Calls.Sockets;

/// <summary>What setsockopt can set of a socket; an accepted one starts with its listener's.</summary>
internal sealed class SocketOptions
{
    private readonly HashSet<string> _subscriptions = [];

    private SocketOptions(AssociationOptions engine) => Engine = engine;

    public SocketOptions(SystemSettings settings)
        : this(settings.Engine) => SendBufferSize = settings.SendBufferSize;

    /// <summary>For the associations to come.</summary>
    public AssociationOptions Engine { get; set; }

    public int SendBufferSize { get; set; }

    /// <summary>SO_LINGER in seconds; null while it is off.</summary>
    public int? Linger { get; set; }

    /// <summary>What SO_LINGER says while it is off.</summary>
    public int LingerSeconds { get; set; }

    public bool ReuseAddress { get; set; }

    public bool ReusePort { get; set; }

    /// <summary>sctp_data_io_event: recvmsg gives an sctp_sndrcvinfo.</summary>
    public bool DataIoEvent { get; set; }

    public bool ReceivesRcvInfo { get; set; }

    public bool ReceivesNxtInfo { get; set; }

    public bool DisableFragments { get; set; }

    public int FragmentInterleave { get; set; }

    public int Autoclose { get; set; }

    /// <summary>SPP_PMTUD_* and SPP_DSCP as set last.</summary>
    public long PathFlags { get; set; } = Constants.SPP_PMTUD_ENABLE;

    public long AdaptationIndication { get; set; }

    public long Context { get; set; }

    /// <summary>Stream, flags, PPID and context of a send that names none.</summary>
    public OutgoingMessage DefaultSend { get; set; } = new(0);

    public bool IsSubscribed(string notification) => _subscriptions.Contains(notification);

    public void Subscribe(string notification, bool on)
    {
        if (on)
        {
            _subscriptions.Add(notification);
        }
        else
        {
            _subscriptions.Remove(notification);
        }
    }

    public SocketOptions Copy()
    {
        var copy = new SocketOptions(Engine)
        {
            SendBufferSize = SendBufferSize,
            Linger = Linger,
            LingerSeconds = LingerSeconds,
            DataIoEvent = DataIoEvent,
            ReceivesRcvInfo = ReceivesRcvInfo,
            ReceivesNxtInfo = ReceivesNxtInfo,
            DisableFragments = DisableFragments,
            FragmentInterleave = FragmentInterleave,
            Autoclose = Autoclose,
            PathFlags = PathFlags,
            AdaptationIndication = AdaptationIndication,
            Context = Context,
            DefaultSend = DefaultSend,
        };
        copy._subscriptions.UnionWith(_subscriptions);
        return copy;
    }
}
