using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Kestrel.Sctp;

/// <summary>A listening socket. An exception out of <see cref="AcceptAsync"/> would end Kestrel's listening for good.</summary>
internal sealed partial class SctpConnectionListener : IConnectionListener
{
    private static readonly TimeSpan _pauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly SctpSocket _socket;
    private readonly SctpConnectionContextFactory _connections;
    private readonly MemoryPool<byte>? _memoryPool;
    private readonly ILogger _logger;
    private volatile bool _unbound;

    public SctpConnectionListener(
        SctpSocket socket, SctpConnectionContextFactory connections, MemoryPool<byte>? memoryPool, ILoggerFactory loggerFactory)
    {
        _socket = socket;
        _connections = connections;
        _memoryPool = memoryPool;
        _logger = loggerFactory.CreateLogger("Kestrel.Sctp.Transport");
        EndPoint = socket.LocalEndPoint!;
    }

    public EndPoint EndPoint { get; }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (!_unbound)
        {
            SctpSocket? accepted = null;
            try
            {
                accepted = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                return _connections.Create(accepted);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
            catch (Exception) when (_unbound && accepted is null)
            {
                break;
            }
            catch (Exception e)
            {
                LogAcceptFailed(e, EndPoint);
                if (accepted is not null)
                {
                    accepted.Abort("could not be taken");
                    accepted.Dispose();
                }
                else
                {
                    // What fails without an association in hand may fail again at once.
                    await Task.Delay(_pauseAfterFailure, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        return null;
    }

    /// <summary>Takes no new associations; the connections accepted so far live on.</summary>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _unbound = true;
        _socket.Dispose();
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        _unbound = true;
        await _socket.DisposeAsync().ConfigureAwait(false);
        _memoryPool?.Dispose();
    }

    [LoggerMessage(1, LogLevel.Error, "An association of {EndPoint} could not be accepted.", EventName = "AcceptFailed")]
    private partial void LogAcceptFailed(Exception error, EndPoint endPoint);
}
