namespace Kestrel.Sctp.Protocol.Paths;

/// <summary>The paths of one association, and which of them carries data (RFC 9260, 6.4, 8.2).</summary>
internal sealed class PathSet
{
    private readonly List<Path> _paths = [];
    private int _nextId = 1;

    public int Count => _paths.Count;

    public int ConfirmedCount
    {
        get
        {
            var count = 0;
            foreach (var path in _paths)
            {
                count += path.IsConfirmed ? 1 : 0;
            }

            return count;
        }
    }

    public Path this[int index] => _paths[index];

    public Path Primary { get; private set; } = null!;

    /// <summary>AMDCS: the largest DATA chunk that fits on every path (RFC 9260, 6.9, 7.3).</summary>
    public int MaxChunkSize { get; private set; }

    /// <summary>The path that new data takes, as <see cref="ChooseDataPath"/> chose it.</summary>
    public Path DataPath { get; private set; } = null!;

    public List<Path>.Enumerator GetEnumerator() => _paths.GetEnumerator();

    public Path? Find(IPAddressValue remote)
    {
        foreach (var path in _paths)
        {
            if (path.Remote == remote)
            {
                return path;
            }
        }

        return null;
    }

    public Path? FindById(int id)
    {
        foreach (var path in _paths)
        {
            if (path.Id == id)
            {
                return path;
            }
        }

        return null;
    }

    public Path Add(IPAddressValue remote, ushort udpPort, IPAddressValue[] sources, bool confirmed, AssociationOptions options)
    {
        var path = new Path(_nextId++, remote, udpPort, sources, confirmed, options);
        _paths.Add(path);
        Primary ??= path;
        ChooseDataPath();
        UpdateMaxChunkSize();
        return path;
    }

    /// <summary>Removes all paths that the test does not keep.</summary>
    public void Keep(Predicate<Path> keep)
    {
        foreach (var path in _paths)
        {
            if (!keep(path))
            {
                path.Replies.Clear();
            }
        }

        _paths.RemoveAll(path => !keep(path));
        if (_paths.Count > 0)
        {
            SetPrimary(_paths.Contains(Primary) ? Primary : _paths[0]);
        }

        UpdateMaxChunkSize();
    }

    /// <summary>Removes all; path identifiers are not used again.</summary>
    public void Clear()
    {
        foreach (var path in _paths)
        {
            path.Replies.Clear();
        }

        _paths.Clear();
        Primary = null!;
        DataPath = null!;
    }

    public void SetPrimary(Path path)
    {
        Primary = path;
        DataPath = path;
        ChooseDataPath();
    }

    /// <summary>
    /// After each change of a path's state: the primary path while it is active, else one and the same active alternate. With
    /// none active a potentially failed one, then an inactive one, each time the one with the fewest errors; no state and no
    /// count changes by it (RFC 9260, 8.2; RFC 7829, 3.2, rules 3 and 4, and 4.1).
    /// </summary>
    public void ChooseDataPath()
    {
        DataPath = Primary.IsActive ? Primary : DataPath is null ? Primary : DataPath.IsActive ? DataPath : BestOf(DataPath);
    }

    /// <summary>
    /// Another path for data that failed on this one: the best of the others (6.4.1), or this one if it is better than they are.
    /// </summary>
    public Path AlternateTo(Path path)
    {
        var alternate = BestOf(path, skips: 1);
        return alternate.IsConfirmed && (!path.IsActive || alternate.IsActive) && Compare(alternate, path) <= 0 ? alternate : path;
    }

    // The first of the best, going round from this one.
    private Path BestOf(Path path, int skips = 0)
    {
        var index = _paths.IndexOf(path);
        var best = _paths[(index + skips) % _paths.Count];
        for (var i = skips + 1; i < _paths.Count; i++)
        {
            var candidate = _paths[(index + i) % _paths.Count];
            if (Compare(candidate, best) < 0)
            {
                best = candidate;
            }
        }

        return best;
    }

    // Active ones are equally good, whatever they have lost.
    private static int Compare(Path a, Path b)
    {
        var byState = Rank(a).CompareTo(Rank(b));
        return byState != 0 || a.IsActive ? byState : a.ErrorCount.CompareTo(b.ErrorCount);
    }

    private static int Rank(Path path) => path.State switch
    {
        PathState.Active => 0,
        PathState.PotentiallyFailed => 1,
        PathState.Inactive => 2,
        _ => 3,
    };

    public void UpdateMaxChunkSize()
    {
        MaxChunkSize = int.MaxValue;
        foreach (var path in _paths)
        {
            MaxChunkSize = Math.Min(MaxChunkSize, path.MaxChunkSize);
        }
    }
}
