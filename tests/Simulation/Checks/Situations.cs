namespace Kestrel.Sctp.Simulation;

/// <summary>What happened in a run, for those who ask whether the simulation gets that far.</summary>
[Flags]
internal enum Situations : ulong
{
    None = 0,
    Established = 1 << 0,
    SimultaneousSetup = 1 << 1,
    StaleCookie = 1 << 2,
    PeerRestarted = 1 << 3,
    GracefulEnd = 1 << 4,
    AbortedByPeer = 1 << 5,
    Refused = 1 << 6,
    SetupTimedOut = 1 << 7,
    Unreachable = 1 << 8,
    NoRoute = 1 << 9,
    SimultaneousShutdown = 1 << 10,
    ShutdownSentAgain = 1 << 11,
    ZeroWindow = 1 << 12,
    WindowProbe = 1 << 13,
    Reneged = 1 << 14,
    DuplicateReported = 1 << 15,
    FastRetransmit = 1 << 16,
    TimeoutRetransmit = 1 << 17,
    RetransmitToOtherPath = 1 << 18,
    PathInactive = 1 << 19,
    PathActiveAgain = 1 << 20,
    PathConfirmed = 1 << 21,
    PartialDelivery = 1 << 22,
    TsnWrapped = 1 << 23,
    SsnWrapped = 1 << 24,
    StreamsLimited = 1 << 25,
    PmtuLowered = 1 << 26,
    OversizedRetransmit = 1 << 27,
    QueueOverflow = 1 << 28,
    OldDuplicateMadeAssociation = 1 << 29,
    PrimaryChanged = 1 << 30,
}
