using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>An association that has ended is dead, however it ended; and a clock that jumps wakes nobody twice.</summary>
public class AfterTheEndTests
{
    private const string A = "10.0.0.2";
    private const string B = "10.0.1.2";
    private const long Hour = 3_600 * EngineTime.Second;

    public static TheoryData<string> States => [.. Enum.GetNames<AssociationState>().Except([nameof(AssociationState.Closed)])];

    /// <summary>The ways to end, from each state: abort, the peer's ABORT, no answer, a violation, and a shutdown that goes through.</summary>
    [Fact, Trait("Requirement", "R-106")]
    public void R_106_no_event_follows_the_end_whatever_the_user_asks_for()
    {
        var peer = new SetupPeer(["10.0.0.2", "10.0.1.2"]);
        var a = peer.BringTo(AssociationState.Established);
        peer.Host.Step(a, x => x.Abort(null, peer.Network.Now));
        peer.Host.Step(a, x => Assert.False(x.SetPrimary(Host.Address("10.0.1.2"))));
        Assert.Equal(AssociationEventKind.Ended, peer.Host.Events[a][^1].Kind);
    }

    [Theory, Trait("Requirement", "R-106")]
    [MemberData(nameof(States))]
    public void R_106_however_it_ended_no_timer_runs_and_nothing_is_sent_ever(string state)
    {
        (string Name, Action<SetupPeer, Association> End)[] ends =
        [
            ("own abort", (peer, a) => peer.Host.Step(a, x => x.Abort("enough", peer.Network.Now))),
            ("ABORT", (peer, _) => peer.Send(Abort())),
            ("no answer", (peer, a) => peer.Network.RunUntil(() => a.State == AssociationState.Closed, 100 * Hour)),
            ("violation", (peer, _) => peer.Send(Data(SetupPeer.InitialTsn, []))),
            ("INIT ACK with tag 0", (peer, _) => peer.Send(SetupPackets.Init(ChunkType.InitAck, 0, 0, 0, 0, 0, Cookie(1)))),
            ("shutdown", (peer, a) =>
            {
                peer.Host.Step(a, x => x.Shutdown(peer.Network.Now));
                peer.Send(Sack(peer.HostTsn));
                peer.Send(ShutdownAck());
            }),
        ];
        var ended = 0;
        foreach (var (name, end) in ends)
        {
            var peer = new SetupPeer([A, B]);
            var a = peer.BringTo(Enum.Parse<AssociationState>(state));
            end(peer, a);
            if (a.State != AssociationState.Closed)
            {
                // Not every packet ends it in every state.
                continue;
            }

            ended++;
            peer.Take();
            Assert.Equal(EngineTime.Never, a.NextDeadline);
            peer.Host.Step(a, x =>
            {
                x.HandleTimers(peer.Network.Now + Hour);
                x.Shutdown(peer.Network.Now);
                x.Abort("late", peer.Network.Now);
                x.ReportSendFailure(Host.Address(A), Host.Address("10.0.0.1"), peer.Network.Now);
                x.ReportTooBig(Host.Address(A), 600);
                Assert.NotEqual(Sending.SendStatus.Queued, x.Send(default, new System.Buffers.ReadOnlySequence<byte>([1]), null));
            });

            // What the endpoint would no longer deliver to it, delivered all the same: it was on its way in another thread.
            foreach (var chunk in TagsTests.WellFormedChunks(peer))
            {
                foreach (var tag in (uint[])[peer.HostTag, SetupPeer.Tag, 0])
                {
                    peer.Host.Step(a, x => x.Receive(
                        new PacketInfo(Host.Address(A), Host.Address("10.0.0.1"), 9899), Packet(7, 5000, tag, chunk), peer.Network.Now));
                }
            }

            peer.Network.Run(10 * Hour);
            Assert.True(peer.Take().Count == 0, name);
            Assert.Equal((EngineTime.Never, AssociationState.Closed), (a.NextDeadline, a.State));
            Assert.Single(peer.Host.Events[a], e => e.Kind == AssociationEventKind.Ended);
            Assert.Equal(0, peer.Host.Endpoint.AssociationCount);
        }

        Assert.InRange(ended, 3, ends.Length);
    }

    /// <summary>The machine sleeps for an hour in whatever state: what was due fires once, and one answer to it follows.</summary>
    [Theory, Trait("Requirement", "R-106")]
    [MemberData(nameof(States))]
    public void R_106_an_hour_of_sleep_causes_no_burst(string state)
    {
        var peer = new SetupPeer([A, B]);
        var options = new AssociationOptions { ShutdownGuard = 10 * Hour, MaxBurst = 0 };
        var a = peer.BringTo(Enum.Parse<AssociationState>(state), options);
        if (a.IsSendable)
        {
            for (var i = 0; i < 20; i++)
            {
                a.Send(default, new System.Buffers.ReadOnlySequence<byte>(new byte[500]), null);
            }

            peer.Host.Drain(a);
            peer.Take();
        }

        // One for each timer that was due, and a HEARTBEAT for each path; each names what is due next, in the future.
        var awake = peer.Network.Now + Hour;
        a.HandleTimers(awake);
        Assert.InRange(Transmit(a, awake), 1, 4);
        Assert.True(a.NextDeadline > awake);
        a.HandleTimers(awake);
        Assert.Equal(0, Transmit(a, awake));
        Assert.Equal(state, a.State.ToString());
        Assert.All(Enumerable.Range(0, a.PathCount), i => Assert.InRange(a.GetPath(i).ErrorCount, 0, 2));
    }

    private static int Transmit(Association a, long now)
    {
        var packets = 0;
        var buffer = new byte[128 * 1024];
        while (a.TryTransmit(now, buffer, out var transmit))
        {
            packets += (transmit.Length + transmit.SegmentSize - 1) / transmit.SegmentSize;
        }

        return packets;
    }

    /// <summary>The peer keeps its address and ports, and both ends begin anew: what was on its way from before changes nothing.</summary>
    [Theory, Trait("Requirement", "R-129"), Trait("Requirement", "R-72")]
    [InlineData(true)]
    [InlineData(false)]
    public void R_129_after_a_restart_too_nothing_of_before_counts(bool restart)
    {
        var peer = new SetupPeer([A]);
        peer.Host.Listen(5000);
        var old = SetUp(peer, SetupPeer.Tag, 1_000);
        peer.Send(Data(1_000, [1]));
        var (oldTag, oldTsn) = (peer.HostTag, peer.HostTsn);
        peer.Host.Send(old, [9]);
        if (!restart)
        {
            peer.Send(Abort());
            Assert.Equal(AssociationState.Closed, old.State);
        }

        var b = SetUp(peer, 0x7777, 5_000);
        Assert.Equal(restart, ReferenceEquals(old, b));
        var received = peer.Host.Received[b].Count;
        peer.Take();
        foreach (var tag in (uint[])[oldTag, SetupPeer.Tag])
        {
            foreach (var chunk in (byte[][])
                [Data(1_001, [2], ssn: 1), Data(5_000, [2]), Sack(oldTsn), Abort(), Abort(true), Shutdown(oldTsn), ShutdownAck(), ShutdownComplete(), ShutdownComplete(true), HeartbeatAck(1, 2, 3)])
            {
                peer.SendTagged(tag, chunk);
                Assert.Equal(AssociationState.Established, b.State);
            }
        }

        Assert.Equal(received, peer.Host.Received[b].Count);
        Assert.Equal(0, b.SentChunks.Count);
        peer.Host.Step(b, x => x.HandleTimers(peer.Network.Now));
        peer.Take();

        // Its own numbers count from its own beginning.
        peer.HostTag = b.LocalTag;
        Assert.NotEmpty(peer.Send(Data(5_000, [3])));
        Assert.Equal([3], peer.Host.Received[b][^1].Payload);
        peer.Send(Data(5_000, [3]));
        Assert.Equal(received + 1, peer.Host.Received[b].Count);
        Assert.Equal(AssociationState.Established, b.State);
    }

    private static Association SetUp(SetupPeer peer, uint tag, uint tsn)
    {
        var initAck = peer.SendTagged(0, SetupPackets.Init(ChunkType.Init, tag, 100_000, 10, 10, tsn)).Single(packet => packet.Has(ChunkType.InitAck));
        peer.Send(CookieEcho(initAck[ChunkType.InitAck].Cookie));
        Assert.Equal((AssociationState.Established, tag), (peer.Association.State, peer.Association.PeerTag));
        return peer.Association;
    }
}
