namespace Kestrel.Sctp.UserSpace;

/// <summary>The one receive that may wait on a socket. Used again for each, so that receiving allocates nothing.</summary>
internal sealed class ReceiveOperation(SctpSocket socket, bool inline) : PendingOperation<SctpReceiveResult>(inline)
{
    public Memory<byte> Buffer { get; private set; }

    public void Start(Memory<byte> buffer)
    {
        Buffer = buffer;
        Begin();
    }

    protected override void OnCanceled(CancellationToken cancellationToken) => socket.CancelReceive(cancellationToken);

    protected override void OnRead()
    {
        Buffer = default;
        base.OnRead();
    }
}
