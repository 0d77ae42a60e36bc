namespace Kestrel.Sctp.PacketScripts.Packets;

/// <summary>All chunks, parameters and causes of the language.</summary>
internal static class Syntaxes
{
    private static readonly Dictionary<(ElementKind, string), ElementSyntax> _byName = Table().ToDictionary(syntax => (syntax.Kind, syntax.Name));

    private static readonly Dictionary<(ElementKind, uint), ElementSyntax> _byType =
        Table().Where(syntax => syntax.Type is not null).ToDictionary(syntax => (syntax.Kind, syntax.Type!.Value));

    public static ElementSyntax? Find(ElementKind kind, string name) => _byName.GetValueOrDefault((kind, name));

    public static ElementSyntax? Find(ElementKind kind, uint type) => _byType.GetValueOrDefault((kind, type));

    /// <summary>The one that has its number as a field.</summary>
    public static ElementSyntax Generic(ElementKind kind) => kind switch
    {
        ElementKind.Chunk => ChunkSyntaxes.Generic,
        ElementKind.Parameter => ParameterSyntaxes.Generic,
        _ => CauseSyntaxes.Generic,
    };

    /// <summary>The extension that a number stands for, when this stack doesn't have it.</summary>
    public static string? ExtensionOf(ElementKind kind, uint type) =>
        Find(kind, type)?.Extension ?? (kind, type) switch
        {
            (ElementKind.Chunk, 0x0F) => "AUTH (RFC 4895)",
            (ElementKind.Chunk, 0x80 or 0xC1) => "ASCONF (RFC 5061)",
            (ElementKind.Chunk, 0x81) => "PKTDROP",
            (ElementKind.Parameter, 0x8001) => "zero checksum (RFC 9653)",
            (ElementKind.Parameter, >= 0x8002 and <= 0x8004) => "AUTH (RFC 4895)",
            (ElementKind.Parameter, >= 0xC001 and <= 0xC005) => "ASCONF (RFC 5061)",
            _ => null,
        };

    private static IEnumerable<ElementSyntax> Table() => [.. ChunkSyntaxes.All, .. ParameterSyntaxes.All, .. CauseSyntaxes.All];
}
