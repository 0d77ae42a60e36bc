using System.Net;
using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>Parses a packet line behind its time.</summary>
internal static class PacketParser
{
    private static readonly string[] _unsupportedChunks = ["AUTH", "ASCONF", "ASCONF_ACK", "PKTDROP"];

    public static ScriptEvent Parse(TokenReader reader, ScriptTime time, int line)
    {
        var isSent = reader.Take().Is('>');
        var unsupported = ParseAddressing(reader, isSent, out var addresses);
        if (reader.Current.Kind == TokenKind.Word && reader.Current.Text is "ipv4" or "ipv6" or "gre" or "mpls" or "icmp" or "udp" or "udplite")
        {
            unsupported ??= $"packets of {reader.Current.Text}";
            return Skip(reader, time, line, unsupported);
        }

        reader.Expect("sctp");
        uint? tag = null;
        var badChecksum = false;
        if (reader.TryTake('('))
        {
            badChecksum = reader.TryTake("bad_crc32c");
            if (!badChecksum || reader.TryTake(','))
            {
                reader.Expect("tag");
                reader.Expect('=');
                tag = reader.ExpectNumber("tag", uint.MaxValue);
            }

            reader.Expect(')');
        }

        if (reader.TryTake('/'))
        {
            return Skip(reader, time, line, "UDP encapsulation");
        }

        var colon = reader.Current;
        reader.Expect(':');
        if (badChecksum && isSent)
        {
            throw TokenReader.Error("a packet that is sent has no bad checksum", colon);
        }

        if (reader.Current.Is('['))
        {
            var bytes = isSent ? throw reader.Expected("chunks: only a packet that arrives can be given by its bytes") : BytesSyntax.ParseBytes(reader);
            return unsupported is not null
                ? new UnsupportedEvent(time, line, unsupported)
                : new InjectEvent(time, line, new PacketPattern(tag, badChecksum, [], bytes ?? throw TokenReader.Error("these bytes must be given", colon))
                {
                    Addresses = addresses,
                });
        }

        var chunks = new List<Element>();
        while (reader.Current.Kind == TokenKind.Word)
        {
            if (_unsupportedChunks.Contains(reader.Current.Text))
            {
                return Skip(reader, time, line, $"{reader.Current.Text} chunks");
            }

            var name = reader.Current;
            chunks.Add(ElementParser.Parse(reader, ElementKind.Chunk));
            if (!isSent)
            {
                RequireValues(chunks[^1], name);
            }

            if (!reader.TryTake(';'))
            {
                break;
            }

            if (reader.Current.Kind != TokenKind.Word)
            {
                throw reader.Expected("a chunk");
            }
        }

        var packet = new PacketPattern(tag, badChecksum, chunks, null) { Addresses = addresses };
        return unsupported is not null ? new UnsupportedEvent(time, line, unsupported)
            : isSent ? new ExpectEvent(time, line, packet) : new InjectEvent(time, line, packet);
    }

    /// <summary>
    /// <c>[ect0]</c>, <c>(ttl 1)</c>, <c>1000 > 2000</c>, <c>192.0.2.1 > 192.168.0.1</c>. Ports are those of the socket, whatever
    /// stands here.
    /// </summary>
    private static string? ParseAddressing(TokenReader reader, bool isSent, out (IPAddressValue Source, IPAddressValue Destination)? addresses)
    {
        string? unsupported = null;
        addresses = null;
        if (reader.Current.Is('(') || reader.Current.Is('['))
        {
            var end = reader.Take().Is('(') ? ')' : ']';
            var words = new List<string>();
            while (!reader.TryTake(end))
            {
                words.Add(reader.Current.Kind == TokenKind.End ? throw reader.Expected($"'{end}'") : reader.Take().Text);
            }

            // What arrives with a mark is taken like any other; nothing is ever marked on the way out.
            var text = string.Join(' ', words);
            unsupported = isSent && text is not ("noecn" or "ecn noecn") ? $"IP header fields of packets sent ({text})" : null;
        }

        if (reader.Current.Kind == TokenKind.Integer)
        {
            reader.ExpectNumber("a port", ushort.MaxValue);
            reader.Expect('>');
            reader.ExpectNumber("a port", ushort.MaxValue);
        }
        else if (reader.Current.Kind is TokenKind.IPv4Address or TokenKind.IPv6Address)
        {
            var source = ParseAddress(reader);
            reader.Expect('>');
            addresses = (source, ParseAddress(reader));
        }

        return unsupported;
    }

    private static IPAddressValue ParseAddress(TokenReader reader) =>
        (reader.TryTake(TokenKind.IPv4Address, out var token) || reader.TryTake(TokenKind.IPv6Address, out token)) && IPAddress.TryParse(token.Text, out var address)
            ? IPAddressValue.FromIPAddress(address)
            : throw TokenReader.Error("expected an address", token);

    /// <summary>Goes on at the next line that begins with a time.</summary>
    private static UnsupportedEvent Skip(TokenReader reader, ScriptTime time, int line, string reason)
    {
        while (reader.Current is { Kind: not TokenKind.End } token
            && !(token.StartsLine && (token.Kind is TokenKind.Float or TokenKind.Integer or TokenKind.Shell || token.Is('+') || token.Is('*'))))
        {
            reader.Take();
        }

        return new UnsupportedEvent(time, line, reason);
    }

    private static void RequireValues(Element chunk, Token name)
    {
        for (var i = 0; i < chunk.Values.Length; i++)
        {
            var field = chunk.Syntax.Fields[i];
            if (chunk.Values[i] is AnyField && !field.IsHidden && !field.MayBeOpen)
            {
                var what = field.Name.Length > 0 ? field.Name : "list";
                throw TokenReader.Error($"{chunk.Syntax.Name} arrives, so its {what} must be given", name);
            }

            foreach (var item in chunk.Values[i] is ElementsField elements ? elements.Items : [])
            {
                RequireValues(item, name);
            }
        }
    }
}
