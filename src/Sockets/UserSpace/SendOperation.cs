namespace Kestrel.Sctp.UserSpace;

/// <summary>A send that waits for room in the send buffer. Nothing of it is queued in the engine until it is decided.</summary>
internal sealed class SendOperation(SctpSocket socket, bool inline) : PendingOperation<bool>(inline)
{
    public ReadOnlyMemory<byte> Message { get; private set; }

    public SctpSendInfo Info { get; private set; }

    public void Start(ReadOnlyMemory<byte> message, SctpSendInfo info)
    {
        Message = message;
        Info = info;
        Begin();
    }

    protected override void OnCanceled(CancellationToken cancellationToken) => socket.CancelSend(this, cancellationToken);

    protected override void OnRead()
    {
        Message = default;
        base.OnRead();
        socket.OnSendRead(this);
    }
}
