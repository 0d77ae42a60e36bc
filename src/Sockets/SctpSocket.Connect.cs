using System.Net;
using System.Net.Sockets;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.UserSpace;

namespace Kestrel.Sctp;

public sealed partial class SctpSocket
{
    private readonly TaskCompletionSource _established = NewTaskSource();

    // As it was asked for: errors name it even when no path is left.
    private SctpEndPoint? _connectTarget;

    /// <summary>
    /// Starts an association with a peer of several addresses (sctp_connectx) and returns its id at once, while it is still
    /// being set up. INITs go to the addresses in turn, in the order of the list, until one is answered; an address that the
    /// peer does not name in its answer is left out silently. <see cref="WaitForConnectAsync"/> waits for the result.
    /// </summary>
    /// <param name="remote">The peer's addresses, all with one SCTP port. Over UDP, each with the UDP port the peer listens on.</param>
    /// <returns>The association id: above 2, and unique on the stack while the association lives.</returns>
    /// <exception cref="SctpException">
    /// Nothing was sent and nothing is kept. <see cref="SctpErrno.E2BIG"/>: more addresses than
    /// <see cref="SctpOptions.MaxConnectAddresses"/>. <see cref="SctpErrno.EINVAL"/>: no address, port 0, an address that is not
    /// unicast, link-local without an interface, or of a family the socket is not bound to. <see cref="SctpErrno.EISCONN"/>: the
    /// socket has its association, or listens, or another socket on its port is connected to one of the addresses.
    /// <see cref="SctpErrno.EALREADY"/>: such an association is being set up. <see cref="SctpErrno.EADDRNOTAVAIL"/>: this
    /// machine has no address that could reach one of the list. <see cref="SctpErrno.ENOMEM"/>: the stack has as many
    /// associations as it may.
    /// </exception>
    public int ConnectX(SctpEndPoint remote)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(remote);
        lock (_setup)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ConnectRules.Check(
                remote,
                Options.MaxConnectAddresses,
                v4: Binding is not { } v4 || v4.Has(AddressFamily.InterNetwork),
                v6: Binding is not { } v6 || v6.Has(AddressFamily.InterNetworkV6));
            ThrowIfInUse();
            if (!remote.IsOverUdp)
            {
                throw new SctpException(
                    SctpErrno.EPROTONOSUPPORT,
                    $"{remote} asks for SCTP directly over IP, which is not available here: use {nameof(SctpEndPoint.OverUdp)}() or sctp+udp://.");
            }
            return Start(remote);
        }
    }

    /// <summary>Waits until the association that <see cref="ConnectX"/> started is up.</summary>
    /// <param name="cancellationToken">Ends the wait; the association goes on being set up.</param>
    /// <exception cref="SctpException">
    /// The association did not come up. <see cref="SocketError.ConnectionRefused"/>: the peer refused it.
    /// <see cref="SocketError.TimedOut"/>: nobody answered. <see cref="SocketError.NetworkUnreachable"/> or
    /// <see cref="SocketError.HostUnreachable"/>: no listed address can be sent to. <see cref="SocketError.NotConnected"/>:
    /// nothing was started.
    /// </exception>
    public ValueTask WaitForConnectAsync(CancellationToken cancellationToken = default)
    {
        RequireAssociation();
        return new ValueTask(_established.Task.WaitAsync(cancellationToken));
    }

    /// <summary><see cref="ConnectX"/>, and waits until the association is up.</summary>
    /// <param name="remote">The peer's addresses.</param>
    /// <param name="cancellationToken">Gives the attempt up: no association is left.</param>
    /// <exception cref="SctpException">As for <see cref="ConnectX"/> and <see cref="WaitForConnectAsync"/>.</exception>
    public async ValueTask ConnectXAsync(SctpEndPoint remote, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ConnectX(remote);
        try
        {
            await _established.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Abort("the connect was cancelled");
            throw;
        }
    }

    private void ThrowIfInUse()
    {
        if (_driver is { } driver)
        {
            lock (driver.Gate)
            {
                if (!_established.Task.IsCompleted)
                {
                    throw new SctpException(SctpErrno.EALREADY, $"{Describe()} is being set up on this socket.");
                }
                throw new SctpException(
                    SctpErrno.EISCONN,
                    _over ? $"{Describe()} was on this socket and has ended: a new one needs a new socket." : $"{Describe()} is on this socket.");
            }
        }
        if (_acceptQueue is not null)
        {
            throw new SctpException(SctpErrno.EISCONN, $"The socket listens on {_local}: it can't connect.");
        }
    }

    /// <summary>Under the set-up lock, all rules kept. What fails here leaves the socket as it was.</summary>
    private int Start(SctpEndPoint remote)
    {
        var formerStack = _stack;
        var formerBinding = Binding;
        var formerLocal = _local;
        var stack = _stack ??= SctpStack.OpenShared(_stackOptions, _loggerFactory);
        try
        {
            if (Binding is null)
            {
                BindTo(stack, SourcesFor(remote), 0, skipUnavailable: true);
            }
            _connectTarget = remote;
            var request = new ConnectRequest(
                Binding!.Port, Binding.Values, ConnectRules.ToPeers(remote), (ushort)remote.Port, Options.ToAssociationOptions())
            {
                PeersMayBeDifferentHosts = remote.AddressesMayBeDifferentHosts,
            };
            var status = stack.Endpoint.Connect(request, Binding, this, stack.Timer.Now, out var driver);
            if (driver is null)
            {
                throw Failed(status, remote);
            }
            driver.Step();
            return _associationId;
        }
        catch
        {
            if (formerBinding is null && Binding is { } binding)
            {
                stack.Bindings.Release(binding);
            }
            Binding = formerBinding;
            _local = formerLocal;
            if (formerStack is null)
            {
                _ = StackRegistry.RemoveOwner(stack);
                _stack = null;
            }
            throw;
        }
    }

    private static SctpException Failed(ConnectStatus status, SctpEndPoint remote) => status switch
    {
        ConnectStatus.AlreadyConnected => new(SctpErrno.EISCONN, $"An address of {remote} belongs to an association of this port that is up."),
        ConnectStatus.AlreadyConnecting => new(SctpErrno.EALREADY, $"An address of {remote} belongs to an association of this port that is being set up."),
        ConnectStatus.NoLocalAddress => new(SctpErrno.EADDRNOTAVAIL, $"No local address of this socket can reach an address of {remote}."),
        _ => new(SctpErrno.ENOMEM, $"{remote} can't be connected to: the stack has as many associations as {nameof(SctpStackOptions.MaxAssociations)} or "
            + $"{nameof(SctpStackOptions.MaxHalfOpenAssociations)} allows."),
    };

    /// <summary>
    /// The local addresses of a socket that was not bound: the machine's, of the families of the list; loopback only for
    /// loopback peers, and nothing else for them.
    /// </summary>
    private static List<IPAddress> SourcesFor(SctpEndPoint remote)
    {
        var v4 = remote.Addresses.Any(a => a.AddressFamily == AddressFamily.InterNetwork);
        var v6 = remote.Addresses.Any(a => a.AddressFamily == AddressFamily.InterNetworkV6);
        var toLoopback = remote.Addresses.Any(IPAddress.IsLoopback);
        var toOthers = !remote.Addresses.All(IPAddress.IsLoopback);
        // A link-local peer is reached from its interface's own link-local address.
        var scopes = remote.Addresses.Where(a => a.IsIPv6LinkLocal).Select(a => a.ScopeId).ToList();
        var local = UserSpace.LocalAddresses.Get(v4, v6, scopes).Where(a => IPAddress.IsLoopback(a) ? toLoopback : toOthers).ToList();
        return local.Count > 0
            ? local
            : throw new SctpException(SctpErrno.EADDRNOTAVAIL, $"This machine has no address that could reach {remote}.");
    }
}
