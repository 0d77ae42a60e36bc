using System.Buffers;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Receiving;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Protocol.Setup;

namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>
/// One association (RFC 9260), sans-I/O: packets and time in, packets and events out. Not thread-safe: one step at a time.
/// After each step the caller takes what <see cref="TryTransmit"/> gives, drains the events and the released messages, and
/// arms its timer by <see cref="NextDeadline"/>.
/// </summary>
/// <remarks>
/// This class is the state machine; sending, receiving, paths and set-up are rooms of their own. Its parts: set-up
/// (.Setup, .Collision), arriving packets (.Receive), leaving packets (.Transmit), time (.Timers), the end (.Shutdown).
/// </remarks>
internal sealed partial class Association
{
    private AssociationOptions _options;
    private readonly RandomSource _random;
    private readonly CookieSealer _cookies;
    private readonly PathSet _paths = new();
    private readonly Sender _sender;
    private readonly Queue<AssociationEvent> _events = new();
    private readonly Queue<PreparedPacket> _prepared = new();
    private readonly List<IPAddressValue> _local;
    private readonly IReadOnlyList<IPAddressValue> _advertised;
    private Receiver? _receiver;

    // What both ends said in INIT and INIT ACK; repeated when the peer sets up anew (RFC 9260, 5.2.2).
    private InitFields _ours;
    private InitFields _theirs;
    private uint _localTieTag;
    private uint _peerTieTag;
    private int _errorCount;

    private Association(
        int id, ushort localPort, ushort peerPort, List<IPAddressValue> local, IReadOnlyList<IPAddressValue> advertised,
        in InitFields ours, AssociationOptions options, RandomSource random, CookieSealer cookies)
    {
        Id = id;
        LocalPort = localPort;
        PeerPort = peerPort;
        _local = local;
        _advertised = advertised;
        _ours = ours;
        _options = options;
        _random = random;
        _cookies = cookies;
        _localTieTag = random.NextTag();
        _peerTieTag = random.NextTag();
        _sender = new Sender(ours.InitialTsn, _paths, options);
    }

    /// <summary>3 or above; unique among the living associations of an endpoint (connectx 5.1).</summary>
    public int Id { get; }

    public AssociationState State { get; private set; }

    /// <summary>Why it ended; <see cref="AssociationEnd.None"/> while it lives.</summary>
    public AssociationEnd End { get; private set; }

    public ushort LocalPort { get; }

    public ushort PeerPort { get; }

    public uint LocalTag => _ours.Tag;

    /// <summary>0 until the peer's INIT or INIT ACK is known.</summary>
    public uint PeerTag => _theirs.Tag;

    public int OutboundStreams => _sender.Streams;

    public int InboundStreams => Math.Min(_ours.InboundStreams, _theirs.OutboundStreams);

    /// <summary>Anything the caller likes; the engine never looks at it.</summary>
    public object? UserState { get; set; }

    /// <summary>
    /// Tags or addresses by which packets find this association changed, or its set-up is over: call
    /// <see cref="Endpoints.Endpoint.UpdateRoutes"/>, which resets it.
    /// </summary>
    public bool RoutesChanged { get; set; }

    /// <summary>Bytes of messages queued and not yet released.</summary>
    public long BufferedBytes => _sender.BufferedBytes;

    /// <summary>A message, or the next part of one, can be read. Stays true after the end while unread data is left.</summary>
    public bool HasReadable => _receiver is { HasReadable: true };

    /// <summary>The length of the message, or of its part, that the next read gives.</summary>
    public int ReadableLength => _receiver?.ReadableLength ?? 0;

    public int PathCount => _paths.Count;

    public IReadOnlyList<IPAddressValue> LocalAddresses => _local;

    /// <summary>Messages can be queued: not shutting down, not gone. Before ESTABLISHED they wait.</summary>
    public bool IsSendable => State is AssociationState.CookieWait or AssociationState.CookieEchoed or AssociationState.Established;

    /// <summary>INIT or COOKIE ECHO of ours is under way.</summary>
    internal bool IsSettingUp => _setup is not null;

    /// <summary>Tests check the sums of what is in flight.</summary>
    internal SentChunks SentChunks => _sender.Chunks;

    internal PathSet Paths => _paths;

    internal Sender Sender => _sender;

    internal Receiver? Receiver => _receiver;

    internal AssociationOptions Options => _options;

    public PathSnapshot GetPath(int index) => _paths[index].Snapshot(_paths[index] == _paths.Primary);

    public bool HasLocalAddress(IPAddressValue address) => _local.Contains(address);

    public bool TryReadEvent(out AssociationEvent associationEvent) => _events.TryDequeue(out associationEvent);

    /// <summary>Queues a message by reference. Nothing is queued unless the answer is <see cref="SendStatus.Queued"/>.</summary>
    public SendStatus Send(in SendInfo info, in ReadOnlySequence<byte> payload, object? owner) =>
        IsSendable ? _sender.Enqueue(info, payload, owner) : SendStatus.NotSendable;

    /// <summary>Gives back messages in the order in which they are done with.</summary>
    public bool TryTakeReleased(out ReleasedMessage message) => _sender.TryTakeReleased(out message);

    /// <summary>Copies from the oldest deliverable message; reading frees receive buffer, so a window update may become due.</summary>
    public bool TryReceive(Span<byte> destination, out ReceivedPart part)
    {
        part = default;
        return _receiver is { } receiver && receiver.TryRead(destination, out part);
    }

    /// <summary>What the next read would take, if its buffer is large enough (RFC 6458, 5.3.6: SCTP_NXTINFO).</summary>
    public bool TryPeek(out ReceivedPart part)
    {
        part = default;
        return _receiver is { } receiver && receiver.TryPeek(out part);
    }

    /// <summary>Drops unread data and gives its memory back; for an association that has ended.</summary>
    public void DiscardUnread() => _receiver?.Clear();

    /// <summary>Makes a confirmed path the primary one; false when the address is no confirmed path, or the association has ended.</summary>
    public bool SetPrimary(IPAddressValue remote)
    {
        if (State == AssociationState.Closed || _paths.Find(remote) is not { IsConfirmed: true } path)
        {
            return false;
        }

        if (path != _paths.Primary)
        {
            _paths.SetPrimary(path);
            Raise(AssociationEventKind.PrimaryChanged, remote);
        }

        return true;
    }

    private void Raise(AssociationEventKind kind, IPAddressValue address = default) => _events.Enqueue(new AssociationEvent(kind, address));

    private void MarkActive(Path path)
    {
        if (path.IsConfirmed && path.MarkActive())
        {
            _paths.ChooseDataPath();
            Raise(AssociationEventKind.PathActive, path.Remote);
        }
    }

    /// <summary>
    /// The association is gone: no timer runs, nothing is sent but what is prepared already, all unacknowledged messages go
    /// back to their owners (requirements R-106). What was received can still be read.
    /// </summary>
    private void Close(AssociationEnd end, string? detail = null)
    {
        if (End != AssociationEnd.None)
        {
            return;
        }

        State = AssociationState.Closed;
        End = end;
        _setup = null;
        _sender.Close();
        _receiver?.Close();
        foreach (var path in _paths)
        {
            path.Heartbeat.Stop();
            path.Replies.Clear();
        }

        _shutdown.Stop();
        _cookieAckTo = null;
        _events.Enqueue(new AssociationEvent(AssociationEventKind.Ended, _paths.Primary.Remote, end, detail));
    }
}
