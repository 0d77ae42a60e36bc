using System.Diagnostics.CodeAnalysis;
using Kestrel.Sctp.Protocol;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.UserSpace;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Kestrel.Sctp;

/// <summary>
/// The user-space SCTP stack on one local UDP port: sockets, timers and the limits of all its associations. There is one per
/// port and process, shared and counted by its owners: those who opened it, and the <see cref="SctpSocket"/>s on it.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "A protocol stack is called a stack.")]
public sealed class SctpStack : IAsyncDisposable
{
    private readonly Lock _closingGate = new();
    private TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _liveAssociations;
    private int _closing;

    private SctpStack(int localUdpPort, SctpStackOptions options, ILoggerFactory? loggerFactory, TimeProvider? timeProvider)
    {
        Options = options;
        Log = new StackLog((loggerFactory ?? NullLoggerFactory.Instance).CreateLogger<SctpStack>());
        Timer = new StackTimer(timeProvider ?? TimeProvider.System, localUdpPort == 0 ? "SCTP timer" : $"SCTP timer {localUdpPort}", Log.TimerFailed);
        Endpoint = new EndpointDriver(this, new Endpoint(options.ToEndpointOptions(), RandomSource.System));
        Carrier = new UdpCarrier(localUdpPort, options, Endpoint);
        Bindings = new LocalBindings(Carrier, Endpoint);
    }

    /// <summary>
    /// The local UDP port. For a stack opened with port 0 the system chooses when the first address is bound; 0 until then.
    /// </summary>
    public int UdpPort => Carrier.Port;

    internal SctpStackOptions Options { get; }

    internal StackLog Log { get; }

    internal StackTimer Timer { get; }

    internal EndpointDriver Endpoint { get; }

    internal UdpCarrier Carrier { get; }

    internal LocalBindings Bindings { get; }

    internal bool PrefersInline => Options.UnsafePreferInlineScheduling;

    /// <summary>The registry's, under its lock.</summary>
    internal int Owners { get; set; }

    /// <summary>The owners among them that are no sockets. The registry's, under its lock.</summary>
    internal int Openers { get; set; }

    /// <summary>The registry's, under its lock.</summary>
    internal bool HasEnded { get; set; }

    /// <summary>Over when the stack has ended, or is owned again. Under the registry's lock.</summary>
    internal Task End => _ended.Task;

    internal int LiveAssociations => Volatile.Read(ref _liveAssociations);

    /// <summary>
    /// Opens the stack on a local UDP port or, when it is open in this process, becomes one more owner of it. No address is
    /// bound until a socket needs it.
    /// </summary>
    /// <param name="localUdpPort">The UDP port of all local addresses; 0 lets the system choose one that no other stack has.</param>
    /// <param name="options">Limits and buffers, copied; null for the defaults.</param>
    /// <param name="loggerFactory">Where the stack logs to; a stack that is open keeps its own.</param>
    /// <param name="timeProvider">The clock; null for the system's. A stack that is open keeps its own.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="localUdpPort"/> is not a port.</exception>
    /// <exception cref="OptionsValidationException">An option is out of its bounds.</exception>
    /// <exception cref="InvalidOperationException">The stack is open with other options; the message names both.</exception>
    public static SctpStack Open(int localUdpPort, SctpStackOptions? options = null, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(localUdpPort);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(localUdpPort, ushort.MaxValue);
        var stack = OpenForSocket(localUdpPort, options, loggerFactory, timeProvider);
        StackRegistry.AddOpener(stack);
        return stack;
    }

    /// <summary>
    /// Drops one owner. With the last one the stack ends: sockets that were disposed may still be delivering, each within its
    /// CloseTimeout, and are waited for; then the UDP sockets are closed. More calls than there were of <see cref="Open"/> do nothing.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await StackRegistry.RemoveOpener(this).ConfigureAwait(false);
    }

    /// <summary>The stack of a socket that is bound to a port; the socket removes itself as an owner.</summary>
    internal static SctpStack OpenForSocket(int localUdpPort, SctpStackOptions? options, ILoggerFactory? loggerFactory, TimeProvider? timeProvider = null)
    {
        var copy = Copy(options);
        return StackRegistry.Open(localUdpPort, copy, () => new SctpStack(localUdpPort, copy, loggerFactory, timeProvider));
    }

    /// <summary>The stack of sockets that only connect and have no port of their own.</summary>
    internal static SctpStack OpenShared(SctpStackOptions? options, ILoggerFactory? loggerFactory)
    {
        var copy = Copy(options);
        return StackRegistry.OpenShared(copy, () => new SctpStack(0, copy, loggerFactory, null));
    }

    /// <summary>Under the registry's lock.</summary>
    internal void OnOwnedAgain()
    {
        _ended.TrySetResult();
        _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    internal void OnAssociationStarted() => Interlocked.Increment(ref _liveAssociations);

    internal void OnAssociationEnded()
    {
        if (Interlocked.Decrement(ref _liveAssociations) == 0)
        {
            StackRegistry.EndIfUnused(this);
        }
    }

    /// <summary>A socket was disposed and its association is still to be ended: the process lives until it is.</summary>
    internal void OnClosingStarted()
    {
        lock (_closingGate)
        {
            Timer.KeepsProcessAlive = ++_closing > 0;
        }
    }

    internal void OnClosingEnded()
    {
        lock (_closingGate)
        {
            Timer.KeepsProcessAlive = --_closing > 0;
        }
    }

    /// <summary>Nothing lives on the stack any more, and its UDP sockets are closed.</summary>
    internal void OnEnded()
    {
        Bindings.Dispose();
        Timer.Dispose();
        _ended.TrySetResult();
    }

    private static SctpStackOptions Copy(SctpStackOptions? options)
    {
        var copy = options is null ? new SctpStackOptions() : options with { };
        copy.Validate();
        return copy;
    }
}
