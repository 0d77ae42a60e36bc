using System.Buffers.Binary;

namespace Kestrel.Sctp.Fuzz.Targets;

/// <summary>What a step of a <see cref="Script"/> is: the low four bits of its first byte. All above <see cref="Wait"/> without a length.</summary>
internal enum StepKind
{
    /// <summary>16 bits of length, then a run of chunks; several numbers stand for the same, for it is what matters most.</summary>
    Packet = 0,
    LastPacket = 7,

    /// <summary>16 bits of milliseconds; the high bits of the first byte make them longer.</summary>
    Wait = 8,

    /// <summary>16 bits of length; the high bits are the stream and the U bit.</summary>
    Send = 9,
    StopReading = 10,
    StartReading = 11,
    Shutdown = 12,

    /// <summary>Only with all high bits set: it is the end.</summary>
    Abort = 13,
    SetPrimary = 14,

    /// <summary>The carrier refuses a packet as too big, or cannot send.</summary>
    CarrierFails = 15,
}

/// <summary>One step: its kind, the four high bits of its first byte, and its 16 bits or its chunks.</summary>
internal readonly ref struct ScriptStep(StepKind kind, int high, int value, ReadOnlySpan<byte> chunks)
{
    public StepKind Kind => kind;

    public int High => high;

    public int Value => value;

    public ReadOnlySpan<byte> Chunks { get; } = chunks;
}

/// <summary>Any bytes, read as steps of a peer, a user and a clock.</summary>
internal ref struct Script(ReadOnlySpan<byte> input)
{
    private const int MaxSteps = 64;

    private ReadOnlySpan<byte> _rest = input;
    private int _steps;

    public bool TryNext(out ScriptStep step)
    {
        step = default;
        if (_rest.IsEmpty || _steps++ == MaxSteps)
        {
            return false;
        }

        var first = _rest[0];
        _rest = _rest[1..];
        var kind = (StepKind)(first & 0xF);
        kind = kind <= StepKind.LastPacket ? StepKind.Packet : kind;
        var value = 0;
        ReadOnlySpan<byte> chunks = default;
        if (kind <= StepKind.Send && _rest.Length >= sizeof(ushort))
        {
            value = BinaryPrimitives.ReadUInt16BigEndian(_rest);
            _rest = _rest[sizeof(ushort)..];
        }

        if (kind == StepKind.Packet)
        {
            chunks = _rest[..Math.Min(value, _rest.Length)];
            _rest = _rest[chunks.Length..];
        }

        step = new ScriptStep(kind, first >> 4, value, chunks);
        return true;
    }
}

/// <summary>Writes what <see cref="Script"/> reads.</summary>
internal sealed class ScriptWriter
{
    private readonly List<byte> _bytes = [];

    public ScriptWriter Packet(PacketOrigin origin, params byte[][] chunks)
    {
        byte[] run = [.. chunks.SelectMany(chunk => chunk)];
        Add(StepKind.Packet, (int)origin, run.Length);
        _bytes.AddRange(run);
        return this;
    }

    public ScriptWriter Packet(params byte[][] chunks) => Packet(PacketOrigin.Usual, chunks);

    public ScriptWriter Wait(int milliseconds)
    {
        Add(StepKind.Wait, 0, milliseconds);
        return this;
    }

    public ScriptWriter Send(int length, int high = 0)
    {
        Add(StepKind.Send, high, length);
        return this;
    }

    public ScriptWriter Do(StepKind kind, int high = 0)
    {
        _bytes.Add((byte)((int)kind | (high << 4)));
        return this;
    }

    public ScriptWriter Step(in ScriptStep step, ReadOnlySpan<byte> chunks)
    {
        if (step.Kind <= StepKind.Send)
        {
            Add(step.Kind, step.High, step.Kind == StepKind.Packet ? chunks.Length : step.Value);
            _bytes.AddRange(chunks);
        }
        else
        {
            Do(step.Kind, step.High);
        }

        return this;
    }

    public byte[] ToArray() => [.. _bytes];

    private void Add(StepKind kind, int high, int value)
    {
        Do(kind, high);
        _bytes.Add((byte)(value >> 8));
        _bytes.Add((byte)value);
    }
}
