using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using static Kestrel.Sctp.Protocol.Tests.Engine.SetupPackets;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Both ends connect at about the same time (RFC 9260, 5.2.1, 5.2.4): one association comes of it.</summary>
public class ConnectxCollisionTests
{
    // How much later the second end starts: before the first INIT arrives, between any two packets, at the same moment.
    private static readonly int[] _delays = [0, 1, 5, 9, 10, 11, 15, 19, 20, 21, 25, 29, 30, 31, 35];

    public static TheoryData<int, bool, bool> Cases
    {
        get
        {
            var cases = new TheoryData<int, bool, bool>();
            foreach (var delay in _delays)
            {
                if (delay < 10)
                {
                    // Later the INIT meets nobody who would take it.
                    cases.Add(delay, false, false);
                }

                cases.Add(delay, true, false);
                cases.Add(delay, false, true);
                cases.Add(delay, true, true);
            }

            return cases;
        }
    }

    [Theory, Trait("Requirement", "CX-38"), Trait("Requirement", "R-38")]
    [MemberData(nameof(Cases))]
    public void CX_38_both_connect_and_whichever_packet_is_lost_one_association_comes_up(int delay, bool listening, bool deadFirst)
    {
        var packets = Collide(delay, listening, deadFirst, []);
        for (var lost = 0; lost < packets; lost++)
        {
            Collide(delay, listening, deadFirst, [lost]);
        }
    }

    [Theory, Trait("Requirement", "CX-38"), Trait("Requirement", "R-38")]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(15)]
    [InlineData(25)]
    public void CX_38_whichever_two_packets_are_lost_one_association_comes_up(int delay)
    {
        for (var first = 0; first < 8; first++)
        {
            for (var second = first + 1; second < 12; second++)
            {
                Collide(delay, true, false, [first, second]);
            }
        }
    }

    [Fact, Trait("Requirement", "CX-38"), Trait("Requirement", "R-38")]
    public void CX_38_the_INIT_ACK_repeats_our_INIT_and_goes_to_the_source()
    {
        var peer = new SetupPeer(["10.0.0.2", "10.0.1.2"]);
        var a = peer.Connect();
        var deadline = a.NextDeadline;
        var init = SetupPacket.From(peer.Network.Sent[0])[ChunkType.Init];
        foreach (var source in peer.Addresses)
        {
            var initAck = Assert.Single(peer.SendRaw(source, Packet(7, 5000, 0, peer.Init(peer.AddressList))));
            Assert.Equal(("InitAck", source, SetupPeer.Tag), (initAck.Types, initAck.Destination, initAck.Header.VerificationTag));
            Assert.Equal(init.Value[..16], initAck.Chunks[0].Value[..16]);
            Assert.Equal(init.Parameters.Where(p => p.Type == 5), initAck.Chunks[0].Parameters.Where(p => p.Type == 5), Same);
        }

        Assert.Equal((AssociationState.CookieWait, deadline), (a.State, a.NextDeadline));
    }

    [Fact, Trait("Requirement", "CX-38"), Trait("Requirement", "R-38")]
    public void CX_38_an_INIT_from_an_unlisted_source_is_answered_to_a_listed_address_of_the_peers()
    {
        // RFC 9260, 5.2.1, rules 1 and 2: passed by our user, and reported by the INIT.
        var peer = new SetupPeer(["10.0.0.2", "10.0.1.2"]);
        var a = peer.Connect(null, "10.0.1.2", "10.0.2.2");
        var initAck = Assert.Single(peer.SendRaw("10.0.0.2", Packet(7, 5000, 0, peer.Init(peer.AddressList))));
        Assert.Equal(("InitAck", "10.0.1.2"), (initAck.Types, initAck.Destination));

        peer.Send(CookieEcho(initAck.Chunks[0].Cookie));
        Assert.Equal(AssociationState.Established, a.State);
        Assert.Equal(2, a.PathCount);
        Assert.Equal(["10.0.1.2"], Enumerable.Range(0, 2).Select(i => a.GetPath(i)).Where(p => p.State == Paths.PathState.Active).Select(p => p.Remote.ToString()));
    }

    [Fact, Trait("Requirement", "CX-38")]
    public void CX_38_an_INIT_that_reports_no_listed_address_meets_no_attempt()
    {
        var peer = new SetupPeer(["10.0.0.2"]);
        peer.Connect(null, "10.0.2.2");
        Assert.Equal("Abort", Assert.Single(peer.SendTagged(0, peer.Init())).Types);
    }

    private static bool Same((int, byte[]) x, (int, byte[]) y) => x.Item1 == y.Item1 && x.Item2.AsSpan().SequenceEqual(y.Item2);

    private static int Collide(int delay, bool listening, bool deadFirst, int[] lost)
    {
        var network = new VirtualNetwork();
        var left = new Host(network, 1, ["10.0.0.1", "10.0.1.1"]);
        var right = new Host(network, 2, ["10.0.0.2", "10.0.1.2"]);
        if (listening)
        {
            left.Listen(5000);
            right.Listen(5000);
        }

        var count = 0;
        network.Drop = _ => lost.Contains(count++);
        var a = left.Connect(5000, deadFirst ? ["10.0.9.9", "10.0.1.2", "10.0.0.2"] : ["10.0.0.2", "10.0.1.2"]);
        network.Run(delay * EngineTime.Millisecond);
        Association? b = null;
        if (right.Associations.Count == 0)
        {
            b = right.Connect(5000, ["10.0.0.1", "10.0.1.1"]);
        }

        var (leftId, rightId) = (a.Id, b?.Id);
        network.Run(8 * EngineTime.Second);
        var packets = count;
        var story = $"delay {delay} listening {listening} dead {deadFirst} lost {string.Join(',', lost)}: " + string.Join("\n", network.Sent.Select(
            d => $"{d.SentAt / 1000} {d.Source}>{d.Destination} {SetupPacket.From(d).Header.VerificationTag:X} {SetupPacket.From(d).Types}"));
        b ??= right.Associations[0];
        Assert.True(a.State == AssociationState.Established && b.State == AssociationState.Established, $"{a.State} {b.State} {story}");
        Assert.True((a.LocalTag, a.PeerTag) == (b.PeerTag, b.LocalTag), story);
        Assert.True((left.Endpoint.AssociationCount, right.Endpoint.AssociationCount) == (1, 1), story);
        Assert.True((left.Associations.Count, right.Associations.Count) == (1, 1), story);
        Assert.Equal(leftId, a.Id);
        Assert.Equal(rightId ?? b.Id, b.Id);
        Assert.True(left.Events[a].Count(e => e.Kind == AssociationEventKind.Established) == 1, story);
        Assert.True(right.Events[b].Count(e => e.Kind == AssociationEventKind.Established) == 1, story);

        left.Send(a, [1, 2, 3]);
        right.Send(b, [4, 5]);
        network.Run(5 * EngineTime.Second);
        Assert.True(right.Received[b] is [{ Payload: [1, 2, 3] }] && left.Received[a] is [{ Payload: [4, 5] }], story);
        return packets;
    }
}
