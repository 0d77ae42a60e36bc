using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>RFC 7829: data leaves a path with the first sign of failure, and comes back when the path answers.</summary>
public class PotentiallyFailedTests : ScriptedTest
{
    private static readonly IPAddressValue _second = Host.Address("10.0.1.9");

    private static readonly AssociationOptions _fast = Quiet with { PotentiallyFailedMaxRetransmits = 0 };

    private Paths.Path Primary => Association.Paths[0];

    private Paths.Path Other => Association.Paths[1];

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_3_2_rule_2_one_timeout_makes_a_path_potentially_failed()
    {
        EstablishWithTwoPaths(_fast);
        FailOnce();
        Assert.Equal(PathState.PotentiallyFailed, Primary.State);
        Assert.Equal(1, Primary.ErrorCount);
        var told = Assert.Single(Host.Events[Association], e => e.Kind == AssociationEventKind.PathPotentiallyFailed);
        Assert.Equal(Peer.Address, told.Address);
        Assert.Equal(PathState.PotentiallyFailed, Association.GetPath(0).State);
        Assert.Equal(AssociationState.Established, Association.State);
    }

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_PFMR_says_how_many_timeouts_it_takes()
    {
        EstablishWithTwoPaths(_fast with { PotentiallyFailedMaxRetransmits = 1 });
        FailOnce();
        Assert.Equal((PathState.Active, 1), (Primary.State, Primary.ErrorCount));
        Peer.SendSack(FirstTsn);
        SendMessage(100);
        Assert.Equal(Peer.Address, Assert.Single(SentData()).Destination);
        RunToNextTimeout(Primary);
        Assert.Equal((PathState.PotentiallyFailed, 2), (Primary.State, Primary.ErrorCount));
    }

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_without_the_state_a_path_goes_from_active_to_inactive()
    {
        EstablishWithTwoPaths(_fast with { PotentiallyFailedMaxRetransmits = 5 });
        FailOnce();
        Assert.Equal(PathState.Active, Primary.State);
        Peer.SendSack(FirstTsn);
        for (var i = 1u; Primary.State == PathState.Active; i++)
        {
            SendMessage(100);
            RunToNextTimeout(Primary);
            Peer.SendSack(FirstTsn + i);
        }

        Assert.Equal((PathState.Inactive, 6), (Primary.State, Primary.ErrorCount));
        Assert.DoesNotContain(Host.Events[Association], e => e.Kind == AssociationEventKind.PathPotentiallyFailed);
    }

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_3_2_rule_3_new_data_takes_an_active_path()
    {
        EstablishWithTwoPaths(_fast);
        FailOnce();
        Peer.SendSack(FirstTsn);
        Forget();
        SendMessage(100);
        Assert.Equal(_second, Assert.Single(SentData()).Destination);
    }

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_3_2_rule_4_with_none_active_the_one_with_the_fewest_errors_is_taken_and_nothing_changes_by_it()
    {
        EstablishWithTwoPaths(_fast);
        FailOnce();
        RunToNextTimeout(Other);
        Assert.Equal((PathState.PotentiallyFailed, PathState.PotentiallyFailed), (Primary.State, Other.State));
        var expected = Primary.ErrorCount < Other.ErrorCount ? Primary : Other;
        var before = (Primary.State, Primary.ErrorCount, Other.State, Other.ErrorCount);
        Assert.Same(expected, Association.Paths.DataPath);
        Assert.Equal(before, (Primary.State, Primary.ErrorCount, Other.State, Other.ErrorCount));
    }

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_3_2_rules_5_and_6_a_HEARTBEAT_leaves_at_once_and_then_once_per_RTO()
    {
        EstablishWithTwoPaths(_fast);
        SendMessage(100);
        Forget();
        RunToNextTimeout(Primary);
        Peer.SendSack(FirstTsn);
        for (var errors = 1; errors <= 4; errors++)
        {
            Assert.Equal((PathState.PotentiallyFailed, errors), (Primary.State, Primary.ErrorCount));
            var (heartbeats, answerBy) = (HeartbeatsTo(Peer.Address), Primary.Heartbeat.AnswerDeadline);
            Assert.Equal(1, heartbeats);
            Assert.Equal(Network.Now + Primary.Rto.Rto, answerBy);
            Network.Run(answerBy - Network.Now);
        }
    }

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_3_2_rule_5_no_HEARTBEAT_where_they_are_switched_off()
    {
        EstablishWithTwoPaths(_fast with { HeartbeatInterval = 0 });
        FailOnce();
        Assert.Equal(PathState.PotentiallyFailed, Primary.State);
        Peer.SendSack(FirstTsn);
        Network.Run(100 * EngineTime.Second);
        Assert.Equal(0, HeartbeatsTo(Peer.Address));
    }

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_3_2_rule_7_a_HEARTBEAT_ACK_brings_the_path_and_its_data_back()
    {
        EstablishWithTwoPaths(_fast);
        SendMessage(100);
        Forget();
        RunToNextTimeout(Primary);
        Peer.SendSack(FirstTsn);
        AnswerHeartbeats(Peer.Address);
        Assert.Equal((PathState.Active, 0), (Primary.State, Primary.ErrorCount));
        Assert.Contains(Host.Events[Association], e => e.Kind == AssociationEventKind.PathActive && e.Address == Peer.Address);

        // Not with the window of before (RFC 9260, 7.2.3).
        Assert.Equal(Primary.MaxChunkSize, Primary.Congestion.Window);
        Forget();
        SendMessage(100);
        Assert.Equal(Peer.Address, Assert.Single(SentData()).Destination);
    }

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_3_2_rule_8_errors_beyond_Path_Max_Retrans_make_it_inactive()
    {
        EstablishWithTwoPaths(_fast);
        FailOnce();
        Peer.SendSack(FirstTsn);
        Network.RunUntil(() => Primary.State == PathState.Inactive, 1_000 * EngineTime.Second);
        Assert.Equal((PathState.Inactive, 6), (Primary.State, Primary.ErrorCount));
        Assert.Contains(Host.Events[Association], e => e.Kind == AssociationEventKind.PathInactive && e.Address == Peer.Address);
        Forget();

        // And it is asked at the pace of HB.interval again.
        Network.Run(_fast.HeartbeatInterval / 2);
        Assert.Equal(0, HeartbeatsTo(Peer.Address));
    }

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_3_2_rule_9_an_ambiguous_acknowledgement_brings_nothing_back()
    {
        EstablishWithTwoPaths(_fast);
        FailOnce();
        RunToNextTimeout(Other);
        Assert.Equal(PathState.PotentiallyFailed, Other.State);

        // The one message went to both.
        Peer.SendSack(FirstTsn);
        Assert.Equal((PathState.PotentiallyFailed, PathState.PotentiallyFailed), (Primary.State, Other.State));
        Assert.True(Primary.ErrorCount > 0 && Other.ErrorCount > 0);
    }

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_3_2_rule_10_an_acknowledgement_of_data_sent_to_one_address_alone_does()
    {
        EstablishWithTwoPaths(_fast);
        FailOnce();
        RunToNextTimeout(Other);
        Peer.SendSack(FirstTsn);
        Forget();
        SendMessage(100);
        var to = Assert.Single(SentData()).Destination;
        Peer.SendSack(FirstTsn + 1);
        Assert.Equal((PathState.Active, 0), (Association.Paths.Find(to)!.State, Association.Paths.Find(to)!.ErrorCount));
    }

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_4_1_dormant_data_takes_the_inactive_path_with_the_fewest_errors()
    {
        EstablishWithTwoPaths(_fast with { AssociationMaxRetransmits = 100 });
        SendMessage(100);
        Network.RunUntil(() => Primary.State == PathState.Inactive && Other.State == PathState.Inactive, 3_000 * EngineTime.Second);
        Assert.Equal(AssociationState.Established, Association.State);
        var sent = new List<IPAddressValue>();
        Forget();
        for (var i = 0; i < 10; i++)
        {
            var fewest = Math.Min(Primary.ErrorCount, Other.ErrorCount);
            Assert.Equal(fewest, Association.Paths.DataPath.ErrorCount);
            Network.RunUntil(() => Network.Sent.Count > SeenCount, 200 * EngineTime.Second);
            sent.AddRange(SentData().Select(data => data.Destination));
        }

        // Counted on above Path.Max.Retrans, they take turns; and choosing one changes no state.
        Assert.True(sent.Distinct().Count() == 2, "one path alone was tried");
        Assert.True(Primary.ErrorCount > 6 && Other.ErrorCount > 6);
        Assert.Equal((PathState.Inactive, PathState.Inactive), (Primary.State, Other.State));
    }

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_5_the_primary_path_stays_the_primary_path_unless_asked()
    {
        EstablishWithTwoPaths(_fast);
        FailOnce();
        Assert.Same(Primary, Association.Paths.Primary);
    }

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_5_beyond_PSMR_the_path_that_carries_data_is_the_primary_one()
    {
        EstablishWithTwoPaths(_fast with { PrimarySwitchoverMaxRetransmits = 0 });
        SendMessage(100);
        Forget();
        RunToNextTimeout(Primary);
        Assert.Same(Other, Association.Paths.Primary);
        Assert.Contains(Host.Events[Association], e => e.Kind == AssociationEventKind.PrimaryChanged && e.Address == _second);

        // It stays when the old one is back.
        Peer.SendSack(FirstTsn);
        AnswerHeartbeats(Peer.Address);
        Assert.Equal(PathState.Active, Primary.State);
        Forget();
        SendMessage(100);
        Assert.Equal(_second, Assert.Single(SentData()).Destination);
    }

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_PSMR_above_PFMR_leaves_the_primary_path_a_while()
    {
        EstablishWithTwoPaths(_fast with { PrimarySwitchoverMaxRetransmits = 2 });
        FailOnce();
        Peer.SendSack(FirstTsn);
        Assert.Same(Primary, Association.Paths.Primary);
        Network.RunUntil(() => Primary.ErrorCount == 2, 100 * EngineTime.Second);
        Assert.Same(Primary, Association.Paths.Primary);
        Network.RunUntil(() => Primary.ErrorCount == 3, 100 * EngineTime.Second);
        Assert.Same(Other, Association.Paths.Primary);
    }

    [Fact, Trait("Requirement", "R-105")]
    public void R_105_one_address_alone_never_potentially_fails()
    {
        Establish(_fast);
        SendMessage(100);
        RunToNextTimeout(Association.Paths[0]);
        Assert.Equal((PathState.Active, 1), (Association.Paths[0].State, Association.Paths[0].ErrorCount));
        Assert.DoesNotContain(Host.Events[Association], e => e.Kind == AssociationEventKind.PathPotentiallyFailed);
        Assert.DoesNotContain(ChunkType.Heartbeat, SentTypes());
    }

    private void FailOnce()
    {
        SendMessage(100);
        RunToNextTimeout(Primary);
        Forget();
    }

    private void RunToNextTimeout(Paths.Path path)
    {
        var errors = path.ErrorCount;
        Assert.True(Network.RunUntil(() => path.ErrorCount > errors, 200 * EngineTime.Second));
    }

    private int HeartbeatsTo(IPAddressValue address)
    {
        var count = Network.Sent.Skip(SeenCount).Where(d => d.Destination == address).Sum(d => ScriptedPeer.TypesOf(d.Packet).Count(t => t == ChunkType.Heartbeat));
        Forget();
        return count;
    }
}
