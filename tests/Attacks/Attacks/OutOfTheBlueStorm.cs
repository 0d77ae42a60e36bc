using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Attacks.Attacks;

/// <summary>Packets that belong to nothing (RFC 9260, 8.4): each chunk type, alone and in company, with wrong tags, to the listening port and to others.</summary>
internal sealed class OutOfTheBlueStorm : Attack
{
    public override string Name => "out-of-the-blue";

    public override string Description => "each chunk type with wrong tags, to the listening port and to others";

    public override AmplificationBound Bound { get; } = new(1, 0, "an ABORT or SHUTDOWN COMPLETE is 16 bytes, the smallest packet there is");

    public override void Run(AttackContext context)
    {
        var socket = context.Open();
        for (var type = 0; type < 256; type++)
        {
            context.Measure(socket, Stray(context, type));
        }

        for (var i = 0; i < context.Count(1_000_000, 20_000); i++)
        {
            socket.Send(Stray(context, i % 256));
            if (i % 16 == 0)
            {
                socket.Drain();
            }
        }

        context.Fence();
        socket.Drain();
    }

    private static ReadOnlySpan<byte> Stray(AttackContext context, int type)
    {
        var random = context.Random;
        return Packets.Write(
            (ushort)random.Next(1, 65_536),
            (uint)random.Next(1, int.MaxValue),
            (ref PacketWriter w) =>
            {
                for (var chunks = random.Next(1, 4); chunks > 0; chunks--)
                {
                    w.BeginChunk((ChunkType)type, (byte)random.Next(256));
                    random.NextBytes(w.Reserve(random.Next(24)));
                    w.EndChunk();
                    type = random.Next(256);
                }
            },
            random.Next(2) == 0 ? Packets.ServerPort : (ushort)random.Next(8, 65_536));
    }
}
