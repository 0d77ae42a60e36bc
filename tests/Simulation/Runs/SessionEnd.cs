using Kestrel.Sctp.Simulation.Plans;

namespace Kestrel.Sctp.Simulation.Runs;

/// <summary>The application at one end of a session.</summary>
internal sealed class SessionEnd(int session, int host)
{
    public int Session => session;

    public int Host => host;

    /// <summary>The latest association of the session here; null before the first.</summary>
    public Life? Life { get; set; }

    public bool Reads { get; set; } = true;

    /// <summary>Messages still to be answered.</summary>
    public int Echoes { get; set; }

    /// <summary>What is to be done once there is an association.</summary>
    public Queue<PlannedAction> Waiting { get; } = [];
}
