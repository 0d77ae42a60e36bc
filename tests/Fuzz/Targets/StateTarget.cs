using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Protocol.Associations;

namespace Kestrel.Sctp.Fuzz.Targets;

/// <summary>
/// A script of a peer, a user and a clock, given to an engine whose association is in a state; in CLOSED the engine listens.
/// The invariants hold after each step.
/// </summary>
internal sealed class StateTarget(AssociationState state) : Target(NameOf(state))
{
    // Small enough to be filled, and to give up soon.
    private static readonly AssociationOptions _options = AssociationOptions.Default with
    {
        ReceiveBufferSize = 8_000,
        MaxInboundStreams = 8,
        OutboundStreams = 4,
        MaxPeerAddresses = 8,
        AssociationMaxRetransmits = 4,
        PathMaxRetransmits = 2,
        MaxInitRetransmits = 2,
        RtoMax = 4 * EngineTime.Second,
    };

    private readonly ScriptRunner _runner = new();

    public override IEnumerable<byte[]> Seeds => SeedScripts.For(state);

    public override byte[] Mutate(byte[] input, Random random) => ScriptRunner.Mutate(input, random);

    public override void Run(ReadOnlySpan<byte> input, StepMeter meter)
    {
        var engine = new EngineUnderTest(meter, Peer.EngineAddresses);
        var peer = new Peer(engine);
        peer.Bring(state, _options);
        _runner.Run(input, engine, peer);
    }

    private static string NameOf(AssociationState state) => state switch
    {
        AssociationState.Closed => "listening",
        AssociationState.CookieWait => "cookie-wait",
        AssociationState.CookieEchoed => "cookie-echoed",
        AssociationState.ShutdownPending => "shutdown-pending",
        AssociationState.ShutdownSent => "shutdown-sent",
        AssociationState.ShutdownReceived => "shutdown-received",
        AssociationState.ShutdownAckSent => "shutdown-ack-sent",
        _ => "established",
    };
}
