using System.Numerics;

namespace Kestrel.Sctp.Protocol;

/// <summary>
/// A value for each stream, the default one before its first use. Made in pages as streams are used: an association may have
/// 65,535 streams and costs nothing for those that are silent.
/// </summary>
internal struct StreamTable<T>
    where T : struct
{
    private const int PageSize = 64;

    private T[]?[]? _pages;

    public ref T this[ushort streamId]
    {
        get
        {
            var page = streamId / PageSize;
            if (_pages is null || page >= _pages.Length)
            {
                Array.Resize(ref _pages, (int)BitOperations.RoundUpToPowerOf2((uint)page + 1));
            }

            return ref (_pages[page] ??= new T[PageSize])[streamId % PageSize];
        }
    }

    /// <summary>The value, which is the default one unless the stream was used; makes no room for it.</summary>
    public readonly T Peek(ushort streamId)
    {
        var page = streamId / PageSize;
        return _pages is not null && page < _pages.Length && _pages[page] is { } values ? values[streamId % PageSize] : default;
    }

    public void Clear() => _pages = null;
}
