using System.Buffers;

namespace Kestrel.Sctp.Protocol.Sending;

/// <param name="StreamId">Must be below the association's outbound streams.</param>
/// <param name="PayloadProtocolId">In host byte order.</param>
/// <param name="Unordered">U bit: delivered without regard to other messages of the stream.</param>
/// <param name="SackImmediately">I bit on the last chunk: the peer acknowledges without delay (RFC 9260, 11.1.5).</param>
internal readonly record struct SendInfo(ushort StreamId, uint PayloadProtocolId, bool Unordered, bool SackImmediately = false);

internal enum SendStatus
{
    Queued,

    /// <summary>Shutting down, or gone.</summary>
    NotSendable,
    InvalidStream,

    /// <summary>Empty (RFC 9260, 6.2) or longer than MaxMessageSize.</summary>
    InvalidLength,
}

/// <summary>A message given back to its owner: acknowledged wholly, or never to be sent any more.</summary>
/// <param name="Owner">What was given with it.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Acknowledged">The peer has all of it.</param>
/// <param name="WasSent">Some of it left: the peer may have it (RFC 6458, 6.1.11: SCTP_DATA_SENT).</param>
internal readonly record struct ReleasedMessage(object? Owner, int Length, bool Acknowledged, bool WasSent);

/// <summary>
/// A message on its way. It refers to the owner's memory, which must stay unchanged until the message is given back. It
/// waits whole in the queue and is cut when its chunks go into packets.
/// </summary>
internal sealed class OutboundMessage
{
    public SendInfo Info { get; private set; }

    public ReadOnlySequence<byte> Payload { get; private set; }

    public object? Owner { get; private set; }

    public int Length { get; private set; }

    /// <summary>Bytes cut into chunks so far.</summary>
    public int Cut { get; set; }

    /// <summary>Assigned with the first fragment.</summary>
    public ushort Sequence { get; set; }

    public OutboundMessage? Next { get; set; }

    public void Fill(in SendInfo info, in ReadOnlySequence<byte> payload, object? owner)
    {
        Info = info;
        Payload = payload;
        Owner = owner;
        Length = (int)payload.Length;
        Cut = 0;
        Next = null;
    }

    public void Clear()
    {
        Payload = default;
        Owner = null;
        Next = null;
    }

    public void CopyTo(int offset, Span<byte> destination)
    {
        if (Payload.IsSingleSegment)
        {
            Payload.FirstSpan.Slice(offset, destination.Length).CopyTo(destination);
        }
        else
        {
            Payload.Slice(offset, destination.Length).CopyTo(destination);
        }
    }
}
