using System.Buffers.Binary;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Fuzz.Targets;

/// <summary>Changes to a run of chunks as a run of chunks: what changes bytes alone seldom keeps lengths right.</summary>
internal static class ChunkMutator
{
    private static readonly byte[] _types = [.. Enum.GetValues<ChunkType>().Select(type => (byte)type)];
    private static readonly ushort[] _parameters = [.. Enum.GetValues<ParameterType>().Select(type => (ushort)type)];

    public static byte[] Mutate(ReadOnlySpan<byte> run, Random random)
    {
        var chunks = Split(run);
        var place = random.Next(chunks.Count + 1);
        var known = SeedScripts.AllChunks[random.Next(SeedScripts.AllChunks.Count)];
        if (place == chunks.Count)
        {
            chunks.Add(known);
            return [.. chunks.SelectMany(chunk => chunk)];
        }

        var chunk = chunks[place];
        switch (random.Next(9))
        {
            case 0:
                chunks.Insert(place, known);
                break;
            case 1:
                chunks.RemoveAt(place);
                break;
            case 2:
                chunks.Insert(random.Next(chunks.Count), chunk);
                break;
            case 3:
                chunks.RemoveAt(place);
                chunks.Insert(random.Next(chunks.Count + 1), chunk);
                break;
            case 4:
                chunk[0] = random.Next(4) == 0 ? (byte)random.Next(256) : _types[random.Next(_types.Length)];
                break;
            case 5:
                chunk[1] = (byte)random.Next(random.Next(4) == 0 ? 256 : 16);
                break;
            case 6:
                chunks[place] = Resize(chunk, random.Next(random.Next(4) == 0 ? 1_500 : 64));
                break;
            case 7 when chunk.Length >= 12:
                // A TSN, or whatever else stands there.
                var field = chunk.AsSpan(4 * random.Next(1, Math.Min(chunk.Length / 4, 6)), 4);
                BinaryPrimitives.WriteUInt32BigEndian(field, (uint)random.Next(-2, random.Next(4) == 0 ? 70_000 : 12));
                break;
            case 8:
                chunks[place] = WithParameter(chunk, random);
                break;
        }

        return [.. chunks.SelectMany(each => each)];
    }

    /// <summary>Chunks with their padding; what is no chunk any more comes last.</summary>
    private static List<byte[]> Split(ReadOnlySpan<byte> run)
    {
        var chunks = new List<byte[]>();
        while (run.Length >= Chunk.HeaderSize)
        {
            var length = Math.Min(Tlv.Pad(Math.Max((int)BinaryPrimitives.ReadUInt16BigEndian(run[2..]), Chunk.HeaderSize)), run.Length);
            chunks.Add(run[..length].ToArray());
            run = run[length..];
        }

        return chunks;
    }

    private static byte[] Resize(byte[] chunk, int valueLength)
    {
        var length = Chunk.HeaderSize + valueLength;
        var resized = new byte[Tlv.Pad(length)];
        chunk.AsSpan(0, Math.Min(chunk.Length, resized.Length)).CopyTo(resized);
        BinaryPrimitives.WriteUInt16BigEndian(resized.AsSpan(2), (ushort)length);
        return resized;
    }

    private static byte[] WithParameter(byte[] chunk, Random random)
    {
        var length = random.Next(4) switch { 0 => 4, 1 => 8, 2 => 20, _ => random.Next(40) };
        var parameter = new byte[Tlv.Pad(Math.Max(length, Tlv.HeaderSize))];
        BinaryPrimitives.WriteUInt16BigEndian(parameter, _parameters[random.Next(_parameters.Length)]);
        BinaryPrimitives.WriteUInt16BigEndian(parameter.AsSpan(2), (ushort)length);
        byte[] longer = [.. chunk, .. parameter];
        BinaryPrimitives.WriteUInt16BigEndian(longer.AsSpan(2), (ushort)longer.Length);
        return longer;
    }
}
