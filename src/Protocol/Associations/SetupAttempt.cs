using Kestrel.Sctp.Protocol.Paths;

namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>
/// One attempt to set up an association, by INIT and then by COOKIE ECHO: whose turn it is, how often, and until when
/// (RFC 9260, 5.1; connectx 3.2 to 3.5). Forgotten once the association is up.
/// </summary>
internal sealed class SetupAttempt
{
    private AssociationOptions _options;
    private readonly List<Path> _destinations;
    private int _failedLocally;

    public SetupAttempt(List<Path> destinations, AssociationOptions options)
    {
        _destinations = destinations;
        _options = options;
    }

    /// <summary>Packets of this phase that have left, or whose turn has passed.</summary>
    public int Attempts { get; private set; }

    public bool IsDue { get; private set; } = true;

    public long Deadline { get; private set; } = EngineTime.Never;

    public long SentAt { get; private set; }

    /// <summary>For what is sent from now on; the timer that runs, runs on.</summary>
    public void UpdateOptions(AssociationOptions options) => _options = options;

    /// <summary>connectx 3.4: each address at least once, whatever Max.Init.Retransmits says.</summary>
    public int MaxAttempts => Math.Max(_options.MaxInitRetransmits + 1, _destinations.Count);

    /// <summary>connectx 3.2: the listed addresses in order, round and round.</summary>
    public Path Destination => _destinations[Attempts % _destinations.Count];

    public Path LastDestination => _destinations[(Attempts - 1) % _destinations.Count];

    /// <summary>The packet leaves: T1 runs, doubled once per full cycle (connectx 3.3).</summary>
    public void OnSent(long now)
    {
        var cycle = Math.Min(Attempts / _destinations.Count, 30);
        var max = _options.MaxInitTimeout > 0 ? Math.Min(_options.MaxInitTimeout, _options.RtoMax) : _options.RtoMax;
        Deadline = now + Math.Min(_options.RtoInitial << cycle, max);
        SentAt = now;
        IsDue = false;
        Attempts++;
    }

    /// <summary>T1 expired; false when that was the last attempt.</summary>
    public bool TryAgain()
    {
        Deadline = EngineTime.Never;
        IsDue = Attempts < MaxAttempts;
        return IsDue;
    }

    /// <summary>
    /// The packet could not leave this machine: the next address has its turn at once (connectx 3.6). False when no address
    /// of a whole cycle could be sent to.
    /// </summary>
    public bool TryNextAfterLocalFailure(IPAddressValue remote)
    {
        if (Attempts == 0 || IsDue || LastDestination.Remote != remote)
        {
            return true;
        }

        _failedLocally++;
        return _failedLocally < _destinations.Count;
    }

    /// <summary>A packet did leave: failures count only while they follow one another.</summary>
    public void ForgetLocalFailures() => _failedLocally = 0;
}
