using System.Runtime.CompilerServices;

namespace Kestrel.Sctp.Protocol.Sending;

/// <summary>
/// The chunks sent and not yet cumulatively acknowledged: a ring of records, in order of their TSNs. Owns what is in
/// flight: the sums per path and over all are changed here alone, with the state of a chunk, so that they can't drift apart.
/// Invariant: sum of Path.BytesInFlight = sum of WireSize of the chunks InFlight (requirements R-81).
/// </summary>
internal sealed class SentChunks(uint initialTsn)
{
    private const int MinLength = 16;

    private SentChunk[] _ring = new SentChunk[MinLength];

    // No chunk below this TSN is marked for retransmission.
    private uint _lostFrom = initialTsn;

    /// <summary>The lowest TSN not cumulatively acknowledged, or the next to be used when nothing is outstanding.</summary>
    public uint FirstTsn { get; private set; } = initialTsn;

    public uint NextTsn { get; private set; } = initialTsn;

    public bool IsEmpty => FirstTsn == NextTsn;

    public int Count => (int)(NextTsn - FirstTsn);

    /// <summary>Chunks marked for retransmission.</summary>
    public int LostCount { get; private set; }

    /// <summary>Chunks in flight, over all paths.</summary>
    public int InFlightCount { get; private set; }

    /// <summary>Bytes of user data in flight: what is subtracted from the peer's window (RFC 9260, 6.2.1).</summary>
    public int PayloadInFlight { get; private set; }

    public ref SentChunk this[uint tsn] => ref _ring[(int)(tsn & (uint)(_ring.Length - 1))];

    /// <summary>Adds the record of a chunk that leaves now, and gives it the next TSN.</summary>
    public uint Add(in SentChunk chunk)
    {
        if (Count == _ring.Length)
        {
            Grow();
        }

        var tsn = NextTsn++;
        ref var record = ref this[tsn];
        record = chunk;
        record.State = SentChunkState.InFlight;
        CountFlight(ref record, +1);
        return tsn;
    }

    public void MarkRetransmitted(ref SentChunk chunk, Paths.Path path, long now)
    {
        LostCount--;
        chunk.State = SentChunkState.InFlight;
        chunk.SentElsewhere |= chunk.Path != path;
        chunk.Path = path;
        chunk.SentAt = now;
        chunk.Misses = 0;
        chunk.Retransmitted = true;
        CountFlight(ref chunk, +1);
    }

    public void MarkLost(uint tsn, ref SentChunk chunk, SentChunkState state)
    {
        if (chunk.State == SentChunkState.InFlight)
        {
            CountFlight(ref chunk, -1);
        }

        if (!chunk.IsLost)
        {
            LostCount++;
            if (LostCount == 1 || SerialNumber.LessThan(tsn, _lostFrom))
            {
                _lostFrom = tsn;
            }
        }

        chunk.State = state;
    }

    /// <summary>Acknowledged for the first time.</summary>
    public void MarkAcked(ref SentChunk chunk)
    {
        if (chunk.State == SentChunkState.InFlight)
        {
            CountFlight(ref chunk, -1);
        }
        else
        {
            LostCount--;
        }

        chunk.State = SentChunkState.GapAcked;
    }

    /// <summary>The peer dropped it again: outstanding as before, with one miss counted (RFC 9260, 6.2.1 D iii).</summary>
    public void MarkReneged(ref SentChunk chunk)
    {
        chunk.State = SentChunkState.InFlight;
        chunk.Misses = 1;
        CountFlight(ref chunk, +1);
    }

    /// <summary>Removes the first record, which must be acknowledged.</summary>
    public void RemoveFirst() => this[FirstTsn++] = default;

    /// <summary>The lowest TSN marked for retransmission; there is one.</summary>
    public uint FirstLostTsn()
    {
        // It only moves up between two marks: retransmitting a whole window walks over it once.
        if (SerialNumber.LessThan(_lostFrom, FirstTsn))
        {
            _lostFrom = FirstTsn;
        }

        while (!this[_lostFrom].IsLost)
        {
            _lostFrom++;
        }

        return _lostFrom;
    }

    /// <summary>Nothing is in flight any more: the association ends or starts anew.</summary>
    public void Clear()
    {
        for (var tsn = FirstTsn; tsn != NextTsn; tsn++)
        {
            ref var chunk = ref this[tsn];
            if (chunk.State == SentChunkState.InFlight)
            {
                CountFlight(ref chunk, -1);
            }

            chunk = default;
        }

        FirstTsn = NextTsn;
        LostCount = 0;
    }

    /// <summary>Back to the smallest ring, when nothing is outstanding.</summary>
    public void Trim()
    {
        if (IsEmpty && _ring.Length > MinLength)
        {
            _ring = new SentChunk[MinLength];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CountFlight(ref SentChunk chunk, int sign)
    {
        InFlightCount += sign;
        PayloadInFlight += sign * chunk.Length;
        chunk.Path.BytesInFlight += sign * chunk.WireSize;
    }

    private void Grow()
    {
        var grown = new SentChunk[_ring.Length * 2];
        for (var tsn = FirstTsn; tsn != NextTsn; tsn++)
        {
            grown[(int)(tsn & (uint)(grown.Length - 1))] = this[tsn];
        }

        _ring = grown;
    }
}
