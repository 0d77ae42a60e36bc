namespace Kestrel.Sctp.PacketScripts.Packets;

internal enum ElementKind
{
    Chunk,
    Parameter,
    Cause,
}
