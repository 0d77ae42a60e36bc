namespace Kestrel.Sctp.UserSpace;

/// <summary>
/// Which INITs are worked on. To answer one takes many times what it takes to drop it, and anybody can send them under ever other source
/// addresses: when a receive thread is behind, they are what goes, before the system drops the packets of live associations. T1-init sends
/// them again. A few are taken all the same, for what the thread is behind with may be no flood of INITs but a load that lasts.
/// </summary>
internal sealed class InitGate(ReceiveBacklog backlog)
{
    /// <summary>INITs taken in one second while the thread is behind: a hundredth of its time or less.</summary>
    public const int TakenBehindPerSecond = 100;

    private long _second = -1;
    private int _taken;

    /// <param name="now">Milliseconds of a monotonic clock.</param>
    public bool MayPass(long now)
    {
        if (!backlog.IsHalfFull)
        {
            return true;
        }
        var second = now / 1_000;
        if (second != _second)
        {
            _second = second;
            _taken = 0;
        }
        return _taken++ < TakenBehindPerSecond;
    }
}
