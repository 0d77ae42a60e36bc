using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>How many numbers may be in use at once (RFC 9260, 6.1), with limits that a test can reach.</summary>
public class SendWindowNumbersTests : ScriptedTest
{
    [Fact]
    [Trait("Requirement", "R-87")]
    public void R_87_the_limits_are_those_of_the_numbers()
    {
        Assert.Equal(65_535, AssociationOptions.Default.MaxOrderedOutstanding);
        Assert.Equal(int.MaxValue, AssociationOptions.Default.MaxTsnsOutstanding);
    }

    [Fact]
    [Trait("Requirement", "R-87")]
    public void R_87_ordered_messages_outstanding_on_one_stream_are_limited()
    {
        Establish(Quiet with { MaxOrderedOutstanding = 3 });
        for (var i = 0; i < 10; i++)
        {
            SendMessage(10, stream: 1);
        }

        Assert.Equal([0, 1, 2], SentData().Select(chunk => (int)chunk.StreamSequence));

        // Only what is acknowledged cumulatively has left the send window.
        Peer.SendSack(FirstTsn - 1, 1024 * 1024, new GapBlock(2, 3));
        Assert.Empty(SentData());
        Peer.SendSack(FirstTsn + 1);
        Assert.Equal([3, 4], SentData().Select(chunk => (int)chunk.StreamSequence));
        Peer.SendSack(FirstTsn + 4);
        Assert.Equal([5, 6, 7], SentData().Select(chunk => (int)chunk.StreamSequence));
    }

    [Fact]
    [Trait("Requirement", "R-87")]
    public void R_87_each_stream_has_its_own_count_and_unordered_messages_none()
    {
        Establish(Quiet with { MaxOrderedOutstanding = 1 });
        SendMessage(10);
        SendMessage(10, stream: 1);
        SendMessage(10, unordered: true);
        SendMessage(10, unordered: true);
        Assert.Equal(4, SentData().Count);
        SendMessage(10);
        Assert.Empty(SentData());
    }

    [Fact]
    [Trait("Requirement", "R-87")]
    public void R_87_the_fragments_of_a_message_begun_are_not_held_back()
    {
        Establish(Quiet with { MaxOrderedOutstanding = 1 });
        SendMessage(3_000);
        SendMessage(10);
        Assert.Equal(3, SentData().Count);
        Peer.SendSack(FirstTsn + 1);
        Assert.Empty(SentData());
        Peer.SendSack(FirstTsn + 2);
        Assert.Single(SentData());
    }

    [Fact]
    [Trait("Requirement", "R-87")]
    public void R_87_TSNs_outstanding_are_limited()
    {
        Establish(Quiet with { MaxTsnsOutstanding = 4, MaxBurst = 0 });
        for (var i = 0; i < 10; i++)
        {
            SendMessage(10, stream: (ushort)i);
        }

        Assert.Equal(FirstTsn + 3, SentData()[^1].Tsn);

        // What is reported by gap blocks is still in the window: the lowest TSN has not moved.
        Peer.SendSack(FirstTsn - 1, 1024 * 1024, new GapBlock(2, 4));
        Assert.Empty(SentData());
        Peer.SendSack(FirstTsn);
        Assert.Equal([FirstTsn + 4], SentData().Select(chunk => chunk.Tsn));
        Peer.SendSack(FirstTsn + 4);
        Assert.Equal([FirstTsn + 5, FirstTsn + 6, FirstTsn + 7, FirstTsn + 8], SentData().Select(chunk => chunk.Tsn));
        Peer.SendSack(FirstTsn + 8);
        Peer.SendSack(FirstTsn + 9);
        Assert.Equal(0, Association.BufferedBytes);
    }
}
