using Kestrel.Sctp.Protocol;

namespace Kestrel.Sctp.Simulation.Plans;

/// <summary>
/// Whether the associations of a plan outlast whatever happens in it: nobody ends or loses one on purpose, and the troubles
/// are shorter by far than the retransmissions go on. Then each must end gracefully, with everything delivered.
/// </summary>
internal static class Patience
{
    private const int MinRetransmits = 20;

    // Each step down to the PMTU costs a retransmission.
    private const int MaxSteps = 3;
    private const double MaxLoss = 0.16;
    private const long Margin = 10 * EngineTime.Second;
    private static readonly EndpointOptions _default = new();

    public static bool IsEnough(Plan plan)
    {
        long outage = 0, delays = 0;
        var (taken, mtu) = (0, int.MaxValue / MaxSteps);
        foreach (var action in plan.Actions)
        {
            switch (action)
            {
                case Abort or Vanish or Restart or Rebind:
                    return false;
                case AddHost add when !IsHarmless(add.Options):
                    return false;
                case Connect connect when !plan.Actions.Any(other => IsAnswer(other, connect)):
                    return false;
                case SetLink set when !IsHarmless(set.Link):
                    return false;
                case SetLink { Link.Mtu: > 0 } set:
                    mtu = Math.Min(mtu, set.Link.Mtu);
                    break;
                case Cut { Reported: true }:
                    // To the set-up no route anywhere is an answer.
                    return false;
                case Cut cut:
                    outage += cut.For.Microseconds;
                    break;
                case Suspend suspend:
                    outage += suspend.For.Microseconds;
                    break;
                case Take take:
                    taken += take.Count;
                    break;
                case JumpClock jump:
                    delays += jump.By.Microseconds;
                    taken++;
                    break;
                case StopReading stop:
                    delays += stop.For.Microseconds;
                    break;
            }
        }

        return plan.Actions.All(action => action switch
        {
            Listen listen => Outlasts(listen.Options, outage, delays, taken, mtu),
            Connect connect => Outlasts(connect.Options, outage, delays, taken, mtu),
            _ => true,
        });
    }

    // Somebody listens where it goes, or connects from there.
    private static bool IsAnswer(PlannedAction action, Connect connect) => action switch
    {
        Listen listen => listen.Host == connect.Peer && listen.Port == connect.Port && listen.At.Microseconds <= connect.At.Microseconds,
        Connect back => back.Host == connect.Peer && back.LocalPort == connect.Port && back.Peer == connect.Host && back.Port == connect.LocalPort,
        _ => false,
    };

    // A limit that is lower than usual is there to be reached.
    private static bool IsHarmless(EndpointOptions options) =>
        options with { CookieKeyLifetime = _default.CookieKeyLifetime } == _default && options.CookieKeyLifetime >= 600 * EngineTime.Second;

    private static bool IsHarmless(LinkSettings link)
    {
        var (bad, good) = (link.BurstLength.Microseconds, link.BurstInterval.Microseconds);
        var inBursts = bad == 0 ? 0 : link.BurstLoss * bad / (bad + good);
        return link.Loss + link.Corruption + inBursts <= MaxLoss
            && bad <= EngineTime.Second
            && link.Delay.Microseconds + link.Jitter.Microseconds + link.ReorderingDelay.Microseconds <= 2 * EngineTime.Second
            && link.Bandwidth is 0 or >= 20_000
            && link.Queue is >= 3_000 and <= 64 * 1024;
    }

    private static bool Outlasts(AssociationOptions options, long outage, long delays, int taken, int mtu)
    {
        var initMax = options.MaxInitTimeout > 0 ? Math.Min(options.MaxInitTimeout, options.RtoMax) : options.RtoMax;
        var guard = options.ShutdownGuard > 0 ? options.ShutdownGuard : 5 * options.RtoMax;
        var needed = 4 * (outage + Margin);
        return options.AssociationMaxRetransmits >= MinRetransmits + (2 * taken)
            && options.MaxInitRetransmits >= MinRetransmits + (2 * taken)
            && Sum(options.RtoMin, options.RtoMax, options.AssociationMaxRetransmits) >= needed
            && Sum(options.RtoInitial, initMax, options.MaxInitRetransmits) >= needed
            && options.InitialPathMtu <= MaxSteps * mtu
            && options.CookieLifetime >= 10 * EngineTime.Second
            && guard >= (4 * (outage + delays)) + (12 * 3_600 * EngineTime.Second);
    }

    // As if three paths failed in turn.
    private static long Sum(long first, long most, int count)
    {
        long sum = 0;
        for (var i = 0; i < count; i++)
        {
            sum += Math.Min(first << Math.Min(i / 3, 30), most);
        }

        return sum;
    }
}
