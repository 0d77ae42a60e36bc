using System.Buffers;
using System.IO.Pipelines;
using Kestrel.Sctp.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kestrel.Sctp;

/// <summary>Makes connections, with a pipe in each direction, out of sockets that have an association.</summary>
public sealed class SctpConnectionContextFactory
{
    private readonly MemoryPool<byte> _memoryPool;
    private readonly PipeScheduler _scheduler;
    private readonly ILogger _logger;

    /// <param name="stackOptions">Tells whether user code is scheduled inline; null stands for the defaults.</param>
    /// <param name="memoryPool">Where the pipes' blocks come from; null stands for <see cref="MemoryPool{T}.Shared"/>.</param>
    /// <param name="loggerFactory">Where connections log to; null for nowhere.</param>
    public SctpConnectionContextFactory(
        SctpStackOptions? stackOptions = null, MemoryPool<byte>? memoryPool = null, ILoggerFactory? loggerFactory = null)
    {
        _memoryPool = memoryPool ?? MemoryPool<byte>.Shared;
        _scheduler = stackOptions is { UnsafePreferInlineScheduling: true } ? PipeScheduler.Inline : PipeScheduler.ThreadPool;
        _logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("Kestrel.Sctp.Connections");
    }

    /// <summary>Makes the connection of a connected or accepted socket, which it owns from then on.</summary>
    /// <param name="socket">A socket whose association is up, and of which nothing was received yet.</param>
    /// <exception cref="ArgumentException">The socket has no association.</exception>
    public ConnectionContext Create(SctpSocket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        if (socket.PrimaryRemote is null || socket.LocalEndPoint is null)
        {
            throw new ArgumentException("The socket has no association: connect it, or take one that was accepted.", nameof(socket));
        }

        var connection = new SctpConnection(socket, _memoryPool, _scheduler, _logger);
        connection.Start();
        return connection;
    }
}
