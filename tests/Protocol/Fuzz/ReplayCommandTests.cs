using Kestrel.Sctp.Fuzz.Replay;
using Kestrel.Sctp.Protocol.Tests.Wire;

namespace Kestrel.Sctp.Protocol.Tests.Fuzz;

/// <summary>The command that gives a corpus of anyone's to an engine.</summary>
public sealed class ReplayCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("replay").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact, Trait("Requirement", "R-125")]
    public void R_125_packets_chunks_noise_and_what_is_too_long_for_a_datagram_do_no_harm()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "deeper"));
        foreach (var packet in CapturedPacket.All)
        {
            Write($"deeper/{packet.File}-{packet.Number}", packet.Bytes);
            Write($"deeper/{packet.File}-{packet.Number}-chunks", packet.Bytes[12..]);
        }

        Write("empty", []);
        Write("noise", [.. Enumerable.Range(0, 1_000).Select(i => (byte)(i * i >> 3))]);
        Write("long", new byte[300_000]);
        var output = new StringWriter();
        Assert.Equal(0, ReplayCommand.Run(_folder, prefixByte: false, output));
        var lines = output.ToString().TrimEnd().Split(Environment.NewLine);
        Assert.StartsWith($"files {(2 * CapturedPacket.All.Count) + 3}, escapes 0, packets ", lines[^1], StringComparison.Ordinal);
        Assert.StartsWith("largest allocation: ", lines[^2], StringComparison.Ordinal);
        Assert.StartsWith("slowest file: ", lines[^3], StringComparison.Ordinal);
        Assert.StartsWith("1 files are longer than a datagram", lines[^4], StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_an_error()
    {
        Assert.Equal(2, ReplayCommand.Run(Path.Combine(_folder, "none"), prefixByte: false, TextWriter.Null));
    }

    private void Write(string name, byte[] bytes) => File.WriteAllBytes(Path.Combine(_folder, name), bytes);
}
