using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks.Attacks;

/// <summary>INITs of thousands of parameters that nobody knows and that ask to be reported (RFC 9260, 3.2.1).</summary>
internal sealed class UnknownParameters : Attack
{
    private const int Most = 16_000;
    private const ushort SkipAndReport = 0xC0DE;

    public override string Name => "init-parameters";

    public override string Description => "INITs with up to 16,000 unknown parameters that ask to be reported";

    // 4 bytes more for each reported, until the packet has 1,200.
    public override AmplificationBound Bound { get; } = new(1, 700, "reports make an INIT ACK no longer than 1,200 bytes");

    public override void Run(AttackContext context)
    {
        var socket = context.Open();
        for (var count = 1; count <= Most; count = (count * 5 / 4) + 1)
        {
            context.Measure(socket, Init(count));
        }

        var longest = Init(Most).ToArray();
        for (var i = 0; i < context.Count(20_000, 300); i++)
        {
            socket.Send(longest);
            socket.Drain();
        }

        context.Fence();
    }

    private static ReadOnlySpan<byte> Init(int parameters) => Packets.Write((ushort)parameters, 0, (ref PacketWriter w) =>
    {
        w.BeginChunk(ChunkType.Init, 0);
        InitChunk.WriteFixed(ref w, 1, Packets.Window, 10, 10, 1);
        for (var i = 0; i < parameters; i++)
        {
            w.BeginParameter((ParameterType)SkipAndReport);
            w.EndParameter();
        }

        w.EndChunk();
    });
}
