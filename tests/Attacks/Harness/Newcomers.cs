using System.Diagnostics;
using Microsoft.AspNetCore.Connections;

namespace Kestrel.Sctp.Attacks.Harness;

/// <summary>
/// Associations one after the other, each set up, used once and ended. That they are refused under an attack on set-up is no failure: it is
/// what keeps those that live.
/// </summary>
internal sealed class Newcomers : IAsyncDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<double> _milliseconds = [];
    private Task _running = Task.CompletedTask;

    private Newcomers()
    {
    }

    /// <summary>How long each set-up took. Once all have ended.</summary>
    public Latencies Latencies => new(_milliseconds);

    public int Refused { get; private set; }

    public static Newcomers Begin(SctpEndPoint server)
    {
        var newcomers = new Newcomers();
        newcomers._running = newcomers.RunAsync(server);
        return newcomers;
    }

    /// <summary>A new association, one echo, and its graceful end; how long the set-up took.</summary>
    public static async Task<TimeSpan> ComeAsync(SctpEndPoint server)
    {
        await using var factory = new SctpConnectionFactory();
        var clock = Stopwatch.StartNew();
        await using var connection = await factory.ConnectAsync(server).AsTask().WaitAsync(Echo.Patience);
        var took = clock.Elapsed;
        await Echo.ExchangeAsync(connection, [1, 2, 3]);
        return took;
    }

    /// <summary>The one under way is the last.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(SctpEndPoint server)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _milliseconds.Add((await ComeAsync(server)).TotalMilliseconds);
            }
            catch (Exception e) when (e is SctpException or ConnectionAbortedException or ConnectionResetException or TimeoutException)
            {
                Refused++;
            }

            await Task.Delay(_pause);
        }
    }
}
