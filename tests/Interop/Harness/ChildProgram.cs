using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Kestrel.Sctp.Interop.Tests.Harness;

/// <summary>A started program: its lines (standard output and error), awaited one by one; its whole tree dies with Dispose.</summary>
internal sealed class ChildProgram : IAsyncDisposable
{
    /// <summary>Bound of every wait: far more than anything here takes on a loaded machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _ended;

    private ChildProgram(Process process)
    {
        _process = process;
    }

    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    public bool HasExited => _process.HasExited;

    /// <summary>All lines so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    public static ChildProgram Start(string program, params IEnumerable<string> arguments)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        var child = new ChildProgram(process);
        process.OutputDataReceived += (_, e) => child.Add(e.Data);
        process.ErrorDataReceived += (_, e) => child.Add(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _ = child.WatchAsync();
        return child;
    }

    /// <summary>
    /// Starts a program that isn't ours: line-buffered, for it would else write to a pipe in blocks, and bounded in time, for nothing
    /// else ends it when the test run is killed.
    /// </summary>
    public static ChildProgram StartForeign(string program, params IEnumerable<string> arguments)
        => Start("timeout", ["180", "stdbuf", "-oL", program, .. arguments]);

    /// <summary>The first line that matches, from the <paramref name="from"/>th on; fails with all output at its end or a timeout.</summary>
    public async Task<string> LineAsync([StringSyntax("Regex")] string pattern, int from = 0, TimeSpan? timeout = null)
    {
        var bound = timeout ?? Patience;
        using var cancellation = new CancellationTokenSource(bound);
        while (true)
        {
            Task changed;
            bool ended;
            lock (_gate)
            {
                for (var i = from; i < _lines.Count; i++)
                {
                    if (Regex.IsMatch(_lines[i], pattern))
                    {
                        return _lines[i];
                    }
                }

                changed = _changed.Task;
                ended = _ended;
            }

            if (ended)
            {
                throw new InvalidOperationException($"The program ended without a line '{pattern}'. {Describe()}");
            }

            try
            {
                await changed.WaitAsync(cancellation.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"No line '{pattern}' within {bound.TotalSeconds} s. {Describe()}");
            }
        }
    }

    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>The exit code, once the program has ended by itself.</summary>
    public async Task<int> ExitAsync(TimeSpan? timeout = null)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(timeout ?? Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The program doesn't end. {Describe()}");
        }

        return _process.ExitCode;
    }

    /// <summary>SIGKILL to the whole tree: the program says good-bye to nobody. Its ports are free when the task completes.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    /// <summary>The program and the end of what it printed, for a failure's message.</summary>
    public string Describe()
    {
        var info = _process.StartInfo;
        var lines = Lines;
        return $"{info.FileName} {string.Join(' ', info.ArgumentList)} printed {lines.Count} lines, the last of them:\n"
            + string.Join('\n', lines.TakeLast(40));
    }

    private void Add(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            _lines.Add(line);
            Pulse();
        }
    }

    private async Task WatchAsync()
    {
        await _process.WaitForExitAsync(); // also awaits the end of both streams
        lock (_gate)
        {
            _ended = true;
            Pulse();
        }
    }

    private void Pulse()
    {
        _changed.SetResult();
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
