namespace Kestrel.Sctp.Simulation;

/// <summary>What became of a datagram where it was sent.</summary>
internal enum Fate
{
    Carried,
    Lost,
    Cut,
    QueueFull,
    Corrupted,
    Duplicated,

    /// <summary>The test or the plan took this very one.</summary>
    Taken,

    /// <summary>Refused: longer than the link's MTU, and not to be fragmented (EMSGSIZE).</summary>
    TooBig,

    /// <summary>Refused: no route (ENETUNREACH).</summary>
    Unreachable,
}

/// <summary>One direction between two addresses: its settings, and how it is at the moment.</summary>
internal sealed class Link(LinkSettings settings, Random random)
{
    private const int EncapsulatedIPv4Headers = 28;
    private const int MaxCorruptBits = 32;

    private long _free;
    private bool _isBad;
    private long _stateUntil = -1;
    private int _passing;
    private int _taking;

    public LinkSettings Settings { get; set; } = settings;

    /// <summary>Nothing passes before this time.</summary>
    public long CutUntil { get; private set; }

    /// <summary>While the link is cut the sender is told (ENETUNREACH).</summary>
    public bool IsCutReported { get; private set; }

    public void Cut(long until, bool reported)
    {
        CutUntil = until;
        IsCutReported = reported;
    }

    /// <summary>Lets so many datagrams pass, then takes so many.</summary>
    public void Take(int skip, int count)
    {
        _passing = skip;
        _taking = count;
    }

    /// <summary>Works as well as a link can, from now on, but for its delay.</summary>
    public void Heal()
    {
        Settings = new LinkSettings { Delay = Settings.Delay, Mtu = Settings.Mtu };
        CutUntil = 0;
        _taking = 0;
        _free = 0;
    }

    /// <summary>Decides about a datagram that leaves now: when it arrives, and perhaps when once more.</summary>
    public Fate Carry(byte[] packet, bool mayFragment, long now, out Passage passage)
    {
        passage = new Passage(packet, EngineTime.Never, EngineTime.Never);
        if (now < CutUntil)
        {
            return IsCutReported ? Fate.Unreachable : Fate.Cut;
        }

        if (Settings.Mtu > 0 && !mayFragment && packet.Length + EncapsulatedIPv4Headers > Settings.Mtu)
        {
            return Fate.TooBig;
        }

        if (_taking > 0 && _passing-- <= 0)
        {
            _taking--;
            return Fate.Taken;
        }

        if (random.NextDouble() < Settings.Loss || IsLostInBurst(now))
        {
            return Fate.Lost;
        }

        if (!TryQueue(packet.Length, now, out var departure))
        {
            return Fate.QueueFull;
        }

        var fate = Fate.Carried;
        if (random.NextDouble() < Settings.Corruption)
        {
            fate = Fate.Corrupted;
            packet = Corrupt(packet);
        }

        var (first, second) = (Arrival(departure), EngineTime.Never);
        if (random.NextDouble() < Settings.Duplication)
        {
            fate = Fate.Duplicated;
            second = Arrival(departure) + UpTo(Settings.DuplicateDelay);
        }

        passage = new Passage(packet, first, second);
        return fate;
    }

    private long Arrival(long departure)
    {
        var held = Settings.Reordering > 0 && random.NextDouble() < Settings.Reordering ? Settings.ReorderingDelay.Microseconds : 0;
        return departure + Settings.Delay.Microseconds + UpTo(Settings.Jitter) + held;
    }

    private long UpTo(Duration most) => most.Microseconds > 0 ? random.NextInt64(most.Microseconds) : 0;

    private bool IsLostInBurst(long now)
    {
        if (Settings.BurstLength.Microseconds == 0)
        {
            return false;
        }

        while (_stateUntil <= now)
        {
            _isBad = !_isBad && _stateUntil >= 0;
            var mean = _isBad ? Settings.BurstLength : Settings.BurstInterval;
            _stateUntil = Math.Max(_stateUntil, now - EngineTime.Second) + 1 + (long)(-Math.Log(1 - random.NextDouble()) * mean.Microseconds);
        }

        return _isBad && random.NextDouble() < Settings.BurstLoss;
    }

    private bool TryQueue(int length, long now, out long departure)
    {
        departure = now;
        if (Settings.Bandwidth == 0)
        {
            return true;
        }

        // A link that is idle takes a datagram of any length.
        var start = Math.Max(_free, now);
        if (start > now && ((start - now) * Settings.Bandwidth / EngineTime.Second) + length > Settings.Queue)
        {
            return false;
        }

        _free = departure = start + (length * EngineTime.Second / Settings.Bandwidth);
        return true;
    }

    // CRC32c finds every burst of errors up to its own length.
    private byte[] Corrupt(byte[] packet)
    {
        var copy = (byte[])packet.Clone();
        var bits = Math.Min(random.Next(1, MaxCorruptBits + 1), copy.Length * 8);
        var first = random.Next((copy.Length * 8) - bits + 1);
        for (var bit = first; bit < first + bits; bit++)
        {
            if (bit == first || bit == first + bits - 1 || random.Next(2) == 0)
            {
                copy[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        return copy;
    }
}

/// <summary>What arrives of a datagram, and when; <see cref="EngineTime.Never"/> for not at all.</summary>
internal readonly record struct Passage(byte[] Packet, long First, long Second);
