using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Paths;

/// <summary>The HEARTBEAT of one path: when the next is due, and what the answer to the last must hold (RFC 9260, 8.3, 5.4).</summary>
internal sealed class Heartbeat
{
    /// <summary>Nonce, path and time: what the Heartbeat Info parameter holds.</summary>
    public const int InfoSize = 20;

    private ulong _nonce;

    /// <summary>When the next HEARTBEAT leaves, if the path stays idle.</summary>
    public long SendDeadline { get; set; } = EngineTime.Never;

    /// <summary>When the one under way counts as unanswered.</summary>
    public long AnswerDeadline { get; private set; } = EngineTime.Never;

    public long SentAt { get; private set; }

    /// <summary>A HEARTBEAT is to be put into the next packet to this path.</summary>
    public bool IsDue { get; set; }

    public bool IsAwaitingAnswer => AnswerDeadline != EngineTime.Never;

    /// <summary>The last chunk from which the RTT can be learnt left at this time: the path is not idle.</summary>
    public long LastRttChunkAt { get; set; }

    public void WriteInfo(Span<byte> info, int pathId, ulong nonce, long now, long rto)
    {
        IsDue = false;
        _nonce = nonce;
        SentAt = now;
        LastRttChunkAt = now;
        AnswerDeadline = now + rto;
        BinaryPrimitives.WriteUInt64BigEndian(info, nonce);
        BinaryPrimitives.WriteInt32BigEndian(info[8..], pathId);
        BinaryPrimitives.WriteInt64BigEndian(info[12..], now);
    }

    public static bool TryReadPathId(ReadOnlySpan<byte> info, out int pathId)
    {
        pathId = info.Length == InfoSize ? BinaryPrimitives.ReadInt32BigEndian(info[8..]) : 0;
        return info.Length == InfoSize;
    }

    /// <summary>The answer counts once, and only with every byte as it was sent (RFC 9260, 5.4: the 64-bit nonce).</summary>
    public bool TryAccept(ReadOnlySpan<byte> info)
    {
        if (_nonce == 0
            || BinaryPrimitives.ReadUInt64BigEndian(info) != _nonce
            || BinaryPrimitives.ReadInt64BigEndian(info[12..]) != SentAt)
        {
            return false;
        }

        _nonce = 0;
        AnswerDeadline = EngineTime.Never;
        return true;
    }

    /// <summary>No answer within one RTO. A late one is still taken until the next HEARTBEAT leaves.</summary>
    public void Miss() => AnswerDeadline = EngineTime.Never;

    public void Stop()
    {
        _nonce = 0;
        IsDue = false;
        SendDeadline = EngineTime.Never;
        AnswerDeadline = EngineTime.Never;
    }
}
