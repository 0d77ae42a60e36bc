using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kestrel.Sctp;

/// <summary>Listens on SCTP endpoints for Kestrel. Registered by <c>UseSctp</c>.</summary>
public sealed class SctpTransportFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly IOptions<SctpTransportOptions> _options;
    private readonly IOptions<SctpStackOptions> _stackOptions;
    private readonly ILoggerFactory _loggerFactory;
    private readonly IMemoryPoolFactory<byte>? _memoryPoolFactory;

    /// <param name="options">The protocol's parameters and the backlog, read at each bind.</param>
    /// <param name="stackOptions">The limits of the stack that the listeners use, read at each bind.</param>
    /// <param name="loggerFactory">Where listeners and connections log to.</param>
    /// <param name="memoryPoolFactory">Where the memory of the connections' pipes comes from; without it, from the shared pool.</param>
    public SctpTransportFactory(
        IOptions<SctpTransportOptions> options,
        IOptions<SctpStackOptions> stackOptions,
        ILoggerFactory loggerFactory,
        IMemoryPoolFactory<byte>? memoryPoolFactory = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(stackOptions);
        ArgumentNullException.ThrowIfNull(loggerFactory);
        _options = options;
        _stackOptions = stackOptions;
        _loggerFactory = loggerFactory;
        _memoryPoolFactory = memoryPoolFactory;
    }

    /// <summary>Whether the endpoint is an <see cref="SctpEndPoint"/>; all others are left to the other transports.</summary>
    public bool CanBind(EndPoint endpoint) => endpoint is SctpEndPoint;

    /// <summary>Listens on an <see cref="SctpEndPoint"/>; host names in it are resolved.</summary>
    /// <exception cref="NotSupportedException">The endpoint is no <see cref="SctpEndPoint"/>.</exception>
    /// <exception cref="AddressInUseException">The addresses and the port are in use.</exception>
    /// <exception cref="SctpException">The endpoint can't be bound for another reason.</exception>
    /// <exception cref="OptionsValidationException">The options of the endpoint break a rule.</exception>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        if (endpoint is not SctpEndPoint sctpEndPoint)
        {
            throw new NotSupportedException(
                $"The SCTP transport listens on an {nameof(SctpEndPoint)}, such as SctpEndPoint.Parse(\"sctp+udp://0.0.0.0:7\"), not on the {endpoint.GetType().Name} {endpoint}.");
        }

        var options = _options.Value.GetEndpointOptions(sctpEndPoint);
        var stackOptions = _stackOptions.Value;
        var local = await sctpEndPoint.ResolveAsync(cancellationToken).ConfigureAwait(false);
        var socket = new SctpSocket(options, stackOptions, _loggerFactory);
        MemoryPool<byte>? memoryPool = null;
        try
        {
            socket.Bind(local);
            socket.Listen(_options.Value.Backlog);
            memoryPool = _memoryPoolFactory?.Create(new MemoryPoolOptions { Owner = "kestrel-sctp" });
            return new SctpConnectionListener(
                socket,
                new SctpConnectionContextFactory(stackOptions, memoryPool, _loggerFactory),
                _options.Value.MaxAssociations,
                memoryPool,
                _loggerFactory);
        }
        catch (Exception e)
        {
            await socket.DisposeAsync().ConfigureAwait(false);
            memoryPool?.Dispose();
            if (e is SctpException { SocketErrorCode: SocketError.AddressAlreadyInUse })
            {
                throw new AddressInUseException(e.Message, e);
            }

            throw;
        }
    }
}
