using System.Net;
using Kestrel.Sctp.Protocol;
using Kestrel.Sctp.UserSpace;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Kestrel.Sctp;

/// <summary>
/// An SCTP socket of one-to-one style (RFC 6458, 4): it listens, or it is one association in its life.
/// </summary>
/// <remarks>
/// <para>One receive and one accept at a time, else <see cref="InvalidOperationException"/>. Sends may overlap, and each
/// message is atomic.</para>
/// <para>A send that is cancelled and throws has queued nothing. A cancelled receive or accept loses nothing. A cancelled
/// <see cref="ConnectXAsync"/> leaves no association.</para>
/// <para>Disposing ends pending calls with <see cref="ObjectDisposedException"/>; doing it again does nothing. What was
/// queued is still delivered, within <see cref="SctpOptions.CloseTimeout"/>. When received data was left unread, the
/// association is aborted after that instead of shut down: the peer must not believe that it was taken.</para>
/// </remarks>
public sealed partial class SctpSocket : IDisposable, IAsyncDisposable
{
    private readonly Lock _setup = new(); // bind, listen, connect and dispose: one at a time; before all other locks
    private readonly SctpStackOptions? _stackOptions;
    private readonly ILoggerFactory? _loggerFactory;
    private readonly EventHub _events = new();
    private readonly SocketLog _log;
    private SctpStack? _stack;
    private SctpEndPoint? _local;
    private AcceptQueue? _acceptQueue;
    private volatile AssociationDriver? _driver;
    private volatile bool _disposed;

    /// <summary>
    /// A socket on the stack of the UDP port it is bound to (<see cref="Bind"/>). One that only connects shares a stack on an
    /// ephemeral UDP port with the others of the process.
    /// </summary>
    /// <param name="options">The protocol's parameters, copied; null for the defaults.</param>
    /// <param name="stackOptions">The options of the stack, for which all sockets on one UDP port must agree; null for the defaults.</param>
    /// <param name="loggerFactory">Where the socket, and a stack opened by it, log to.</param>
    /// <exception cref="OptionsValidationException">An option is out of its bounds.</exception>
    public SctpSocket(SctpOptions? options = null, SctpStackOptions? stackOptions = null, ILoggerFactory? loggerFactory = null)
    {
        Options = options?.Clone() ?? new SctpOptions();
        Options.Validate();
        _stackOptions = stackOptions;
        _loggerFactory = loggerFactory;
        _log = new SocketLog((loggerFactory ?? NullLoggerFactory.Instance).CreateLogger<SctpSocket>());
    }

    /// <summary>A socket on a given stack, of which it is one more owner until it is disposed.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="options">The protocol's parameters, copied; null for the defaults.</param>
    /// <param name="loggerFactory">Where the socket logs to.</param>
    /// <exception cref="OptionsValidationException">An option is out of its bounds.</exception>
    /// <exception cref="ObjectDisposedException">The stack has ended.</exception>
    public SctpSocket(SctpStack stack, SctpOptions? options = null, ILoggerFactory? loggerFactory = null)
        : this(options, null, loggerFactory)
    {
        ArgumentNullException.ThrowIfNull(stack);
        StackRegistry.AddOwner(stack);
        _stack = stack;
    }

    // Accepted. The options are the listener's: valid, and never changed.
    private SctpSocket(SctpSocket listener, LocalBinding binding)
    {
        Options = listener.Options;
        _loggerFactory = listener._loggerFactory;
        _log = listener._log;
        _local = listener._local;
        _stack = listener._stack!;
        Binding = binding;
        IsAccepted = true;
        StackRegistry.AddOwner(_stack);
    }

    /// <summary>The addresses and the port the socket is bound to; constant once it listens or connects. Null while unbound.</summary>
    /// <remarks>A wildcard stays a wildcard; <see cref="LocalAddresses"/> are the addresses it stands for.</remarks>
    public SctpEndPoint? LocalEndPoint => _local;

    /// <summary>The options this socket was made with: a copy that must not be changed. Accepted sockets have their listener's.</summary>
    internal SctpOptions Options { get; }

    /// <summary>Steps the association; null before there is one.</summary>
    internal AssociationDriver? Driver => _driver;

    internal LocalBinding? Binding { get; private set; }

    /// <summary>The peer set the association up; the port is the listener's.</summary>
    internal bool IsAccepted { get; }

    /// <summary>Under the endpoint's lock or, after a restart of the peer, the association's.</summary>
    internal static SctpSocket Accepted(SctpSocket listener, LocalBinding binding) => new(listener, binding);

    /// <summary>
    /// Events of the association from now on, for as long as it lives. Each enumerator has a queue of its own, of 256 events;
    /// a reader who is later than that loses the oldest and is told how many by <see cref="SctpEvent.DroppedBefore"/>.
    /// </summary>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    public IAsyncEnumerable<SctpEvent> ReadEventsAsync(CancellationToken cancellationToken = default) => _events.Read(cancellationToken);

    internal bool IsDisposed => _disposed;

    private AssociationDriver RequireAssociation()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _driver ?? throw new SctpException(
            SctpErrno.ENOTCONN,
            _acceptQueue is null
                ? "The socket has no association: connect it first."
                : $"The socket listens on {_local}: data is exchanged on the sockets it accepts.");
    }

    private static TaskCompletionSource NewTaskSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
