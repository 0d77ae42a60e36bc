using System.Buffers;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.PacketScripts.Calls.Sockets;

/// <summary>
/// One association as its socket sees it: data and notifications in the order in which they came, and why it ended.
/// </summary>
internal sealed class SocketAssociation
{
    // FreeBSD takes several messages into the send buffer, and says so of each association (SCTP_ASSOC_SUPPORTS_MULTIBUF).
    private const byte Multibuf = 4;

    private readonly VirtualHost _host;
    private readonly Queue<Waiting> _notifications = new();

    // Bytes of user data ever read, and how many could have been when the last step was over: between them the notifications lie.
    private long _read;
    private long _deliveredBefore;
    private int _notificationRead;
    private bool _isWithinMessage;
    private AssociationState _stateBefore;

    public SocketAssociation(VirtualHost host, Association engine, VirtualSocket owner)
    {
        _host = host;
        Engine = engine;
        Owner = owner;
        _stateBefore = engine.State;
    }

    public Association Engine { get; }

    public VirtualSocket Owner { get; set; }

    /// <summary>The packet being received: what the engine says of an ABORT or ERROR leaves its bytes out.</summary>
    public byte[] Arriving { get; set; } = [];

    /// <summary>It was established at some time.</summary>
    public bool WasUp { get; private set; }

    public bool HasEnded => Engine.End != AssociationEnd.None;

    public bool IsConnecting => Engine.State is AssociationState.CookieWait or AssociationState.CookieEchoed;

    /// <summary>Nobody reads any more: what arrives is dropped.</summary>
    public bool IsDiscarding { get; set; }

    /// <summary>A read would give something.</summary>
    public bool HasReadable => _notifications.Count > 0 || Engine.HasReadable;

    public IPAddressValue PrimaryAddress => Enumerable.Range(0, Engine.PathCount).Select(Engine.GetPath).First(path => path.IsPrimary).Remote;

    /// <summary>How the end shows as an errno; null when it was graceful (RFC 6458, 4.1.5; FreeBSD's names).</summary>
    public string? Error { get; private set; }

    /// <summary>Drops all user data that is there; returns whether there was any.</summary>
    public bool Discard()
    {
        var any = false;
        while (Engine.TryReceive(new byte[Math.Max(Engine.ReadableLength, 1)], out _))
        {
            any = true;
        }

        return any;
    }

    /// <summary>Reads up to this many bytes of the next message or notification; null when there is none.</summary>
    public ReadItem? TryRead(int capacity)
    {
        if (!_isWithinMessage && _notifications.TryPeek(out var waiting) && waiting.Position <= _read)
        {
            return ReadNotification(waiting.Notification, capacity);
        }

        if (!Engine.HasReadable)
        {
            return null;
        }

        ReadItem? item = null;
        _host.Step(this, (engine, _) =>
        {
            var cumulativeTsn = engine.GetCounts().CumulativeTsn;
            engine.TryReceive(new byte[Math.Min(capacity, engine.ReadableLength)], out var part);
            _read += part.Length;
            _isWithinMessage = !part.EndOfMessage;
            item = new ReadItem(this, part.Length, part.EndOfMessage) { Part = part, CumulativeTsn = cumulativeTsn };
        });
        return item;
    }

    public void Notify(Notification notification, bool beforeNewData = false)
    {
        if (Owner.Options.IsSubscribed(notification.Type) && !IsDiscarding)
        {
            _notifications.Enqueue(new Waiting(notification, beforeNewData ? _deliveredBefore : Delivered));
        }
    }

    public SendStatus Send(OutgoingMessage message)
    {
        var status = SendStatus.NotSendable;
        var info = new SendInfo(
            message.StreamId, message.PayloadProtocolId, message.Has(Constants.SCTP_UNORDERED), message.Has(Constants.SCTP_SACK_IMMEDIATELY));
        _host.Step(this, (engine, _) => status = engine.Send(info, new ReadOnlySequence<byte>(new byte[message.Length]), message));
        return status;
    }

    public void Shutdown() => _host.Step(this, (engine, now) => engine.Shutdown(now));

    public void Abort(string? reason = null) => _host.Step(this, (engine, now) => engine.Abort(reason, now));

    /// <summary>After each step of the engine.</summary>
    public void TakeEvents()
    {
        var hadMessages = false;
        while (Engine.TryTakeReleased(out var released))
        {
            hadMessages = true;
            if (!released.Acknowledged)
            {
                NotifySendFailed((OutgoingMessage)released.Owner!, released.WasSent);
            }
        }

        NotifyRemoteErrors();
        while (Engine.TryReadEvent(out var e))
        {
            Take(e);
        }

        if (hadMessages && Engine.BufferedBytes == 0 && !HasEnded)
        {
            Notify(Notification.OfSenderDry(Engine));
        }

        Arriving = [];
        _stateBefore = Engine.State;
        _deliveredBefore = Delivered;
    }

    private long Delivered => _read + (Engine.Receiver?.CountReadableBytes() ?? 0);

    private ReadItem ReadNotification(Notification notification, int capacity)
    {
        var length = Math.Min(capacity, notification.Length - _notificationRead);
        _notificationRead += length;
        var isEnd = _notificationRead == notification.Length;
        if (isEnd)
        {
            _notifications.Dequeue();
            _notificationRead = 0;
        }

        return new ReadItem(this, length, isEnd) { Notification = notification };
    }

    private void Take(in AssociationEvent e)
    {
        switch (e.Kind)
        {
            case AssociationEventKind.Established:
                WasUp = true;

                Notify(Notification.OfAssociationChange(Engine, "SCTP_COMM_UP", 0, [Multibuf]), beforeNewData: true);
                break;
            case AssociationEventKind.Restarted:
                _isWithinMessage = false;
                Notify(Notification.OfAssociationChange(Engine, "SCTP_RESTART", 0, [Multibuf]), beforeNewData: true);
                break;
            case AssociationEventKind.Ended:
                TakeEnd(e.End);
                break;
            case AssociationEventKind.ShutdownReceived:
                Notify(Notification.OfShutdown(Engine));
                break;
            case AssociationEventKind.PathConfirmed:
                NotifyAddress(e.Address, "SCTP_ADDR_CONFIRMED");
                break;
            case AssociationEventKind.PathActive:
                NotifyAddress(e.Address, "SCTP_ADDR_AVAILABLE");
                break;
            case AssociationEventKind.PathInactive:
                NotifyAddress(e.Address, "SCTP_ADDR_UNREACHABLE");
                break;
            case AssociationEventKind.PrimaryChanged:
                NotifyAddress(e.Address, "SCTP_ADDR_MADE_PRIM");
                break;
        }

        Owner.OnEvent(this, e);
    }

    // Who asked for both gets the newer one.
    private void NotifySendFailed(OutgoingMessage message, bool wasSent) =>
        Notify(Owner.Options.IsSubscribed(Notification.SendFailed)
            ? Notification.OfSendFailed(Engine, message, wasSent)
            : Notification.OfOldSendFailed(Engine, message, wasSent));

    private void NotifyAddress(IPAddressValue address, string state) => Notify(Notification.OfPeerAddressChange(Engine, address, state));

    private void TakeEnd(AssociationEnd end)
    {
        Error = end switch
        {
            AssociationEnd.Graceful => null,
            AssociationEnd.NoRoute => "ENETUNREACH",
            _ when ChunkOf(ChunkType.Abort).Length > 0 => _stateBefore == AssociationState.CookieWait ? "ECONNREFUSED" : "ECONNRESET",
            _ => WasUp ? "ECONNABORTED" : "ETIMEDOUT",
        };
        if (end == AssociationEnd.Graceful)
        {
            Notify(Notification.OfAssociationChange(Engine, "SCTP_SHUTDOWN_COMP", 0, []));
            return;
        }

        var abort = ChunkOf(ChunkType.Abort);
        Notify(Notification.OfAssociationChange(
            Engine, WasUp ? "SCTP_COMM_LOST" : "SCTP_CANT_STR_ASSOC", FirstCauseOf(abort), abort));
    }

    private void NotifyRemoteErrors()
    {
        // An ERROR on a living association; during set-up it is the engine's own business.
        if (WasUp && PacketHeader.TryRead(Arriving, out var header) && header.VerificationTag == Engine.LocalTag
            && ChunkOf(ChunkType.Error) is { Length: > 0 } error)
        {
            Notify(Notification.OfRemoteError(Engine, FirstCauseOf(error), error));
        }
    }

    private byte[] ChunkOf(ChunkType type)
    {
        foreach (var chunk in new ChunkReader(Arriving))
        {
            if (chunk.Type == type)
            {
                return chunk.Whole.ToArray();
            }
        }

        return [];
    }

    private static int FirstCauseOf(byte[] chunk)
    {
        if (chunk.Length > Chunk.HeaderSize)
        {
            foreach (var cause in new CauseReader(chunk.AsSpan(Chunk.HeaderSize)))
            {
                return (int)cause.Code;
            }
        }

        return 0;
    }

    private readonly record struct Waiting(Notification Notification, long Position);
}
