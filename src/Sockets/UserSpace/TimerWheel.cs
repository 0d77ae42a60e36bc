using System.Numerics;

namespace Kestrel.Sctp.UserSpace;

/// <summary>Something that has at most one deadline in a <see cref="TimerWheel"/>.</summary>
internal abstract class TimerEntry
{
    // The wheel's, under its owner's lock.
    internal TimerEntry? Previous;
    internal TimerEntry? Next;
    internal long Due;
    internal int Slot = -1;

    /// <summary>The deadline passed. The entry is out of the wheel; no lock of the timer is held.</summary>
    public abstract void OnDeadline();
}

/// <summary>
/// A hierarchical timer wheel: arming, moving and cancelling cost the same for one entry and for a hundred thousand. Not
/// thread-safe. Times are microseconds; a deadline fires up to one tick late and never early.
/// </summary>
internal sealed class TimerWheel
{
    private const int TickShift = 10; // 1,024 µs
    private const int SlotBits = 6;
    private const int Slots = 1 << SlotBits;
    private const int Levels = 5; // 64^5 ticks: 12 days
    private const long Span = 1L << (SlotBits * Levels);

    private readonly TimerEntry?[] _heads = new TimerEntry?[Levels * Slots];
    private readonly ulong[] _occupied = new ulong[Levels];
    private long _tick;

    public TimerWheel(long now) => _tick = now >> TickShift;

    public int Count { get; private set; }

    /// <summary>Puts the entry in, or moves it.</summary>
    public void Arm(TimerEntry entry, long deadline)
    {
        Cancel(entry);
        // Rounded up, so that nothing fires early.
        entry.Due = Math.Max((deadline >> TickShift) + ((deadline & ((1 << TickShift) - 1)) != 0 ? 1 : 0), _tick + 1);
        Insert(entry);
        Count++;
    }

    /// <summary>Takes the entry out; nothing when it is not in.</summary>
    public void Cancel(TimerEntry entry)
    {
        if (entry.Slot >= 0)
        {
            Unlink(entry);
            Count--;
        }
    }

    /// <summary>
    /// When <see cref="Advance"/> has something to do: the first deadline or, for one far away, an earlier moment at which it
    /// moves to a finer level. <see cref="long.MaxValue"/> when the wheel is empty.
    /// </summary>
    public long NextDue
    {
        get
        {
            var tick = NextTick(out _);
            return tick == long.MaxValue ? long.MaxValue : tick << TickShift;
        }
    }

    /// <summary>Takes out every entry that is due, in order of deadlines (by tick), and appends it to the list.</summary>
    public void Advance(long now, List<TimerEntry> due)
    {
        var target = now >> TickShift;
        while (true)
        {
            var tick = NextTick(out var slot);
            if (tick > target)
            {
                break;
            }
            _tick = tick;
            var entry = _heads[slot];
            while (entry is not null)
            {
                var next = entry.Next;
                Unlink(entry);
                if (entry.Due <= tick)
                {
                    Count--;
                    due.Add(entry);
                }
                else
                {
                    Insert(entry);
                }
                entry = next;
            }
        }
        _tick = Math.Max(_tick, target);
    }

    /// <summary>The tick at which the first occupied slot of the finest occupied level begins.</summary>
    private long NextTick(out int slot)
    {
        for (var level = 0; level < Levels; level++)
        {
            var occupied = _occupied[level];
            if (occupied == 0)
            {
                continue;
            }
            // Invariant: an entry of level n differs from _tick in digit n and in none above it, so the slots in use lie
            // behind the present digit; on the top level alone they may wrap round.
            var shift = SlotBits * level;
            var digit = (int)(_tick >> shift) & (Slots - 1);
            var index = (BitOperations.TrailingZeroCount(BitOperations.RotateRight(occupied, digit)) + digit) & (Slots - 1);
            var start = ((_tick >> (shift + SlotBits)) << (shift + SlotBits)) + ((long)index << shift);
            slot = (level * Slots) + index;
            return start > _tick ? start : start + (1L << (shift + SlotBits));
        }
        slot = -1;
        return long.MaxValue;
    }

    private void Insert(TimerEntry entry)
    {
        // Farther than the wheel reaches: parked at its rim, and looked at again there.
        var due = Math.Min(entry.Due, _tick + Span - (Span >> SlotBits));
        var different = due ^ _tick;
        var level = Math.Min((63 - BitOperations.LeadingZeroCount((ulong)different | 1)) / SlotBits, Levels - 1);
        var index = (int)(due >> (SlotBits * level)) & (Slots - 1);
        var slot = (level * Slots) + index;

        entry.Slot = slot;
        entry.Previous = null;
        entry.Next = _heads[slot];
        if (entry.Next is not null)
        {
            entry.Next.Previous = entry;
        }
        _heads[slot] = entry;
        _occupied[level] |= 1UL << index;
    }

    private void Unlink(TimerEntry entry)
    {
        if (entry.Previous is null)
        {
            _heads[entry.Slot] = entry.Next;
            if (entry.Next is null)
            {
                _occupied[entry.Slot / Slots] &= ~(1UL << (entry.Slot % Slots));
            }
        }
        else
        {
            entry.Previous.Next = entry.Next;
        }
        if (entry.Next is not null)
        {
            entry.Next.Previous = entry.Previous;
        }
        entry.Previous = null;
        entry.Next = null;
        entry.Slot = -1;
    }
}
