namespace Kestrel.Sctp.Protocol.Paths;

/// <summary>The paths of one association, and which of them carries data (RFC 9260, 6.4, 8.2).</summary>
internal sealed class PathSet
{
    private readonly List<Path> _paths = [];
    private Path? _fallback;
    private int _nextId = 1;

    public int Count => _paths.Count;

    public Path this[int index] => _paths[index];

    public Path Primary { get; private set; } = null!;

    /// <summary>AMDCS: the largest DATA chunk that fits on every path (RFC 9260, 6.9, 7.3).</summary>
    public int MaxChunkSize { get; private set; }

    /// <summary>
    /// The path that new data takes: the primary one while it is active, else one and the same alternate; with none active
    /// it stays the one it was (RFC 9260, 8.2: dormant), so that two questions in one step have one answer.
    /// </summary>
    public Path DataPath
    {
        get
        {
            if (Primary.IsActive)
            {
                _fallback = null;
                return Primary;
            }

            if (_fallback is not { IsActive: true })
            {
                var alternate = AlternateTo(_fallback ?? Primary);
                _fallback = _fallback is null || alternate.IsActive ? alternate : _fallback;
            }

            return _fallback;
        }
    }

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
        _fallback = null;
        if (_paths.Count > 0 && !_paths.Contains(Primary))
        {
            Primary = _paths[0];
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
        _fallback = null;
        Primary = null!;
    }

    public void SetPrimary(Path path)
    {
        Primary = path;
        _fallback = null;
    }

    /// <summary>Another path for data that failed on this one: active if there is one, else the next confirmed one (6.4.1).</summary>
    public Path AlternateTo(Path path)
    {
        var index = _paths.IndexOf(path);
        Path? confirmed = null;
        for (var i = 1; i < _paths.Count; i++)
        {
            var candidate = _paths[(index + i) % _paths.Count];
            if (candidate.IsActive)
            {
                return candidate;
            }

            if (candidate.IsConfirmed)
            {
                confirmed ??= candidate;
            }
        }

        return path.IsActive || confirmed is null ? path : confirmed;
    }

    public void UpdateMaxChunkSize()
    {
        MaxChunkSize = int.MaxValue;
        foreach (var path in _paths)
        {
            MaxChunkSize = Math.Min(MaxChunkSize, path.MaxChunkSize);
        }
    }
}
