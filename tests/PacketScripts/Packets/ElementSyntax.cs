namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>How a chunk, parameter or cause is written in a script and on the wire: 4 bytes of header, then its fields in order.</summary>
/// <param name="Type">Its number; null for the generic one, which has it as a field.</param>
internal sealed record ElementSyntax(string Name, ElementKind Kind, uint? Type, params IReadOnlyList<FieldSyntax> Fields)
{
    /// <summary>The extension of SCTP it belongs to, when this stack doesn't have that.</summary>
    public string? Extension { get; init; }

    /// <summary><c>NAME[...]</c> may stand for all its fields.</summary>
    public bool MayBeAny { get; init; }

    public int IndexOf(string name)
    {
        for (var i = 0; i < Fields.Count; i++)
        {
            if (Fields[i].Name == name)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Takes the fields off a body. False when it doesn't hold them all, or more.</summary>
    public bool TryReadBody(ReadOnlyMemory<byte> body, SequenceMap map, out FieldValue[] values)
    {
        values = new FieldValue[Fields.Count];
        Array.Fill(values, FieldValue.Any);
        var state = new ReadState();
        for (var i = 0; i < Fields.Count; i++)
        {
            if (body.IsEmpty && Fields[i].IsOptional)
            {
                values[i] = new AbsentField();
            }
            else if (!Fields[i].TryRead(ref body, map, state, out values[i]))
            {
                return false;
            }
        }

        return body.IsEmpty;
    }
}
