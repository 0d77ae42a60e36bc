using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Wire;

/// <summary>An error cause of an ERROR or ABORT chunk (RFC 9260, 3.3.10).</summary>
internal readonly ref struct ErrorCause
{
    /// <param name="whole">The cause with its header and without padding: at least 4 bytes.</param>
    public ErrorCause(ReadOnlySpan<byte> whole) => Whole = whole;

    public ReadOnlySpan<byte> Whole { get; }

    public CauseCode Code => (CauseCode)BinaryPrimitives.ReadUInt16BigEndian(Whole);

    /// <summary>The Length field: header included, padding not.</summary>
    public int Length => Whole.Length;

    public ReadOnlySpan<byte> Value => Whole[Tlv.HeaderSize..];
}

/// <summary>
/// Walks over the causes of an ERROR or ABORT chunk. Who needs <see cref="Malformed"/> calls <see cref="MoveNext"/>
/// itself, for <c>foreach</c> works on a copy.
/// </summary>
internal ref struct CauseReader
{
    private ReadOnlySpan<byte> _rest;
    private ReadOnlySpan<byte> _current;

    public CauseReader(ReadOnlySpan<byte> causes) => _rest = causes;

    public readonly ErrorCause Current => new(_current);

    /// <summary>
    /// A length below 4 or past the chunk, or bytes left over that are no cause: the format error for which RFC 9260, 9.1
    /// discards an ABORT. A cause code that nobody knows is none.
    /// </summary>
    public bool Malformed { get; private set; }

    public readonly CauseReader GetEnumerator() => this;

    public bool MoveNext()
    {
        if (Tlv.TryTake(ref _rest, out var whole))
        {
            _current = whole;
            return true;
        }

        Malformed |= !_rest.IsEmpty;
        _rest = default;
        return false;
    }

    /// <summary>Whether the causes fill the span to its end.</summary>
    public static bool AreWellFormed(ReadOnlySpan<byte> causes)
    {
        var reader = new CauseReader(causes);
        while (reader.MoveNext())
        {
        }

        return !reader.Malformed;
    }
}
