using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Kestrel.Sctp.Attacks.Harness;

/// <summary>samples/EchoServer as a process of its own, on 127.0.0.1 and a UDP port of its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>Bound of every wait: far more than anything here takes on a loaded machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _output = [];
    private readonly TaskCompletionSource<SctpEndPoint> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<string> _figures = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process) => _process = process;

    /// <summary>Where the server listens.</summary>
    public SctpEndPoint EndPoint { get; private set; } = null!;

    /// <summary>The same as a UDP address.</summary>
    public IPEndPoint UdpEndPoint { get; private set; } = null!;

    public bool IsAlive => !_process.HasExited;

    /// <summary>All that it printed of itself.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (_gate)
            {
                return [.. _output];
            }
        }
    }

    public static async Task<ServerProcess> StartAsync()
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", ["exec", FindEchoServer(), "--listen", "sctp+udp://127.0.0.1:7?udp=0"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location },
            },
        };
        var server = new ServerProcess(process);
        process.OutputDataReceived += (_, e) => server.Take(e.Data);
        process.ErrorDataReceived += (_, e) => server.Take(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _ = server.WatchAsync();
        server.EndPoint = await server._listening.Task.WaitAsync(Patience);
        server.UdpEndPoint = new IPEndPoint(server.EndPoint.Addresses[0], server.EndPoint.UdpPort!.Value);
        return server;
    }

    /// <summary>Makes it collect its garbage, and counts.</summary>
    public async Task<ServerFigures> CountAsync()
    {
        Task<string> answer;
        lock (_gate)
        {
            if (_figures.Task.IsCompleted)
            {
                _figures = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            answer = _figures.Task;
        }

        await _process.StandardInput.WriteLineAsync("figures");
        await _process.StandardInput.FlushAsync();
        var values = (await answer.WaitAsync(Patience)).Split(' ').Skip(1).Select(pair => pair.Split('='))
            .ToDictionary(pair => pair[0], pair => long.Parse(pair[1], CultureInfo.InvariantCulture));
        var status = File.ReadLines($"/proc/{_process.Id}/status").Select(line => line.Split(':', StringSplitOptions.TrimEntries)).ToDictionary(p => p[0], p => p[1]);
        return new ServerFigures(
            values["heap"],
            long.Parse(status["VmRSS"].Split(' ')[0], CultureInfo.InvariantCulture) * 1024,
            values["allocated"],
            values["exceptions"],
            TimeSpan.FromMicroseconds(values["cpu"]),
            int.Parse(status["Threads"], CultureInfo.InvariantCulture),
            Directory.GetFileSystemEntries($"/proc/{_process.Id}/fd").Length,
            Output.Count,
            ReadDroppedPackets());
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync().WaitAsync(Patience);
        _process.Dispose();
    }

    /// <summary>The last column of the server's line in /proc/net/udp.</summary>
    private long ReadDroppedPackets()
    {
        var local = $":{UdpEndPoint.Port:X4}";
        return File.ReadLines("/proc/net/udp").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 12 && fields[1] == "0100007F" + local)
            .Sum(fields => long.Parse(fields[^1], CultureInfo.InvariantCulture));
    }

    private void Take(string? line)
    {
        const string listening = "listening on ";
        lock (_gate)
        {
            if (line is null)
            {
            }
            else if (line.StartsWith("figures ", StringComparison.Ordinal))
            {
                _figures.TrySetResult(line);
            }
            else if (line.StartsWith(listening, StringComparison.Ordinal))
            {
                _listening.TrySetResult(SctpEndPoint.Parse(line[listening.Length..]));
            }
            else
            {
                _output.Add(line);
            }
        }
    }

    private async Task WatchAsync()
    {
        await _process.WaitForExitAsync();
        var ended = new InvalidOperationException($"The server ended with exit code {_process.ExitCode}. It printed:\n{string.Join('\n', Output.TakeLast(40))}");
        _listening.TrySetException(ended);
        lock (_gate)
        {
            _figures.TrySetException(ended);
        }
    }

    private static string FindEchoServer()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory); // tests/HOUSE/bin/CONFIGURATION/net10.0/
        var root = output.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(root, "samples", "EchoServer", "bin", output.Parent.Name, output.Name, "EchoServer.dll");
    }
}
