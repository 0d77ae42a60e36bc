namespace Kestrel.Sctp.Simulation.Drawing;

/// <summary>Draws the engine's options within what they may be; for patient associations within what outlasts a bad network.</summary>
internal sealed class OptionsDrawer(Random random, bool patient)
{
    private const long Day = 86_400 * EngineTime.Second;

    public AssociationOptions Association()
    {
        var min = patient
            ? random.Pick(EngineTime.Second, 200 * EngineTime.Millisecond, 500 * EngineTime.Millisecond, 50 * EngineTime.Millisecond)
            : random.Pick(EngineTime.Second, 200 * EngineTime.Millisecond, 20 * EngineTime.Millisecond, EngineTime.Millisecond);
        var max = patient
            ? random.Pick(10, 20, 60) * EngineTime.Second
            : Math.Max(min, random.Pick(60, 10, 3, 1, 0) * EngineTime.Second);
        var small = random.Chance(0.03);
        return new AssociationOptions
        {
            RtoMin = min,
            RtoMax = max,
            RtoInitial = random.Pick(min, Math.Clamp(EngineTime.Second, min, max), Math.Clamp(3 * EngineTime.Second, min, max), patient ? min : max),
            MaxInitTimeout = patient || random.Chance(0.8) ? 0 : random.Pick(min, max, 500 * EngineTime.Millisecond),
            MaxInitRetransmits = patient ? random.Next(30, 60) : random.Pick(8, 0, 1, 3, 20),
            ConnectAttemptDelay = random.Chance(0.3) ? random.Pick(50, 250, 2_000) * EngineTime.Millisecond : 0,
            AssociationMaxRetransmits = patient ? random.Next(30, 60) : random.Pick(10, 0, 1, 4, 20),
            PathMaxRetransmits = random.Pick(5, 0, 1, 2, 10),
            // Without an interval an unconfirmed path is probed each RTO, whatever comes of it.
            HeartbeatInterval = max < EngineTime.Second ? 5 * EngineTime.Second : Heartbeat(),
            HeartbeatMaxBurst = random.Pick(1, 1, 2, 4),
            SackDelay = random.Pick(200, 0, 20, 500) * EngineTime.Millisecond,
            SackFrequency = random.Pick(2, 2, 2, 1, 3, 10),
            MaxBurst = random.Pick(4, 4, 1, 2, 16, 0),
            OutboundStreams = (ushort)Streams(),
            MaxInboundStreams = (ushort)Streams(),
            ReceiveBufferSize = random.Pick(1024 * 1024, 1024 * 1024, 256 * 1024, 64 * 1024, 16 * 1024, 8 * 1024, 4 * 1024),
            MaxOutOfOrderChunks = random.Pick(65_535, 65_535, 65_535, 20, 1),
            MaxPartialMessages = random.Pick(4_096, 4_096, 4_096, 3, 1),
            MaxOrderedOutstanding = random.Next(8) == 0 ? random.Pick(1, 2, 100) : ushort.MaxValue,
            MaxTsnsOutstanding = random.Next(8) == 0 ? random.Pick(1, 5, 100) : int.MaxValue,
            MaxMessageSize = small ? 100 : random.Pick(16 * 1024 * 1024, 16 * 1024 * 1024, 16 * 1024 * 1024, 64 * 1024, 1_000, 1),
            CookieLifetime = patient ? random.Pick(60, 20, 3_600) * EngineTime.Second : random.Pick(60, 1, 5) * EngineTime.Second,
            MaxPeerAddresses = random.Pick(64, 64, 64, 64, 2, 1),
            InitialPathMtu = random.Pick(1_280, 1_280, 1_500, 576, 9_000, random.Next(576, 3_000), 65_535),
            MaxSegmentSize = small ? random.Pick(1, 3, 16) : random.Chance(0.15) ? random.Pick(200, 500, 1_452) : 0,
            NoDelay = random.Chance(0.7),
            ShutdownGuard = patient ? Day : random.Pick(0, 0, EngineTime.Second, 10 * EngineTime.Second),
        };
    }

    public EndpointOptions Endpoint() => patient || random.Chance(0.7)
        ? new EndpointOptions { CookieKeyLifetime = random.Pick(3_600, 600, Day / EngineTime.Second) * EngineTime.Second }
        : new EndpointOptions
        {
            MaxAssociations = random.Pick(65_536, 1, 2),
            OutOfTheBlueRepliesPerSecond = random.Pick(1_000, 0, 1),
            CookieKeyLifetime = random.Pick(3_600, 60, 5) * EngineTime.Second,
        };

    // Beats that come fast make a run long: seldom.
    private long Heartbeat() => random.Next(20) switch
    {
        < 6 => 30 * EngineTime.Second,
        < 10 => 5 * EngineTime.Second,
        < 13 => EngineTime.Second,
        < 15 => Day,
        < 18 => 0,
        _ => 100 * EngineTime.Millisecond,
    };

    private int Streams() => random.Next(10) switch
    {
        < 5 => random.Next(1, 20),
        < 7 => 1,
        < 9 => random.Next(20, 1_000),
        _ => 65_535,
    };
}
