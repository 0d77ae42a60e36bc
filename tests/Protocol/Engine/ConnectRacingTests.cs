using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Racing set-up: the INIT goes to the next listed address before T1 of the one before has expired.</summary>
public class ConnectRacingTests
{
    private const string A = "10.0.0.2";
    private const string B = "10.0.1.2";
    private const string C = "10.0.2.2";
    private const long Delay = 250 * EngineTime.Millisecond;

    private static AssociationOptions Racing { get; } = new() { ConnectAttemptDelay = Delay };

    [Fact]
    public void A_dead_first_address_costs_one_attempt_delay()
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, [B]);
        var client = Client(network);
        server.Listen(7);
        var start = network.Now;
        var association = client.Connect(7, [A, B], Racing);
        network.Run(5 * EngineTime.Second);
        Assert.Equal(AssociationState.Established, association.State);
        Assert.Equal([(0, A), (Delay, B)], Inits(network, start));
    }

    [Fact]
    public void A_live_first_address_is_the_only_one_asked()
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, [A, B]);
        var client = Client(network);
        server.Listen(7);
        var start = network.Now;
        client.Connect(7, [A, B], Racing);
        network.Run(5 * EngineTime.Second);
        Assert.Equal([(0, A)], Inits(network, start));
    }

    [Fact]
    public void An_address_is_asked_again_only_after_its_own_T1()
    {
        var network = new VirtualNetwork();
        var client = Client(network);
        var start = network.Now;
        var association = client.Connect(7, [A, B, C], Racing);
        network.Run(1000 * EngineTime.Second);
        Assert.Equal(AssociationEnd.SetupTimedOut, association.End);
        Assert.Equal(
            [(0, A), (250, B), (500, C), (1_000, A), (1_250, B), (1_500, C), (3_000, A), (3_250, B), (3_500, C)],
            Inits(network, start).Select(init => ((int)(init.Time / EngineTime.Millisecond), init.Destination)));
    }

    [Fact]
    public void A_long_list_has_had_one_turn_each_before_the_second_round()
    {
        string[] listed = [.. Enumerable.Range(1, 8).Select(i => $"10.0.3.{i}")];
        var network = new VirtualNetwork();
        var client = Client(network);
        var start = network.Now;
        client.Connect(7, listed, Racing with { MaxInitRetransmits = 15 });
        network.Run(1000 * EngineTime.Second);
        var inits = Inits(network, start);
        Assert.Equal(listed.Concat(listed), inits.Select(init => init.Destination));
        Assert.Equal(Enumerable.Range(0, 16).Select(i => i * Delay), inits.Select(init => init.Time));
    }

    [Fact]
    public void One_address_alone_waits_for_its_T1()
    {
        var network = new VirtualNetwork();
        var client = Client(network);
        var start = network.Now;
        client.Connect(7, [A], Racing);
        network.Run(8 * EngineTime.Second);
        Assert.Equal([0, 1, 3, 7], Inits(network, start).Select(init => init.Time / EngineTime.Second));
    }

    [Fact]
    public void The_attempt_ends_when_the_last_T1_has_expired()
    {
        var network = new VirtualNetwork();
        var client = Client(network);
        var start = network.Now;
        var association = client.Connect(7, [A, B], Racing with { MaxInitRetransmits = 0 });
        network.RunUntil(() => association.State == AssociationState.Closed, 100 * EngineTime.Second);
        Assert.Equal(Delay + EngineTime.Second, network.Now - start);
    }

    // A live path slower than the attempt delay: the second INIT is on its way when the first one's answer comes, and reaches a
    // peer that is already up.
    [Theory]
    [InlineData(400)]
    [InlineData(700)]
    [InlineData(900)]
    public void A_late_INIT_reaches_a_peer_that_is_up(int milliseconds)
    {
        var network = new VirtualNetwork { Delay = milliseconds * EngineTime.Millisecond / 2 };
        var server = new Host(network, 1, [A, B]);
        var client = Client(network);
        server.Listen(7);
        var start = network.Now;
        var association = client.Connect(7, [A, B], Racing);
        network.Run(10 * EngineTime.Second);
        Assert.Equal([A, B], Inits(network, start).Take(2).Select(init => init.Destination));
        Assert.Equal(AssociationState.Established, association.State);
        var accepted = Assert.Single(server.Associations);
        Assert.Equal(AssociationState.Established, accepted.State);
        Assert.Single(client.Events[association], e => e.Kind == AssociationEventKind.Established);
        Assert.DoesNotContain(server.Events[accepted], e => e.Kind is AssociationEventKind.Restarted or AssociationEventKind.Ended);
        client.Send(association, [1, 2, 3]);
        network.Run(5 * EngineTime.Second);
        Assert.Equal([1, 2, 3], Assert.Single(server.Received[accepted]).Payload);

        // connectx 3.1
        Assert.Single(InitDatagrams(network).Select(datagram => Convert.ToHexString(datagram.Packet)).Distinct());
    }

    [Fact]
    public void An_address_that_cannot_be_sent_to_costs_nothing()
    {
        var network = new VirtualNetwork();
        var server = new Host(network, 1, [C]);
        var client = Client(network);
        server.Listen(7);
        var start = network.Now;
        var association = client.Connect(7, [A, B, C], Racing);
        client.Step(association, a => a.ReportSendFailure(Host.Address(A), Host.Address("10.0.0.1"), network.Now));
        network.Run(EngineTime.Second);
        Assert.Equal([(0, A), (0, B), (Delay, C)], Inits(network, start));
        Assert.Equal(AssociationState.Established, association.State);
    }

    // The first address may still answer when the last one can't be sent to, and is not asked again before its T1.
    [Fact]
    public void A_failed_send_does_not_end_what_may_still_be_answered()
    {
        var network = new VirtualNetwork();
        var client = Client(network);
        var start = network.Now;
        var association = client.Connect(7, [A, B], Racing with { MaxInitRetransmits = 0 });
        network.Run(Delay);
        client.Step(association, a => a.ReportSendFailure(Host.Address(B), Host.Address("10.0.0.1"), network.Now));
        Assert.Equal(AssociationState.CookieWait, association.State);
        network.RunUntil(() => association.State == AssociationState.Closed, 100 * EngineTime.Second);
        Assert.Equal(EngineTime.Second, network.Now - start);
        Assert.Equal(AssociationEnd.SetupTimedOut, association.End);
    }

    private static Host Client(VirtualNetwork network) => new(network, 2, ["10.0.0.1", "10.0.1.1"], udpPort: 40_000);

    private static List<(long Time, string Destination)> Inits(VirtualNetwork network, long start) =>
        [.. InitDatagrams(network).Select(datagram => (datagram.SentAt - start, datagram.Destination.ToString()))];

    private static IEnumerable<Datagram> InitDatagrams(VirtualNetwork network) =>
        network.Sent.Where(datagram => ScriptedPeer.TypesOf(datagram.Packet) is [ChunkType.Init]);
}
