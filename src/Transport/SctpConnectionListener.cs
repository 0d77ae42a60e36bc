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
    private readonly int _maxConnections;
    private readonly ILogger _logger;
    private int _liveConnections;
    private volatile bool _unbound;

    public SctpConnectionListener(
        SctpSocket socket, SctpConnectionContextFactory connections, int? maxConnections, MemoryPool<byte>? memoryPool, ILoggerFactory loggerFactory)
    {
        _maxConnections = maxConnections ?? int.MaxValue;
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
                if (Volatile.Read(ref _liveConnections) < _maxConnections)
                {
                    return Create(accepted);
                }

                LogTooMany(EndPoint, _maxConnections);
                accepted.Abort("the server has its limit of associations");
                accepted.Dispose();
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

    private ConnectionContext Create(SctpSocket accepted)
    {
        var connection = _connections.Create(accepted);
        Interlocked.Increment(ref _liveConnections);
        connection.ConnectionClosed.UnsafeRegister(
            static listener => Interlocked.Decrement(ref ((SctpConnectionListener)listener!)._liveConnections), this);
        return connection;
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

    [LoggerMessage(2, LogLevel.Debug, "{EndPoint} has {MaxAssociations} associations (MaxAssociations): one more was aborted.", EventName = "TooManyAssociations")]
    private partial void LogTooMany(EndPoint endPoint, int maxAssociations);
}
