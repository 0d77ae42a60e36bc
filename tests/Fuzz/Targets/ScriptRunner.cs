using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Fuzz.Targets;

/// <summary>Does what a <see cref="Script"/> says, and ends all that is left.</summary>
internal sealed class ScriptRunner
{
    private const int MaxPacket = 16 * 1024;

    private readonly byte[] _packet = new byte[MaxPacket];

    public void Run(ReadOnlySpan<byte> input, EngineUnderTest engine, Peer peer)
    {
        var script = new Script(input);
        while (script.TryNext(out var step))
        {
            Take(step, engine, peer);
        }

        engine.End();
    }

    /// <summary>The script with the chunks of one of its packets changed, or with one packet more.</summary>
    public static byte[] Mutate(ReadOnlySpan<byte> input, Random random)
    {
        var packets = 0;
        for (var steps = new Script(input); steps.TryNext(out var step);)
        {
            packets += step.Kind == StepKind.Packet ? 1 : 0;
        }

        var changed = random.Next(packets + 1);
        var writer = new ScriptWriter();
        for (var steps = new Script(input); steps.TryNext(out var step);)
        {
            var isIt = step.Kind == StepKind.Packet && changed-- == 0;
            writer.Step(step, isIt ? ChunkMutator.Mutate(step.Chunks, random) : step.Chunks);
        }

        return changed == 0 ? writer.Packet((PacketOrigin)(random.Next(2) * random.Next(16)), ChunkMutator.Mutate([], random)).ToArray() : writer.ToArray();
    }

    private void Take(in ScriptStep step, EngineUnderTest engine, Peer peer)
    {
        if (step.Kind == StepKind.Packet)
        {
            SendPacket(step, engine, peer);
        }
        else if (step.Kind == StepKind.Wait)
        {
            engine.Advance(step.Value * (1 + (step.High * step.High)) * EngineTime.Millisecond);
        }
        else if (engine.Association is { State: not AssociationState.Closed } association)
        {
            Use(step, engine, association);
        }
    }

    private void SendPacket(in ScriptStep step, EngineUnderTest engine, Peer peer)
    {
        var origin = (PacketOrigin)step.High;
        var length = Symbols.Resolve(step.Chunks, peer, _packet.AsSpan(PacketHeader.Size));
        var source = (origin & (PacketOrigin.Second | PacketOrigin.Elsewhere)) switch
        {
            PacketOrigin.Usual => new PacketInfo(Peer.Addresses[0], Peer.EngineAddresses[0], Peer.UdpPort),
            PacketOrigin.Second => new PacketInfo(Peer.Addresses[1], Peer.EngineAddresses[1], Peer.UdpPort),
            PacketOrigin.Elsewhere => new PacketInfo(Peer.Addresses[0], Peer.EngineAddresses[1], Peer.UdpPort + 1),
            _ => new PacketInfo(Peer.Addresses[2], Peer.EngineAddresses[0], Peer.UdpPort),
        };
        var tag = (origin & (PacketOrigin.NoTag | PacketOrigin.CookieTag)) switch
        {
            PacketOrigin.Usual => engine.Association?.LocalTag ?? peer.EngineTag,
            PacketOrigin.NoTag => 0u,
            PacketOrigin.CookieTag => peer.CookieTag,
            _ => Peer.Tag,
        };
        peer.SendFramed(_packet.AsSpan(0, PacketHeader.Size + length), tag, source);
    }

    private static void Use(in ScriptStep step, EngineUnderTest engine, Association association)
    {
        switch (step.Kind)
        {
            case StepKind.Send:
                engine.Send(association, new byte[step.Value], (ushort)(step.High & 7), (step.High & 8) != 0);
                break;
            case StepKind.StopReading:
                engine.Reads = false;
                break;
            case StepKind.StartReading:
                engine.Reads = true;
                engine.Do(association, _ => { });
                break;
            case StepKind.Shutdown:
                engine.Do(association, a => a.Shutdown(engine.Now));
                break;
            case StepKind.Abort when step.High == 0xF:
                engine.Do(association, a => a.Abort("enough", engine.Now));
                break;
            case StepKind.SetPrimary:
                var primary = Peer.Addresses[step.High % Peer.Addresses.Length];
                engine.Do(association, a => a.SetPrimary(primary));
                break;
            case StepKind.CarrierFails:
                Fail(step.High, engine, association);
                break;
        }
    }

    private static void Fail(int high, EngineUnderTest engine, Association association)
    {
        var remote = Peer.Addresses[high % 2];
        if ((high & 2) != 0)
        {
            var length = 1_300 - (high * 64);
            engine.Do(association, a => a.ReportTooBig(remote, length));
        }
        else
        {
            engine.Do(association, a => a.ReportSendFailure(remote, Peer.EngineAddresses[0], engine.Now));
        }
    }
}
