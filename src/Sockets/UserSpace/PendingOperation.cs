using System.Threading.Tasks.Sources;

namespace Kestrel.Sctp.UserSpace;

/// <summary>
/// Something to complete once no lock is held. Decided under its owner's lock and linked into a <see cref="Completions"/>;
/// told outside of it.
/// </summary>
internal abstract class PendingOperation
{
    internal PendingOperation? NextCompleted;

    public abstract void Complete();
}

/// <summary>Operations decided under a lock, in order, waiting to be completed outside.</summary>
internal struct Completions
{
    private PendingOperation? _first;
    private PendingOperation? _last;

    public readonly bool IsEmpty => _first is null;

    public void Add(PendingOperation operation)
    {
        if (_last is null)
        {
            _first = operation;
        }
        else
        {
            _last.NextCompleted = operation;
        }
        _last = operation;
    }

    public void Append(in Completions others)
    {
        if (others._first is null)
        {
            return;
        }
        if (_last is null)
        {
            _first = others._first;
        }
        else
        {
            _last.NextCompleted = others._first;
        }
        _last = others._last;
    }

    /// <summary>Not under a lock.</summary>
    public void CompleteAll()
    {
        var operation = _first;
        _first = _last = null;
        while (operation is not null)
        {
            // A completed operation may be started again at once: the link is read before.
            var next = operation.NextCompleted;
            operation.NextCompleted = null;
            operation.Complete();
            operation = next;
        }
    }
}

/// <summary>A value task that is used again: one caller at a time, from <see cref="Begin"/> to the read of its result.</summary>
internal abstract class PendingOperation<T> : PendingOperation, IValueTaskSource<T>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<T> _core;
    private CancellationTokenRegistration _registration;
    private T? _result;
    private Exception? _error;
    private volatile bool _busy;

    protected PendingOperation(bool inline) => _core.RunContinuationsAsynchronously = !inline;

    /// <summary>Started and not decided yet. Under the owner's lock.</summary>
    public bool IsPending { get; private set; }

    /// <summary>Started, and its result not read yet. Set under the owner's lock.</summary>
    public bool IsBusy => _busy;

    /// <summary>Under the owner's lock.</summary>
    protected void Begin()
    {
        _core.Reset();
        _result = default;
        _error = null;
        IsPending = true;
        _busy = true;
    }

    /// <summary>Decides the result, under the owner's lock; the caller completes what is in the list.</summary>
    public void Finish(T result, ref Completions completions)
    {
        IsPending = false;
        _result = result;
        completions.Add(this);
    }

    /// <summary>Decides that it failed, under the owner's lock.</summary>
    public void Fail(Exception error, ref Completions completions)
    {
        IsPending = false;
        _error = error;
        completions.Add(this);
    }

    /// <summary>
    /// Outside the owner's lock, after <see cref="Begin"/>: a token cancelled already calls back at once.
    /// </summary>
    public void CancelWith(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(static (state, token) => ((PendingOperation<T>)state!).OnCanceled(token), this);
        }
    }

    public ValueTask<T> AsValueTask() => new(this, _core.Version);

    public ValueTask AsUntypedValueTask() => new((IValueTaskSource)this, _core.Version);

    public sealed override void Complete()
    {
        if (_error is { } error)
        {
            _core.SetException(error);
        }
        else
        {
            _core.SetResult(_result!);
        }
    }

    public T GetResult(short token)
    {
        // A callback that runs now must not meet the operation's next use: waits for it.
        _registration.Dispose();
        _registration = default;
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _result = default;
            _error = null;
            OnRead();
        }
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>Takes the owner's lock and, if the operation is still pending, takes it back.</summary>
    protected abstract void OnCanceled(CancellationToken cancellationToken);

    /// <summary>The result was read; the operation may be used again.</summary>
    protected virtual void OnRead() => _busy = false;
}
