using System.Net.Sockets;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.UserSpace;

namespace Kestrel.Sctp;

// What the association's driver tells the socket. All of it is called under the association's lock.
public sealed partial class SctpSocket
{
    private readonly TaskCompletionSource _gone = NewTaskSource();
    private ObserverNotifier? _notifier;
    private int _associationId;
    private bool _over;             // the association has ended for this socket
    private bool _detached;         // it lives on without this socket: the peer restarted
    private bool _aborted;          // by this socket's user: nothing more is read
    private bool _peerShutdown;
    private SocketError _endError;  // Success: gracefully
    private string _endMessage = "";

    /// <summary>Why the association ended; null while it lives and after a graceful end. A new exception each time.</summary>
    internal SctpException? EndReason => _over && _endError != SocketError.Success ? new SctpException(_endError, _endMessage) : null;

    /// <summary>Set once, before the socket's first use by the observer; what happened before is told at once.</summary>
    internal ISctpSocketObserver? Observer
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            var driver = RequireAssociation();
            Completions completions = default;
            lock (driver.Gate)
            {
                field = value;
                _notifier = new ObserverNotifier(this, value, driver.Stack.PrefersInline);
                var past = (_peerShutdown ? ObserverSignals.PeerShutdown : 0)
                    | (_acknowledgedReferencedBytes > 0 ? ObserverSignals.Acknowledged : 0)
                    | (_over ? ObserverSignals.Ended : 0);
                if (past != 0)
                {
                    _notifier.Signal(past, ref completions);
                }
            }
            completions.CompleteAll();
        }
    }

    internal void Attach(AssociationDriver driver)
    {
        _driver = driver;
        _associationId = driver.Association.Id;
        if (IsAccepted)
        {
            _established.SetResult();
        }
    }

    /// <summary>After each step: completes what waited for it.</summary>
    internal void OnProgress(long now, ref Completions completions)
    {
        AdmitSends(ref completions);
        FeedReceive(now, ref completions);
    }

    internal void OnEvent(in AssociationEvent e, ref Completions completions)
    {
        switch (e.Kind)
        {
            case AssociationEventKind.Established:
                _established.TrySetResult();
                _events.Publish(new SctpAssociationUp(_associationId));
                if (_log.LogsAssociations)
                {
                    _log.AssociationUp(_associationId, RemoteEndPointLocked());
                }
                break;
            case AssociationEventKind.ShutdownReceived:
                _peerShutdown = true;
                FailSends(ref completions);
                _notifier?.Signal(ObserverSignals.PeerShutdown, ref completions);
                _events.Publish(new SctpPeerShutdown(_associationId));
                break;
            case AssociationEventKind.PathConfirmed:
                _events.Publish(new SctpPathConfirmed(e.Address.ToIPAddress()));
                break;
            case AssociationEventKind.PathActive:
                _events.Publish(new SctpPathUp(e.Address.ToIPAddress()));
                _log.PathUp(_associationId, e.Address);
                break;
            case AssociationEventKind.PathPotentiallyFailed:
                _events.Publish(new SctpPathPotentiallyFailed(e.Address.ToIPAddress()));
                _log.PathPotentiallyFailed(_associationId, e.Address);
                break;
            case AssociationEventKind.PathInactive:
                _events.Publish(new SctpPathDown(e.Address.ToIPAddress()));
                _log.PathDown(_associationId, e.Address);
                break;
            case AssociationEventKind.PrimaryChanged:
                _events.Publish(new SctpPrimaryPathChanged(e.Address.ToIPAddress()));
                break;
        }
    }

    internal void OnEnded(AssociationEnd end, string? detail, ref Completions completions)
    {
        var because = detail is null ? "" : $": {detail}";
        (_endError, _endMessage) = end switch
        {
            AssociationEnd.Graceful => (SocketError.Success, ""),
            AssociationEnd.Refused => (SocketError.ConnectionRefused, $"{Describe()} was refused by the peer{because}."),
            AssociationEnd.SetupTimedOut => (SocketError.TimedOut, $"{Describe()} did not come up: no address of the list answered{because}."),
            AssociationEnd.NoRoute => (
                _driver!.LastSendError is SocketError.NetworkUnreachable ? SocketError.NetworkUnreachable : SocketError.HostUnreachable,
                $"{Describe()} did not come up: this machine has no way to any address of the list ({_driver.LastSendError}){because}."),
            AssociationEnd.AbortedByPeer => (SocketError.ConnectionReset, $"{Describe()} was reset by the peer{because}."),
            AssociationEnd.Unreachable => (SocketError.TimedOut, $"{Describe()} was lost: no address of the peer answers any more{because}."),
            AssociationEnd.ProtocolViolation when !_established.Task.IsCompleted => (
                SocketError.ConnectionRefused, $"{Describe()} did not come up: the peer broke the protocol{because}."),
            AssociationEnd.ProtocolViolation => (SocketError.ConnectionReset, $"{Describe()} was ended: the peer broke the protocol{because}."),
            _ => (SocketError.ConnectionAborted, $"{Describe()} was aborted by this side{because}."),
        };
        End(ref completions);
    }

    /// <summary>The association has gone and its last packet was sent. Not under the lock.</summary>
    internal void OnGone() => _gone.TrySetResult();

    /// <summary>The association goes on, for another socket. What this one had queued and not read is void.</summary>
    internal void OnRestarted(ref Completions completions)
    {
        RememberStatus();
        _endError = SocketError.ConnectionReset;
        _endMessage = $"{Describe()} was reset: the peer restarted.";
        _detached = true;
        _events.Publish(new SctpAssociationRestarted(_associationId));
        End(ref completions);
        _gone.TrySetResult();
    }

    internal void OnReferencedAcknowledged(int length, ref Completions completions)
    {
        Volatile.Write(ref _acknowledgedReferencedBytes, _acknowledgedReferencedBytes + length);
        _notifier?.Signal(ObserverSignals.Acknowledged, ref completions);
    }

    private void End(ref Completions completions)
    {
        if (_over)
        {
            return;
        }
        _over = true;
        var reason = EndReason;
        if (reason is null)
        {
            _established.TrySetResult();
            _events.Publish(new SctpShutdownComplete(_associationId));
        }
        else
        {
            if (_established.TrySetException(reason))
            {
                // Nobody need wait for it.
                _ = _established.Task.Exception;
            }
            _events.Publish(new SctpAssociationLost(_associationId, reason));
        }
        _events.Complete();
        if (_log.LogsAssociations)
        {
            _log.AssociationEnded(_associationId, RemoteEndPointLocked(), reason?.Message);
        }
        FailSends(ref completions);
        FeedReceive(0, ref completions);
        _notifier?.Signal(ObserverSignals.Ended, ref completions);
    }

    /// <summary>The association in words, for errors.</summary>
    private string Describe()
    {
        var peer = _connectTarget ?? RemoteEndPointLocked();
        return $"The association {_associationId} with {peer}";
    }
}
