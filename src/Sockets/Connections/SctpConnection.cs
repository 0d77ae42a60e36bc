using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Kestrel.Sctp.UserSpace;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Kestrel.Sctp.Connections;

/// <summary>
/// An association as a byte stream each way, of a server as of a client. Two loops of its own, one a direction, move bytes between the pipes
/// and the socket; when both are over, or the user disposes, the association is closed.
/// </summary>
internal sealed partial class SctpConnection : ConnectionContext, ISctpSocketObserver
{
    private readonly SctpSocket _socket;
    private readonly ILogger _logger;
    private readonly MemoryPool<byte> _memoryPool;
    private readonly Pipe _input;
    private readonly Pipe _output;
    private readonly InputReader _inputReader;
    private readonly IDuplexPipe _originalTransport;
    private readonly CancellationTokenSource _connectionClosed = new();
    private readonly TaskCompletionSource _connectionClosedFired = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeSpan _closeTimeout;
    private readonly string _peer;

    private SctpException? _endReason; // written before _ended is completed
    private ConnectionAbortedException? _abortReason;
    private Task? _running;
    private Task? _disposing;
    private int _closedFired;

    public SctpConnection(SctpSocket socket, MemoryPool<byte> memoryPool, PipeScheduler scheduler, ILogger logger)
    {
        _socket = socket;
        _logger = logger;
        _memoryPool = memoryPool;
        var options = socket.Options;
        _closeTimeout = options.CloseTimeout;
        _pipeMessageSize = options.PipeMessageSize;

        // The loops never run user code, so the socket's and the user's own threads may carry them; user code is scheduled.
        var writeAhead = Math.Min(MaxWriteAhead, options.SendBufferSize / 2);
        _sendLimit = options.SendBufferSize - writeAhead;
        _releaseThreshold = Math.Max(1, _sendLimit / 8);
        _input = new Pipe(new PipeOptions(
            memoryPool, scheduler, PipeScheduler.ThreadPool, InputLimit, InputLimit / 2, useSynchronizationContext: false));
        _output = new Pipe(new PipeOptions(
            memoryPool, PipeScheduler.Inline, scheduler, writeAhead, writeAhead / 2, useSynchronizationContext: false));
        _inputReader = new InputReader(_input.Reader, OnInputCompleted);
        _originalTransport = Transport = new DuplexPipe(_inputReader, _output.Writer);

        AssociationId = socket.AssociationId;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.PrimaryRemote;
        _peer = $"association {AssociationId} with {RemoteEndPoint}";
        ConnectionId = ConnectionIds.Next();
        ConnectionClosed = _connectionClosed.Token;
        Features = CreateFeatures();
    }

    public override IDuplexPipe Transport { get; set; }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; }

    public override IDictionary<object, object?> Items
    {
        get => field ??= new ConnectionItems();
        set;
    }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public void Start()
    {
        _socket.Observer = this;
        _running = RunAsync();
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        ArgumentNullException.ThrowIfNull(abortReason);
        var isFirst = Interlocked.CompareExchange(ref _abortReason, abortReason, null) is null;
        _socket.Abort(abortReason.Message.TrimEnd('.')); // it becomes a part of a sentence at the peer
        FireConnectionClosed();
        if (isFirst)
        {
            LogAbort(ConnectionId, abortReason.Message);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        var disposing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _disposing, disposing.Task, null) is { } earlier)
        {
            await earlier.ConfigureAwait(false);
        }
        else
        {
            await DisposeOnceAsync(disposing).ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async Task DisposeOnceAsync(TaskCompletionSource disposed)
    {
        try
        {
            // Kestrel disposes with the pipes as the application left them.
            await _originalTransport.Input.CompleteAsync().ConfigureAwait(false);
            await _originalTransport.Output.CompleteAsync().ConfigureAwait(false);
            if (_running is { } running)
            {
                try
                {
                    await running.WaitAsync(_closeTimeout).ConfigureAwait(false);
                }
                catch (TimeoutException)
                {
                    LogCloseTimeout(ConnectionId, _closeTimeout);
                    _socket.Abort("closing took too long");
                    await running.ConfigureAwait(false);
                }
            }

            await _socket.DisposeAsync().ConfigureAwait(false);
            _connectionClosed.Dispose();
        }
        finally
        {
            disposed.SetResult();
        }
    }

    private async Task RunAsync()
    {
        var sending = SendAsync();
        var peerShutDown = await ReceiveAsync().ConfigureAwait(false);
        await sending.ConfigureAwait(false);
        if (!peerShutDown && !_ended.Task.IsCompleted)
        {
            await CloseAsync().ConfigureAwait(false);
        }

        // Only now, with the last byte received in the pipe: who watches the token may stop reading.
        await _ended.Task.ConfigureAwait(false);
        FireConnectionClosed();
        await _connectionClosedFired.Task.ConfigureAwait(false);
    }

    /// <summary>
    /// Both directions are over and all that was sent is acknowledged. If received data was not taken, or still comes, the association is
    /// aborted: a graceful end would tell the peer that it was.
    /// </summary>
    private async Task CloseAsync()
    {
        try
        {
            if (_inputReader.Consumed < _received)
            {
                _socket.Abort("closed with received data unread");
                return;
            }

            using var stop = new CancellationTokenSource();
            var receiving = DiscardAsync(stop.Token);
            await _socket.ShutdownAsync(CancellationToken.None).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            await receiving.ConfigureAwait(false);
        }
        catch (Exception e) when (e is SctpException or ObjectDisposedException)
        {
            // OnEnded has the reason.
        }
    }

    private async Task DiscardAsync(CancellationToken cancellationToken)
    {
        try
        {
            var received = await _socket.ReceiveAsync(new byte[1], cancellationToken).ConfigureAwait(false);
            if (!received.IsEndOfAssociation)
            {
                _socket.Abort("closed with received data unread");
            }
        }
        catch (Exception e) when (e is SctpException or ObjectDisposedException or OperationCanceledException)
        {
        }
    }

    void ISctpSocketObserver.OnAcknowledged() => OnAcknowledged();

    void ISctpSocketObserver.OnPeerShutdown()
    {
        _sendingRefused = true;
        WakeSender();
    }

    void ISctpSocketObserver.OnEnded(SctpException? reason)
    {
        _endReason = reason;
        _ended.SetResult();
        WakeSender();
        if (reason is not null)
        {
            FireConnectionClosed();
            StackLog.Post((connection: this, reason), static s => s.connection.LogEnd(s.reason));
        }
    }

    /// <summary>What reading the input ends with; null after a graceful end.</summary>
    private Exception? MapEnd(Exception? error)
    {
        var sctp = error as SctpException ?? (_ended.Task.IsCompleted ? _endReason : null);
        if (Volatile.Read(ref _abortReason) is { } abortReason)
        {
            return abortReason.InnerException is SctpException
                ? abortReason
                : new ConnectionAbortedException(abortReason.Message, sctp ?? Aborted(abortReason.Message));
        }

        if (_disposing is not null && (sctp is null || IsLocal(sctp)))
        {
            const string disposed = "The connection was disposed.";
            return new ConnectionAbortedException(disposed, sctp ?? Aborted(disposed));
        }

        return sctp switch
        {
            null when error is null => null,
            null => new ConnectionAbortedException(error.Message, Aborted(error.Message, error)),
            _ when IsLocal(sctp) => new ConnectionAbortedException(sctp.Message, sctp),
            _ => new ConnectionResetException(sctp.Message, sctp),
        };
    }

    private static bool IsLocal(SctpException error) => error.Errno is SctpErrno.ECONNABORTED or SctpErrno.ECANCELED or SctpErrno.EBADF;

    private SctpException Aborted(string why, Exception? inner = null) => new(SctpErrno.ECONNABORTED, $"This end ended {_peer}: {why}", inner);

    /// <summary>Cancels <see cref="ConnectionClosed"/>, once and from the thread pool: its callbacks are the user's.</summary>
    private void FireConnectionClosed()
    {
        if (Interlocked.Exchange(ref _closedFired, 1) != 0)
        {
            return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(
            static connection =>
            {
                try
                {
                    connection._connectionClosed.Cancel();
                }
                catch (Exception e)
                {
                    StackLog.Post((connection, e), static s => s.connection.LogClosedCallbackFailed(s.e, s.connection.ConnectionId));
                }

                connection._connectionClosedFired.SetResult();
            },
            this,
            preferLocal: false);
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
