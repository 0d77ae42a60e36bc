using System.Net;
using System.Text;
using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>All bytes to the end. Where the script gives fewer than the length says, the rest is <paramref name="fill"/>.</summary>
internal sealed class BytesSyntax(string name, byte fill = 0) : FieldSyntax(name)
{
    public byte Fill { get; } = fill;

    /// <summary>The script doesn't show it: user data.</summary>
    public bool IsPayload { get; init; }

    public override bool IsHidden => IsPayload;

    public override FieldValue Parse(TokenReader reader) => ParseBytes(reader) is { } bytes ? new BytesField(bytes) : FieldValue.Any;

    /// <summary><c>[0x01, 2]</c>; null for <c>[...]</c>.</summary>
    public static byte[]? ParseBytes(TokenReader reader)
    {
        reader.Expect('[');
        var bytes = new List<byte>();
        if (reader.TryTake(TokenKind.Ellipsis, out _))
        {
            reader.Expect(']');
            return null;
        }

        if (!reader.TryTake(']'))
        {
            do
            {
                bytes.Add((byte)reader.ExpectNumber("a byte", byte.MaxValue));
            }
            while (reader.TryTake(','));
            reader.Expect(']');
        }

        return [.. bytes];
    }

    public override int? SizeOf(FieldValue value) => value is BytesField bytes ? bytes.Value.Length : null;

    public override void Write(FieldValue value, SequenceMap map, List<byte> body)
    {
        if (value is BytesField bytes)
        {
            body.AddRange(bytes.Value.Span);
        }
    }

    public override bool TryRead(ref ReadOnlyMemory<byte> body, SequenceMap map, ReadState state, out FieldValue value)
    {
        value = new BytesField(body);
        body = default;
        return true;
    }
}

/// <summary>Text to the end.</summary>
internal sealed class TextSyntax(string name, bool endsWithZero = false) : FieldSyntax(name)
{
    public override FieldValue Parse(TokenReader reader) => new TextField(reader.Expect(TokenKind.Text, "a text in quotes").Text);

    public override int? SizeOf(FieldValue value) =>
        value is TextField text ? Encoding.UTF8.GetByteCount(text.Value) + (endsWithZero ? 1 : 0) : null;

    public override void Write(FieldValue value, SequenceMap map, List<byte> body)
    {
        if (value is TextField text)
        {
            body.AddRange(Encoding.UTF8.GetBytes(text.Value));
            if (endsWithZero)
            {
                body.Add(0);
            }
        }
    }

    public override bool TryRead(ref ReadOnlyMemory<byte> body, SequenceMap map, ReadState state, out FieldValue value)
    {
        var bytes = body.Span;
        if (endsWithZero && bytes is [.., 0])
        {
            bytes = bytes[..^1];
        }

        value = new TextField(Encoding.UTF8.GetString(bytes));
        body = default;
        return true;
    }
}

internal sealed class AddressSyntax(string name, int size) : FieldSyntax(name)
{
    public override FieldValue Parse(TokenReader reader)
    {
        var token = reader.Expect(size == 4 ? TokenKind.IPv4Address : TokenKind.IPv6Address, size == 4 ? "an IPv4 address" : "an IPv6 address");
        return IPAddress.TryParse(token.Text, out var address) ? new AddressField(address) : throw TokenReader.Error($"{token} is no address", token);
    }

    public override int? SizeOf(FieldValue value) => size;

    public override void Write(FieldValue value, SequenceMap map, List<byte> body) =>
        body.AddRange(value is AddressField address ? address.Value.GetAddressBytes() : new byte[size]);

    public override bool TryRead(ref ReadOnlyMemory<byte> body, SequenceMap map, ReadState state, out FieldValue value)
    {
        var found = TryTake(ref body, size, out var bytes);
        value = found ? new AddressField(new IPAddress(bytes)) : FieldValue.Any;
        return found;
    }
}
