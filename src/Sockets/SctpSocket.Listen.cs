using System.Net;
using System.Net.Sockets;
using Kestrel.Sctp.UserSpace;

namespace Kestrel.Sctp;

public sealed partial class SctpSocket
{
    /// <summary>Binds the socket to an SCTP port on local addresses.</summary>
    /// <param name="local">
    /// The addresses: 0.0.0.0 stands for the machine's IPv4 addresses, [::] for all, and follow its changes. Port 0 chooses an
    /// ephemeral SCTP port. The UDP port is the stack's, and the same for all addresses; 0 chooses an ephemeral one.
    /// </param>
    /// <exception cref="SctpException">
    /// <see cref="SocketError.AddressAlreadyInUse"/>: the SCTP port or the UDP port is taken.
    /// <see cref="SocketError.AddressNotAvailable"/>: an address is not this machine's.
    /// <see cref="SocketError.InvalidArgument"/>: the socket is bound already, or an address can't be bound to.
    /// <see cref="SocketError.ProtocolNotSupported"/>: the endpoint is not over UDP.
    /// </exception>
    /// <exception cref="InvalidOperationException">The UDP port's stack is open with other options.</exception>
    public void Bind(SctpEndPoint local)
    {
        ArgumentNullException.ThrowIfNull(local);
        lock (_setup)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (Binding is not null)
            {
                throw new SctpException(SctpErrno.EINVAL, $"The socket is bound to {_local} already; addresses are added by {nameof(BindX)}.");
            }
            CheckBindable(local);
            var udpPort = local.UdpPort!.Value;
            var hadStack = _stack is not null;
            if (_stack is { } given && given.UdpPort != udpPort && udpPort != 0)
            {
                throw new SctpException(SctpErrno.EINVAL, $"{local} can't be bound: the socket's stack is on UDP port {given.UdpPort}.");
            }
            var stack = _stack ??= SctpStack.OpenForSocket(udpPort, _stackOptions, _loggerFactory);
            try
            {
                BindTo(stack, local.Addresses, (ushort)local.Port);
            }
            catch when (!hadStack)
            {
                _ = StackRegistry.RemoveOwner(stack);
                _stack = null;
                throw;
            }
        }
    }

    /// <summary>Adds local addresses to those bound (sctp_bindx), before the socket listens or connects.</summary>
    /// <param name="addresses">The addresses.</param>
    /// <exception cref="SctpException">As for <see cref="Bind"/>; <see cref="SocketError.InvalidArgument"/> when the socket is not bound, listens or connects.</exception>
    public void BindX(IEnumerable<IPAddress> addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var more = new SctpEndPoint(addresses, 0).OverUdp(0);
        lock (_setup)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (Binding is not { } binding || _driver is not null || _acceptQueue is not null)
            {
                throw new SctpException(
                    SctpErrno.EINVAL,
                    Binding is null ? $"The socket is not bound: call {nameof(Bind)} first." : $"{_local} is in use: addresses are added before the socket listens or connects.");
            }
            CheckBindable(more);
            _stack!.Bindings.Add(binding, more.Addresses);
            _local = new SctpEndPoint(binding.Named, binding.Port).OverUdp(_stack.UdpPort);
        }
    }

    /// <summary>Lets peers set up associations, which <see cref="AcceptAsync"/> takes.</summary>
    /// <param name="backlog">How many may be set up and wait to be accepted; with more, peers are refused. At least 1.</param>
    /// <exception cref="SctpException">
    /// <see cref="SocketError.InvalidArgument"/>: the socket is not bound, or listens already. <see cref="SocketError.IsConnected"/>: it has an association.
    /// </exception>
    public void Listen(int backlog = 512)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(backlog, 1);
        lock (_setup)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_driver is not null)
            {
                throw new SctpException(SctpErrno.EISCONN, $"{Describe()} is on this socket: it can't listen.");
            }
            if (Binding is not { } binding || _acceptQueue is not null)
            {
                throw new SctpException(
                    SctpErrno.EINVAL, Binding is null ? $"The socket is not bound: call {nameof(Bind)} first." : $"The socket listens on {_local} already.");
            }
            var queue = new AcceptQueue(this, _stack!.PrefersInline);
            _stack.Endpoint.Listen(binding, Options.ToAssociationOptions(), backlog, queue);
            _acceptQueue = queue;
        }
    }

    /// <summary>Takes the next association that a peer has set up. One call at a time.</summary>
    /// <param name="cancellationToken">Cancels the wait; no association is lost.</param>
    /// <exception cref="InvalidOperationException">An accept is pending, or the socket does not listen.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed, before the call or during it.</exception>
    public ValueTask<SctpSocket> AcceptAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var queue = _acceptQueue ?? throw new InvalidOperationException($"The socket does not listen: call {nameof(Listen)} first.");
        return queue.AcceptAsync(cancellationToken);
    }

    /// <summary>Under the set-up lock.</summary>
    private void BindTo(SctpStack stack, IReadOnlyList<IPAddress> named, ushort port, bool skipUnavailable = false)
    {
        var binding = stack.Bindings.Bind(named, port, skipUnavailable);
        StackRegistry.OnPortKnown(stack);
        Binding = binding;
        _local = new SctpEndPoint(binding.Named, binding.Port).OverUdp(stack.UdpPort);
    }

    private static void CheckBindable(SctpEndPoint local)
    {
        if (!local.IsResolved)
        {
            throw new SctpException(SctpErrno.EINVAL, $"{local} has host names: bind to addresses.");
        }
        if (!local.IsOverUdp)
        {
            throw new SctpException(
                SctpErrno.EPROTONOSUPPORT, $"{local} asks for SCTP directly over IP, which is not available here: use {nameof(SctpEndPoint.OverUdp)}() or sctp+udp://.");
        }
        for (var i = 0; i < local.Addresses.Count; i++)
        {
            var address = local.Addresses[i];
            if (local.GetUdpPort(i) != local.UdpPort)
            {
                throw new SctpException(SctpErrno.EINVAL, $"{local} can't be bound: all local addresses share one UDP port.");
            }
            if (ConnectRules.IsGroup(address))
            {
                throw new SctpException(SctpErrno.EINVAL, $"{address} of {local} is no unicast address.");
            }
        }
    }
}
