using Kestrel.Sctp.Protocol.Paths;

namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>
/// One attempt to set up an association, by INIT and then by COOKIE ECHO: whose turn it is, how often, and until when
/// (RFC 9260, 5.1; connectx 3.2 to 3.5). Forgotten once the association is up.
/// </summary>
/// <remarks>
/// T1 is per address. In strict order the next address has its turn when T1 of the one before has expired. In a race it has its
/// turn an attempt delay later, while T1 of those before still runs; an address is asked again only after its own T1, so that no
/// address gets more packets than in strict order.
/// </remarks>
internal sealed class SetupAttempt
{
    private AssociationOptions _options;
    private readonly List<Path> _destinations;
    private readonly long _attemptDelay;

    // Per destination: when its T1 expires.
    private readonly long[] _expiries;
    private int _failedLocally;
    private int _last;

    /// <param name="destinations">In the order of their turns.</param>
    /// <param name="options">The association's.</param>
    /// <param name="attemptDelay">How long the next destination waits for an answer from the one before; <see cref="EngineTime.Never"/>
    /// is strict order.</param>
    public SetupAttempt(List<Path> destinations, AssociationOptions options, long attemptDelay = EngineTime.Never)
    {
        _destinations = destinations;
        _options = options;
        _attemptDelay = attemptDelay;
        _expiries = new long[destinations.Count];
    }

    /// <summary>Packets of this phase that have left, or whose turn has passed.</summary>
    public int Attempts { get; private set; }

    public bool IsDue { get; private set; } = true;

    public long Deadline { get; private set; } = EngineTime.Never;

    public long SentAt { get; private set; }

    /// <summary>One of the destinations refused.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>For what is sent from now on; the timer that runs, runs on.</summary>
    public void UpdateOptions(AssociationOptions options) => _options = options;

    /// <summary>
    /// connectx 3.4: each address at least once, whatever Max.Init.Retransmits says; once only when one has refused (3.7).
    /// </summary>
    public int MaxAttempts => IsRefused ? _destinations.Count : Math.Max(_options.MaxInitRetransmits + 1, _destinations.Count);

    /// <summary>connectx 3.2: the listed addresses in order, round and round.</summary>
    public Path Destination => _destinations[Next];

    public Path LastDestination => _destinations[_last];

    private int Next => Attempts % _destinations.Count;

    /// <summary>The packet leaves: T1 runs, doubled once per full cycle (connectx 3.3).</summary>
    public void OnSent(long now)
    {
        var cycle = Math.Min(Attempts / _destinations.Count, 30);
        var max = _options.MaxInitTimeout > 0 ? Math.Min(_options.MaxInitTimeout, _options.RtoMax) : _options.RtoMax;
        var t1 = Math.Min(_options.RtoInitial << cycle, max);
        _last = Next;
        _expiries[_last] = now + t1;
        SentAt = now;
        IsDue = false;
        Attempts++;
        Deadline = Attempts < MaxAttempts ? Math.Max(now + Math.Min(t1, _attemptDelay), _expiries[Next]) : now + t1;
    }

    /// <summary>The next destination has its turn; false when there was the last attempt.</summary>
    public bool TryAgain()
    {
        Deadline = EngineTime.Never;
        IsDue = Attempts < MaxAttempts;
        return IsDue;
    }

    /// <summary>The last packet could not leave this machine (connectx 3.6). False when no address of a whole cycle could be sent to.</summary>
    public bool TryCountLocalFailure()
    {
        _expiries[_last] = 0;
        _failedLocally++;
        return _failedLocally < _destinations.Count;
    }

    /// <summary>
    /// The next address has its turn at once; if it was asked already, when its T1 has expired. False when there is none to ask
    /// and none that may still answer.
    /// </summary>
    public bool TryNextEarly(long now)
    {
        var wait = Attempts < MaxAttempts ? _expiries[Next] : _expiries.Max();
        if (wait <= now)
        {
            return TryAgain();
        }

        Deadline = wait;
        return true;
    }

    /// <summary>
    /// A destination that was asked has refused: the next not asked yet has its turn at once (connectx 3.7). False when there is
    /// none, and none that may still answer.
    /// </summary>
    public bool TryGoOnWithout(Path refused, long now)
    {
        var index = _destinations.IndexOf(refused);
        if (index < 0 || index >= Attempts)
        {
            // Not of this attempt: an answer to one before.
            return true;
        }

        IsRefused = true;
        _expiries[index] = 0;
        return IsDue || TryNextEarly(now);
    }

    /// <summary>A packet did leave: failures count only while they follow one another.</summary>
    public void ForgetLocalFailures() => _failedLocally = 0;
}
