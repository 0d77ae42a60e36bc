using System.Buffers.Binary;

namespace Kestrel.Sctp.Protocol.Wire;

/// <summary>A chunk parameter (RFC 9260, 3.2.1).</summary>
internal readonly ref struct Parameter
{
    /// <param name="whole">The parameter with its header and without padding: at least 4 bytes.</param>
    public Parameter(ReadOnlySpan<byte> whole) => Whole = whole;

    public ReadOnlySpan<byte> Whole { get; }

    public ParameterType Type => (ParameterType)BinaryPrimitives.ReadUInt16BigEndian(Whole);

    /// <summary>The Length field: header included, padding not.</summary>
    public int Length => Whole.Length;

    public ReadOnlySpan<byte> Value => Whole[Tlv.HeaderSize..];
}

/// <summary>
/// Walks over a chunk's parameters. Who needs <see cref="Malformed"/> calls <see cref="MoveNext"/> itself, for
/// <c>foreach</c> works on a copy.
/// </summary>
internal ref struct ParameterReader
{
    private ReadOnlySpan<byte> _rest;
    private ReadOnlySpan<byte> _current;

    public ParameterReader(ReadOnlySpan<byte> parameters) => _rest = parameters;

    public readonly Parameter Current => new(_current);

    /// <summary>The walk ended before the end: a length below 4 or past the chunk, or bytes that are no parameter.</summary>
    public bool Malformed { get; private set; }

    public readonly ParameterReader GetEnumerator() => this;

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
}
