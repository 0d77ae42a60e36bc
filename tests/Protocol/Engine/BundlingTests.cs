using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>What may stand in one packet, and in what order (RFC 9260, 6.10). Each packet of each test is checked for it too.</summary>
public class BundlingTests : ScriptedTest
{
    private const int MaxPacket = 1_280 - 20 - 8;

    [Fact]
    [Trait("Requirement", "R-88")]
    public void R_88_control_chunks_stand_before_DATA_and_DATA_by_TSN()
    {
        Establish();
        Peer.SendData(Tsn);
        Forget();
        Association.Send(default, new System.Buffers.ReadOnlySequence<byte>(new byte[101]), null);
        Association.Send(new Sending.SendInfo(1, 0, true), new System.Buffers.ReadOnlySequence<byte>(new byte[102]), null);
        Peer.Send((ref PacketWriter w) =>
        {
            HeartbeatChunk.Write(ref w, ChunkType.Heartbeat, [1, 2, 3]);
            ScriptedPeer.WriteData(ref w, Tsn + 2, 10, ssn: 2);
            w.BeginChunk((ChunkType)0xFE, 0);
            w.EndChunk();
        });
        var packet = Assert.Single(Sent());
        Assert.Equal(
            [ChunkType.HeartbeatAck, ChunkType.Error, ChunkType.Sack, ChunkType.Data, ChunkType.Data], ScriptedPeer.TypesOf(packet.Packet));
        Assert.Equal([FirstTsn, FirstTsn + 1], DataIn([packet]).Select(chunk => chunk.Tsn));
    }

    [Fact]
    [Trait("Requirement", "R-88")]
    public void R_88_retransmissions_and_new_data_in_one_packet_are_in_increasing_TSN()
    {
        Establish(Quiet with { MaxBurst = 0 });
        for (var i = 0; i < 12; i++)
        {
            SendMessage(100);
        }

        Forget();
        Peer.SendSack(FirstTsn, 1024 * 1024, new GapBlock(2, 2), new GapBlock(4, 4), new GapBlock(6, 7));
        Network.Run(EngineTime.Second + 1);
        var again = SentData();
        Assert.Equal([2, 4, 6, 9, 10, 11, 12], again.Select(chunk => chunk.Tsn - FirstTsn + 1));
        Assert.All(again, chunk => Assert.Equal(0, chunk.Packet));
    }

    [Fact]
    [Trait("Requirement", "R-88")]
    public void R_88_no_DATA_leaves_with_SHUTDOWN_SHUTDOWN_ACK_or_ABORT()
    {
        Establish();
        SendMessage(100);
        Host.Step(Association, a => a.Shutdown(Network.Now));
        Forget();
        Peer.SendSack(FirstTsn);
        Assert.Equal([ChunkType.Shutdown], SentTypes());

        Establish();
        SendMessage(100);
        Forget();
        Peer.Send((ref PacketWriter w) => ShutdownChunk.Write(ref w, FirstTsn));
        Assert.Equal([ChunkType.ShutdownAck], SentTypes());

        Establish();
        Association.Send(default, new System.Buffers.ReadOnlySequence<byte>(new byte[100]), null);
        Forget();
        Host.Step(Association, a => a.Abort("enough", Network.Now));
        Assert.Equal([ChunkType.Abort], SentTypes());
    }

    /// <summary>Control chunks of every size before messages of every size: no packet outgrows the path, and padding is 0.</summary>
    [Theory]
    [Trait("Requirement", "R-88")]
    [InlineData(576)]
    [InlineData(1_280)]
    [InlineData(1_500)]
    [InlineData(9_000)]
    public void R_88_no_packet_is_larger_than_the_PMTU_and_its_padding_is_0(int mtu)
    {
        Establish(Quiet with { InitialPathMtu = mtu, MaxBurst = 0 });
        var expected = 0;
        for (var length = 1; length < 3_000; length += length < 40 ? 1 : 37)
        {
            // The buffer was used before: what lies in it must not leave as padding.
            var info = new byte[length % 700];
            Array.Fill(info, (byte)0xEE);
            Peer.SendInBatch(Association.LocalTag, (ref PacketWriter w) => HeartbeatChunk.Write(ref w, ChunkType.Heartbeat, info));
            var message = new byte[length];
            Array.Fill(message, (byte)0xDD);
            Host.Send(Association, message);
            expected += length;
            foreach (var datagram in Sent())
            {
                Assert.InRange(datagram.Packet.Length, 16, mtu - 28);
                AssertPadded(datagram.Packet);
            }

            Peer.SendSack(Association.SentChunks.NextTsn - 1);
            AssertAllPadded();
        }

        Assert.Equal(expected, Host.Released[Association].Sum(message => message.Length));
        Assert.All(Host.Released[Association], message => Assert.True(message.Acknowledged));

        void AssertAllPadded()
        {
            foreach (var datagram in Sent())
            {
                Assert.InRange(datagram.Packet.Length, 16, mtu - 28);
                AssertPadded(datagram.Packet);
            }
        }
    }

    [Fact]
    [Trait("Requirement", "R-88")]
    [Trait("Requirement", "R-59")]
    public void R_88_the_longest_SACK_and_replies_fit_the_packet_together()
    {
        Establish();
        Peer.SendData(Tsn);
        for (var i = 1u; i < 400; i++)
        {
            Peer.SendInBatch(Association.LocalTag, (ref PacketWriter w) => ScriptedPeer.WriteData(ref w, Tsn + (2 * i), 1, ssn: (ushort)(2 * i)));
        }

        Forget();
        Peer.Send((ref PacketWriter w) =>
        {
            for (var i = 0; i < 10; i++)
            {
                HeartbeatChunk.Write(ref w, ChunkType.Heartbeat, new byte[50]);
                ScriptedPeer.WriteData(ref w, Tsn, 1);
            }
        });
        Assert.All(Sent(), datagram => Assert.InRange(datagram.Packet.Length, 16, MaxPacket));
    }

    private static void AssertPadded(byte[] packet)
    {
        for (var offset = PacketHeader.Size; offset < packet.Length;)
        {
            var length = (packet[offset + 2] << 8) | packet[offset + 3];
            var end = (offset + length + 3) & ~3;
            Assert.All(packet[(offset + length)..end], value => Assert.Equal(0, value));
            offset = end;
        }
    }
}
