using System.Diagnostics.CodeAnalysis;

namespace Kestrel.Sctp.Interop.Tests.Harness;

/// <summary>Sees the SCTP packets in UDP that pass an interface of a namespace, also those that nobody takes (usrsctp/sniff.c).</summary>
internal sealed class PacketSniffer : IAsyncDisposable
{
    private readonly ChildProgram _program;

    private PacketSniffer(ChildProgram program)
    {
        _program = program;
    }

    /// <summary>All packets so far, a line each: <c>SRC:PORT > DST:PORT sctp SPORT DPORT tag TAG chunks INIT,…</c></summary>
    public IReadOnlyList<string> Packets => _program.Lines;

    /// <summary>Starts one; it sees every packet from the task's completion on.</summary>
    public static async Task<PacketSniffer> StartAsync(NetworkNamespace space, string interfaceName)
    {
        var program = space.Start(Usrsctp.Sniffer, interfaceName);
        try
        {
            await program.LineAsync("^SNIFFING$");
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }

        return new PacketSniffer(program);
    }

    /// <summary>Awaits a packet that matches, past or to come.</summary>
    public Task<string> PacketAsync([StringSyntax("Regex")] string pattern) => _program.LineAsync(pattern);

    /// <summary>Awaits the packet with a chunk from one address to another.</summary>
    public Task<string> PacketAsync(string source, string destination, string chunk)
        => PacketAsync($"^{Escape(source)}:\\d+ > {Escape(destination)}:\\d+ .* chunks (.*,)?{chunk}(,|$)");

    public ValueTask DisposeAsync() => _program.DisposeAsync();

    private static string Escape(string address) => System.Text.RegularExpressions.Regex.Escape(address);
}
