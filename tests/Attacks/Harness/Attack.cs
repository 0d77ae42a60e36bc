namespace Kestrel.Sctp.Attacks.Harness;

/// <summary>
/// How much may come back for what is sent (RFC 5062, sections 5 to 10): at most so many packets for each packet, and at most so many bytes
/// more than were sent for each. Both for each single request, and over the whole attack.
/// </summary>
/// <param name="Packets">Replies to one packet.</param>
/// <param name="ExtraBytes">Bytes of the replies to one packet, beyond its own. 0: never more than was sent.</param>
/// <param name="Why">Where the number comes from.</param>
internal sealed record AmplificationBound(int Packets, int ExtraBytes, string Why);

/// <summary>One way to do harm, bounded in packets.</summary>
internal abstract class Attack
{
    /// <summary>For the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What is done, for the table.</summary>
    public abstract string Description { get; }

    public abstract AmplificationBound Bound { get; }

    /// <summary>It waits for minutes: it is run once, and not in the shortened form.</summary>
    public virtual bool TakesMinutes => false;

    /// <summary>Runs on a thread of its own, and ends all it has begun.</summary>
    public abstract void Run(AttackContext context);
}
