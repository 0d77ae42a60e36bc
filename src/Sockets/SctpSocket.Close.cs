using System.Net.Sockets;
using Kestrel.Sctp.UserSpace;

namespace Kestrel.Sctp;

public sealed partial class SctpSocket
{
    private Task _closed = Task.CompletedTask; // under the set-up lock

    /// <summary>
    /// Ends the association gracefully (RFC 9260, 9.2): what is queued is sent, then SHUTDOWN. Nothing can be sent after the
    /// call; what the peer still sends can be received.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; the shutdown goes on.</param>
    /// <returns>Completes when the association is gone: the peer has acknowledged everything.</returns>
    /// <exception cref="SctpException">The association ended in another way.</exception>
    public async ValueTask ShutdownAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var driver = RequireAssociation();
        AssociationDriver.Work work;
        lock (driver.Gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var now = driver.Stack.Timer.Now;
            if (!_over)
            {
                _shutdown = true;
                driver.Association.Shutdown(now);
            }
            work = driver.Settle(now);
            FailSends(ref work.Completions);
        }
        driver.Perform(work);
        await _gone.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (EndReason is { } reason)
        {
            throw reason;
        }
    }

    /// <summary>
    /// Ends the association at once, with an ABORT to the peer. What is queued and not yet read is lost; pending calls end with
    /// <see cref="SocketError.ConnectionAborted"/>. Without an association it does nothing.
    /// </summary>
    /// <param name="reason">Sent to the peer, who may show it.</param>
    public void Abort(string? reason = null)
    {
        if (_driver is not { } driver)
        {
            return;
        }
        AssociationDriver.Work work;
        lock (driver.Gate)
        {
            if (_over)
            {
                return;
            }
            _aborted = true;
            var now = driver.Stack.Timer.Now;
            driver.Association.Abort(reason, now);
            work = driver.Settle(now);
        }
        driver.Perform(work);
    }

    /// <summary>
    /// Closes the socket without waiting: what is queued goes out in the background, and the process does not exit before it
    /// has or <see cref="SctpOptions.CloseTimeout"/> is over. See the remarks on <see cref="SctpSocket"/>.
    /// </summary>
    public void Dispose() => BeginDispose();

    /// <summary>
    /// Closes the socket and waits until the association is gone, at most for <see cref="SctpOptions.CloseTimeout"/>; with the
    /// last socket of a stack, until the stack is.
    /// </summary>
    public ValueTask DisposeAsync() => new(BeginDispose());

    private Task BeginDispose()
    {
        lock (_setup)
        {
            if (!_disposed)
            {
                _disposed = true;
                _closed = Close();
            }
            return _closed;
        }
    }

    /// <summary>Under the set-up lock.</summary>
    private Task Close()
    {
        var gone = Task.CompletedTask;
        if (_acceptQueue is { } queue)
        {
            _stack!.Endpoint.Close(Binding!);
            foreach (var unaccepted in queue.Close())
            {
                unaccepted.Abort("the listener has closed");
                unaccepted.Dispose();
            }
        }
        if (_driver is { } driver)
        {
            gone = Close(driver);
        }
        _events.Complete();
        if (Binding is { } binding && !IsAccepted)
        {
            if (_driver is null)
            {
                _stack!.Bindings.FreePort(binding);
            }
            _stack!.Bindings.Release(binding);
        }
        var stackEnd = _stack is null ? Task.CompletedTask : StackRegistry.RemoveOwner(_stack);
        return stackEnd.IsCompleted ? gone : Task.WhenAll(gone, stackEnd);
    }

    private Task Close(AssociationDriver driver)
    {
        AssociationDriver.Work work;
        lock (driver.Gate)
        {
            var now = driver.Stack.Timer.Now;
            if (!_detached)
            {
                driver.BeginClose(now, Options.CloseTimeout);
            }
            Completions failed = default;
            FailSends(ref failed, new ObjectDisposedException(nameof(SctpSocket)));
            if (_receive is { IsPending: true } receive)
            {
                receive.Fail(new ObjectDisposedException(nameof(SctpSocket)), ref failed);
            }
            if (_established.TrySetException(new ObjectDisposedException(nameof(SctpSocket))))
            {
                _ = _established.Task.Exception;
            }
            work = driver.Settle(now);
            failed.Append(work.Completions);
            work.Completions = failed;
        }
        driver.Perform(work);
        return _gone.Task;
    }
}
