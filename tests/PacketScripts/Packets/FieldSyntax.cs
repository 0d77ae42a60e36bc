using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>One field of a chunk, parameter or cause: how it is written in a script and how on the wire.</summary>
/// <param name="name">What stands before the equals sign; empty for what stands there by itself.</param>
internal abstract class FieldSyntax(string name)
{
    public string Name { get; } = name;

    /// <summary>In a packet to inject, <c>...</c> is an error unless this is set.</summary>
    public bool MayBeOpen { get; init; }

    /// <summary>It may be left out, with all behind it.</summary>
    public bool IsOptional { get; init; }

    /// <summary>On the wire only: the script doesn't show it.</summary>
    public virtual bool IsHidden => false;

    /// <summary>Part of the element's header, not of its body.</summary>
    public virtual bool IsHeader => false;

    /// <summary>What stands behind the equals sign, or the whole of a field without a name. <c>...</c> is taken by the caller.</summary>
    public abstract FieldValue Parse(TokenReader reader);

    /// <summary>Bytes of the body, or null when the value leaves that open.</summary>
    public abstract int? SizeOf(FieldValue value);

    public abstract void Write(FieldValue value, SequenceMap map, List<byte> body);

    /// <summary>Takes the field off the body; false when that doesn't hold one.</summary>
    public abstract bool TryRead(ref ReadOnlyMemory<byte> body, SequenceMap map, ReadState state, out FieldValue value);

    protected static bool TryTake(ref ReadOnlyMemory<byte> body, int length, out ReadOnlySpan<byte> taken)
    {
        if (body.Length < length)
        {
            taken = default;
            return false;
        }

        taken = body.Span[..length];
        body = body[length..];
        return true;
    }
}

/// <summary>What a field read tells those behind it.</summary>
internal sealed class ReadState
{
    public Dictionary<string, int> Counts { get; } = [];
}
