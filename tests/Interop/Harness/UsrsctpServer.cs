using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Kestrel.Sctp.Interop.Tests.Harness;

/// <summary>One of usrsctp's own servers (echo_server, discard_server) on the wildcard, with its fixed SCTP port.</summary>
internal sealed class UsrsctpServer : IAsyncDisposable
{
    private readonly ChildProgram _program;

    private UsrsctpServer(ChildProgram program, SctpEndPoint endPoint)
    {
        _program = program;
        EndPoint = endPoint;
    }

    public SctpEndPoint EndPoint { get; }

    public IReadOnlyList<string> Lines => _program.Lines;

    /// <summary>Starts one. It prints nothing when it is ready, so the first association that comes up tells it.</summary>
    public static async Task<UsrsctpServer> StartAsync(string name, int port)
    {
        var endPoint = new SctpEndPoint([IPAddress.Loopback], port).OverUdp(UdpPorts.Take());
        var program = ChildProgram.StartForeign(Usrsctp.Program(name), $"{endPoint.UdpPort}");
        try
        {
            for (var clock = Stopwatch.StartNew(); !await TryConnectAsync(endPoint);)
            {
                Assert.False(program.HasExited, program.Describe());
                Assert.True(clock.Elapsed < ChildProgram.Patience, $"refuses connections: {program.Describe()}");
            }
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }

        return new UsrsctpServer(program, endPoint);
    }

    public Task<string> LineAsync([StringSyntax("Regex")] string pattern, int from = 0) => _program.LineAsync(pattern, from);

    public ValueTask DisposeAsync() => _program.DisposeAsync();

    private static async Task<bool> TryConnectAsync(SctpEndPoint endPoint)
    {
        var quick = TimeSpan.FromMilliseconds(50); // an INIT before the UDP port is open is lost
        await using var socket = new SctpSocket(new SctpOptions { RtoInitial = quick, RtoMin = quick });
        try
        {
            await socket.ConnectXAsync(endPoint).AsTask().WaitAsync(ChildProgram.Patience);
            return true;
        }
        catch (SctpException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.TimedOut)
        {
            return false;
        }
    }
}
