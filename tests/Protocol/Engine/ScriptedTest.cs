using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;
using Kestrel.Sctp.Protocol.Wire.Chunks;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

internal readonly record struct SackSeen(uint CumulativeTsn, uint Window, GapBlock[] Gaps, uint[] Duplicates);

internal readonly record struct DataSeen(
    uint Tsn, int Length, ushort StreamId, ushort StreamSequence, byte Flags, IPAddressValue Destination, int Packet, long SentAt);

/// <summary>One engine and a peer that says what the test says: packets in, packets out.</summary>
public abstract class ScriptedTest
{
    private protected const byte Begin = ChunkFlags.DataBegin;
    private protected const byte End = ChunkFlags.DataEnd;
    private protected const byte Whole = Begin | End;
    private protected const byte Unordered = ChunkFlags.DataUnordered;

    // The first TSNs of both ends: the next but one is 0.
    private const uint JustBelowWrap = uint.MaxValue - 1;

    private int _seen;

    /// <summary>The TSNs of both ends begin just below the wrap-around (requirements R-14).</summary>
    private protected virtual bool IsNearWrap => false;

    /// <summary>The first TSN of the peer.</summary>
    private protected uint Tsn => IsNearWrap ? JustBelowWrap : ScriptedPeer.InitialTsn;

    private protected VirtualNetwork Network { get; } = new();

    private protected Host Host { get; private set; } = null!;

    private protected ScriptedPeer Peer { get; private set; } = null!;

    private protected Association Association { get; private set; } = null!;

    /// <summary>The first TSN of the engine.</summary>
    private protected uint FirstTsn { get; private set; }

    /// <summary>Time must not run to a heartbeat unless a test is about them, and data stays on its path as RFC 9260 alone has it.</summary>
    private protected static AssociationOptions Quiet { get; } =
        new() { HeartbeatInterval = 3_600 * EngineTime.Second, PotentiallyFailedMaxRetransmits = byte.MaxValue };

    private protected void Establish(AssociationOptions? options = null, uint window = 1024 * 1024, params string[] otherAddresses)
    {
        // With one address on either side a timeout changes no address, and the window rules stand alone.
        var random = IsNearWrap ? new FirstTsnRandom(JustBelowWrap) : new SeededRandom(1);
        Host = new Host(Network, random, otherAddresses.Length == 0 ? ["10.0.0.2"] : ["10.0.0.2", "10.0.1.2"]);
        Host.Listen(7, options ?? Quiet);
        Peer = new ScriptedPeer(Network, Host) { FirstTsn = Tsn };
        Peer.SendInit(window, addresses: otherAddresses);
        var cookie = ScriptedPeer.CookieOf(Peer.Received()[^1], out var tag);
        Peer.Send(tag, (ref PacketWriter w) => CookieEchoChunk.Write(ref w, cookie));
        Association = Peer.Association;
        Assert.Equal(AssociationState.Established, Association.State);
        FirstTsn = Association.SentChunks.NextTsn;
        Assert.True(!IsNearWrap || FirstTsn == JustBelowWrap);
        Forget();
    }

    /// <summary>Like <see cref="Establish"/>, with a second address that has answered its HEARTBEAT.</summary>
    private protected void EstablishWithTwoPaths(AssociationOptions? options = null, uint window = 1024 * 1024)
    {
        Establish(options, window, "10.0.1.9");
        Network.Run(EngineTime.Millisecond);
        AnswerHeartbeats();
        Assert.True(Association.Paths[1].IsConfirmed);
        Forget();
    }

    /// <summary>Echoes the HEARTBEATs sent since the last look, from where they were sent to. Returns how many.</summary>
    private protected int AnswerHeartbeats(IPAddressValue? only = null)
    {
        var answers = 0;
        foreach (var datagram in Network.Sent.Skip(_seen).Where(datagram => only is null || datagram.Destination == only).ToArray())
        {
            foreach (var chunk in new ChunkReader(datagram.Packet))
            {
                if (chunk.Type == ChunkType.Heartbeat)
                {
                    var info = chunk.Value.ToArray();
                    Peer.Send(Association.LocalTag, (ref PacketWriter w) => HeartbeatChunk.WriteAck(ref w, info), datagram.Destination);
                    answers++;
                }
            }
        }

        return answers;
    }

    /// <summary>Packets sent before the last look.</summary>
    private protected int SeenCount => _seen;

    private protected void Forget() => _seen = Network.Sent.Count;

    /// <summary>Packets sent since the last look, to whatever address.</summary>
    private protected List<Datagram> Sent()
    {
        var sent = Network.Sent.Skip(_seen).ToList();
        _seen = Network.Sent.Count;
        return sent;
    }

    private protected List<ChunkType> SentTypes() => [.. Sent().SelectMany(datagram => ScriptedPeer.TypesOf(datagram.Packet))];

    private protected List<SackSeen> SentSacks() => SacksIn(Sent());

    private protected List<DataSeen> SentData() => DataIn(Sent());

    private protected static List<SackSeen> SacksIn(List<Datagram> datagrams)
    {
        var sacks = new List<SackSeen>();
        foreach (var datagram in datagrams)
        {
            foreach (var chunk in new ChunkReader(datagram.Packet))
            {
                if (SackChunk.TryRead(chunk, out var sack))
                {
                    var gaps = new GapBlock[sack.GapBlockCount];
                    for (var i = 0; i < gaps.Length; i++)
                    {
                        gaps[i] = sack.GapBlock(i);
                    }

                    var duplicates = new uint[sack.DuplicateCount];
                    for (var i = 0; i < duplicates.Length; i++)
                    {
                        duplicates[i] = sack.Duplicate(i);
                    }

                    sacks.Add(new SackSeen(sack.CumulativeTsn, sack.AdvertisedReceiverWindow, gaps, duplicates));
                }
            }
        }

        return sacks;
    }

    private protected static List<DataSeen> DataIn(List<Datagram> datagrams)
    {
        var seen = new List<DataSeen>();
        for (var i = 0; i < datagrams.Count; i++)
        {
            foreach (var chunk in new ChunkReader(datagrams[i].Packet))
            {
                if (DataChunk.TryRead(chunk, out var data))
                {
                    seen.Add(new DataSeen(
                        data.Tsn, data.Payload.Length, data.StreamId, data.StreamSequence, data.Flags, datagrams[i].Destination, i, datagrams[i].SentAt));
                }
            }
        }

        return seen;
    }

    /// <summary>The association ended by our ABORT with this cause.</summary>
    private protected void AssertAborted(CauseCode cause)
    {
        Assert.Equal(AssociationEnd.ProtocolViolation, Association.End);
        var packet = Sent()[^1].Packet;
        var chunks = new ChunkReader(packet);
        Assert.True(chunks.MoveNext());
        Assert.True(AbortChunk.TryRead(chunks.Current, out var abort), PacketTrace.Of(packet));
        Assert.False(abort.TagReflected);
        var causes = new CauseReader(abort.Causes);
        Assert.True(causes.MoveNext());
        Assert.Equal(cause, causes.Current.Code);
        Assert.True(PacketHeader.TryRead(packet, out var header));
        Assert.Equal(ScriptedPeer.Tag, header.VerificationTag);
    }

    private protected void SendMessage(int length, ushort stream = 0, bool unordered = false) =>
        Host.Send(Association, Pattern(length), stream, unordered: unordered);

    private protected List<ReceivedMessage> Received => Host.Received[Association];

    private protected static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    /// <summary>An answer to an INIT takes two numbers: its tag, then its Initial TSN.</summary>
    private sealed class FirstTsnRandom(uint tsn) : SeededRandom(1)
    {
        private int _numbers;

        public override void Fill(Span<byte> destination)
        {
            base.Fill(destination);
            if (destination.Length == sizeof(uint) && ++_numbers == 2)
            {
                BitConverter.TryWriteBytes(destination, tsn);
            }
        }
    }
}
