namespace Kestrel.Sctp.Attacks.Harness;

/// <summary>What an attacker sent and what came back to him; UDP payloads, which are SCTP packets.</summary>
internal sealed class Traffic
{
    public long Packets;
    public long Bytes;
    public long ReplyPackets;
    public long ReplyBytes;

    /// <summary>Of the requests that were sent one at a time: the most packets that one of them called forth.</summary>
    public long MostReplies { get; private set; }

    /// <summary>Of the same: by how many bytes the replies were longer than the request, at most. Below 0 when they always were shorter.</summary>
    public long MostExtraBytes { get; private set; } = long.MinValue;

    public int Measured { get; private set; }

    public void Measure(long bytes, long replies, long replyBytes)
    {
        Measured++;
        MostReplies = Math.Max(MostReplies, replies);
        MostExtraBytes = Math.Max(MostExtraBytes, replyBytes - bytes);
    }
}
