namespace Kestrel.Sctp.Simulation.Plans;

/// <summary>
/// Something that is done in a run, and when. It says all that it needs by value, so that a plan means the same whatever
/// else is deleted from it; what it names and is not there, or not any more, it leaves alone. Hosts count from 1, sessions too.
/// </summary>
internal abstract record PlannedAction
{
    /// <summary>By the network's clock, since its begin.</summary>
    public Duration At { get; init; }
}

/// <summary>A machine with an address in each of some nets: 10.net.0.host.</summary>
internal sealed record AddHost : PlannedAction
{
    public int Host { get; init; } = 1;
    public int Addresses { get; init; } = 1;
    public ushort UdpPort { get; init; } = 9899;

    /// <summary>Of its randomness.</summary>
    public int Seed { get; init; }

    /// <summary>TSNs and tags begin just below the wrap-around.</summary>
    public bool NearWrap { get; init; }

    /// <summary>How far its clock is ahead.</summary>
    public Duration ClockOffset { get; init; }

    /// <summary>The applications' buffers for reading; 0 for as large as the message.</summary>
    public int ReadSize { get; init; }

    /// <summary>How long packets wait for each other before their answers leave.</summary>
    public Duration Lag { get; init; }

    public EndpointOptions Options { get; init; } = new();
}

/// <summary>Takes associations on a port, from now on and after a restart.</summary>
internal sealed record Listen : PlannedAction
{
    public int Host { get; init; } = 1;
    public ushort Port { get; init; } = 7;
    public AssociationOptions Options { get; init; } = AssociationOptions.Default;
}

/// <summary>Begins a session, or connects it anew, or from its other end.</summary>
internal sealed record Connect : PlannedAction
{
    public int Session { get; init; } = 1;
    public int Host { get; init; } = 1;
    public int Peer { get; init; } = 2;
    public ushort LocalPort { get; init; } = 5_000;
    public ushort Port { get; init; } = 7;

    /// <summary>How many of the peer's addresses are listed.</summary>
    public int Listed { get; init; } = 1;

    public AssociationOptions Options { get; init; } = AssociationOptions.Default;
}

/// <summary>What the links are like from now on: those from one host to another, or of one net, or all (0 and -1 stand for any).</summary>
internal sealed record SetLink : PlannedAction
{
    public int From { get; init; }
    public int To { get; init; }
    public int Net { get; init; } = -1;
    public LinkSettings Link { get; init; } = LinkSettings.Default;
}

/// <summary>Nothing passes the links for a while.</summary>
internal sealed record Cut : PlannedAction
{
    public int From { get; init; }
    public int To { get; init; }
    public int Net { get; init; } = -1;
    public Duration For { get; init; }
    public bool OneWay { get; init; }

    /// <summary>Who sends is told that there is no route.</summary>
    public bool Reported { get; init; }
}

/// <summary>Takes so many datagrams off each of the links, after so many that pass.</summary>
internal sealed record Take : PlannedAction
{
    public int From { get; init; }
    public int To { get; init; }
    public int Net { get; init; } = -1;
    public int Skip { get; init; }
    public int Count { get; init; } = 1;
}

/// <summary>Sends messages, as soon as there is an association.</summary>
internal sealed record Send : PlannedAction
{
    public int Session { get; init; } = 1;
    public int Host { get; init; } = 1;
    public int Count { get; init; } = 1;
    public int Size { get; init; } = 1;

    /// <summary>Each of another size, up to <see cref="Size"/>.</summary>
    public bool Varied { get; init; }

    /// <summary>-1 for all of them in turn.</summary>
    public int Stream { get; init; } = -1;

    public bool Unordered { get; init; }
}

/// <summary>Answers so many messages, each with one of its size.</summary>
internal sealed record Echo : PlannedAction
{
    public int Session { get; init; } = 1;
    public int Host { get; init; } = 1;
    public int Rounds { get; init; } = 1;
}

/// <summary>Stops reading for a while, or reads in drops.</summary>
internal sealed record StopReading : PlannedAction
{
    public int Session { get; init; } = 1;
    public int Host { get; init; } = 1;
    public Duration For { get; init; }

    /// <summary>Bytes read each <see cref="Every"/> meanwhile; 0 for none.</summary>
    public int Drops { get; init; }

    public Duration Every { get; init; } = Duration.Seconds(1);
}

/// <summary>Closes gracefully.</summary>
internal sealed record Shutdown : PlannedAction
{
    public int Session { get; init; } = 1;
    public int Host { get; init; } = 1;
}

internal sealed record Abort : PlannedAction
{
    public int Session { get; init; } = 1;
    public int Host { get; init; } = 1;
}

internal sealed record SetPrimary : PlannedAction
{
    public int Session { get; init; } = 1;
    public int Host { get; init; } = 1;
    public int Path { get; init; }
}

/// <summary>The machine is gone, without a word.</summary>
internal sealed record Vanish : PlannedAction
{
    public int Host { get; init; } = 1;
}

/// <summary>The machine loses all it knows, and listens again.</summary>
internal sealed record Restart : PlannedAction
{
    public int Host { get; init; } = 1;
    public int Seed { get; init; }
}

/// <summary>The machine's clock leaps, or that of all (0).</summary>
internal sealed record JumpClock : PlannedAction
{
    public int Host { get; init; }
    public Duration By { get; init; }
}

/// <summary>The machine is suspended, and its clock goes on.</summary>
internal sealed record Suspend : PlannedAction
{
    public int Host { get; init; } = 1;
    public Duration For { get; init; }

    /// <summary>Datagrams that wait for it; the others are lost.</summary>
    public int Keeps { get; init; }
}

/// <summary>A NAT in front of the machine gives it another UDP port.</summary>
internal sealed record Rebind : PlannedAction
{
    public int Host { get; init; } = 1;
    public ushort UdpPort { get; init; } = 9899;
}

/// <summary>The end of the plan: from here on the network is as good as one can be, readers read, and what is left is shut down.</summary>
internal sealed record End : PlannedAction;
