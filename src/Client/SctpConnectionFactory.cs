using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kestrel.Sctp;

/// <summary>
/// Opens connections to SCTP endpoints. Its connections over UDP share one ephemeral UDP port, and may outlive the factory.
/// </summary>
public sealed class SctpConnectionFactory : IConnectionFactory, IAsyncDisposable
{
    private readonly SctpClientOptions _options;
    private readonly SctpStackOptions _stackOptions;
    private readonly ILoggerFactory? _loggerFactory;
    private readonly SctpConnectionContextFactory _connections;
    private readonly Lock _lock = new();
    private SctpStack? _stack;
    private bool _disposed;

    /// <summary>A factory with the default options, which logs nowhere.</summary>
    public SctpConnectionFactory()
        : this(new SctpClientOptions())
    {
    }

    /// <param name="options">The protocol's parameters, read and checked at each connect.</param>
    /// <param name="loggerFactory">Where connections log to; null for nowhere.</param>
    /// <param name="stackOptions">The limits of the stack under the factory; null for the defaults.</param>
    public SctpConnectionFactory(SctpClientOptions options, ILoggerFactory? loggerFactory = null, SctpStackOptions? stackOptions = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _stackOptions = stackOptions ?? new SctpStackOptions();
        _loggerFactory = loggerFactory;
        _connections = new SctpConnectionContextFactory(_stackOptions, memoryPool: null, loggerFactory);
    }

    /// <param name="options">The protocol's parameters, read and checked at each connect.</param>
    /// <param name="loggerFactory">Where connections log to; null for nowhere.</param>
    /// <param name="stackOptions">The limits of the stack under the factory; null for the defaults.</param>
    public SctpConnectionFactory(
        IOptions<SctpClientOptions> options, ILoggerFactory? loggerFactory = null, IOptions<SctpStackOptions>? stackOptions = null)
        : this((options ?? throw new ArgumentNullException(nameof(options))).Value, loggerFactory, stackOptions?.Value)
    {
    }

    /// <summary>
    /// Opens an association to the first address of the list that answers, as sctp_connectx(3) does. The addresses that the peer does not
    /// list itself are discarded; see <see cref="ISctpAssociationFeature.RemoteAddresses"/> for those that remain.
    /// </summary>
    /// <param name="endpoint">An <see cref="SctpEndPoint"/>; host names in it are resolved first.</param>
    /// <param name="cancellationToken">Ends the attempt; no association is left.</param>
    /// <returns>The connection, which belongs to the caller.</returns>
    /// <exception cref="NotSupportedException">The endpoint is no <see cref="SctpEndPoint"/>.</exception>
    /// <exception cref="SctpException">The peer refused or did not answer, or the list is wrong: the message says which address and why.</exception>
    /// <exception cref="OptionsValidationException">The options of the endpoint break a rule.</exception>
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (endpoint is not SctpEndPoint sctpEndPoint)
        {
            throw new NotSupportedException(
                $"An SCTP client connects to an {nameof(SctpEndPoint)}, not to the {endpoint.GetType().Name} {endpoint}. {Suggest(endpoint)}");
        }

        var options = _options.GetEndpointOptions(sctpEndPoint);
        var remote = await sctpEndPoint.ResolveAsync(cancellationToken).ConfigureAwait(false);
        var socket = remote.IsOverUdp
            ? new SctpSocket(GetStack(), options, _loggerFactory)
            : new SctpSocket(options, _stackOptions, _loggerFactory);
        try
        {
            await socket.ConnectXAsync(remote, cancellationToken).ConfigureAwait(false);
            return _connections.Create(socket);
        }
        catch
        {
            await socket.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Ends the factory. If no connection lives any more, waits for those that are being closed, each within its CloseTimeout, and closes
    /// the UDP port: a program that sends, disposes and exits has delivered every byte. Otherwise the last connection closes the port.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        SctpStack? stack;
        lock (_lock)
        {
            stack = _stack;
            _stack = null;
            _disposed = true;
        }

        if (stack is not null)
        {
            await stack.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static string Suggest(EndPoint endpoint) => endpoint switch
    {
        IPEndPoint ip => $"Pass new SctpEndPoint({ip.Address}, {ip.Port}).OverUdp(), or without OverUdp() for SCTP directly over IP.",
        DnsEndPoint dns => $"Pass SctpEndPoint.FromHosts([\"{dns.Host}\"], {dns.Port}).OverUdp(), or without OverUdp() for SCTP directly over IP.",
        _ => "Pass SctpEndPoint.Parse(\"sctp+udp://ADDRESS,ADDRESS:PORT\").",
    };

    private SctpStack GetStack()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _stack ??= SctpStack.Open(localUdpPort: 0, _stackOptions, _loggerFactory);
        }
    }
}
