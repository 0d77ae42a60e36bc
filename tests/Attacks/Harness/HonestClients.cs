using System.Diagnostics;
using Microsoft.AspNetCore.Connections;

namespace Kestrel.Sctp.Attacks.Harness;

/// <summary>
/// Clients with nothing to hide, on the real stack: each sends a message, reads all of its echo, pauses, and goes on. An echo that differs,
/// does not come, or a connection that ends is a failure.
/// </summary>
internal sealed class HonestClients : IAsyncDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(10);

    private readonly SctpConnectionFactory _factory = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<string> _failures = [];
    private readonly List<Task> _running = [];
    private readonly int[] _exchanges;
    private List<double> _latencies = [];

    private HonestClients(int count) => _exchanges = new int[count];

    public IReadOnlyList<string> Failures
    {
        get
        {
            lock (_gate)
            {
                return [.. _failures];
            }
        }
    }

    public static async Task<HonestClients> ConnectAsync(SctpEndPoint server, int count)
    {
        var clients = new HonestClients(count);
        for (var i = 0; i < count; i++)
        {
            var connection = await clients._factory.ConnectAsync(server).AsTask().WaitAsync(Echo.Patience);
            clients._running.Add(clients.RunAsync(connection, i));
        }

        return clients;
    }

    /// <summary>The echoes begun since the last call; those under way are counted by the next.</summary>
    public Latencies TakeLatencies()
    {
        lock (_gate)
        {
            var taken = new Latencies(_latencies);
            _latencies = [];
            return taken;
        }
    }

    /// <summary>Over when each client has begun and ended further echoes, or has failed.</summary>
    public async Task RoundsAsync(int rounds)
    {
        var from = _exchanges.Select((_, i) => Volatile.Read(ref _exchanges[i])).ToArray();
        for (var i = 0; i < _exchanges.Length; i++)
        {
            // One is under way and may have begun before.
            while (Volatile.Read(ref _exchanges[i]) - from[i] <= rounds && !_running[i].IsCompleted)
            {
                await Task.Delay(_pause);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        await _factory.DisposeAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(ConnectionContext connection, int client)
    {
        await Task.Yield();
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                List<double> phase;
                lock (_gate)
                {
                    phase = _latencies;
                }

                var clock = Stopwatch.StartNew();
                await Echo.ExchangeAsync(connection, CreateMessage(client, _exchanges[client]));
                var took = clock.Elapsed.TotalMilliseconds;
                lock (_gate)
                {
                    phase.Add(took);
                }

                Interlocked.Increment(ref _exchanges[client]);
                await Task.Delay(_pause);
            }

            await connection.DisposeAsync();
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                _failures.Add($"client {client}, after {_exchanges[client]} echoes: {e.GetType().Name}: {e.Message}");
            }
        }
    }

    /// <summary>10 to 3,000 bytes: within one packet, and over several.</summary>
    private static byte[] CreateMessage(int client, int exchange)
    {
        var random = new Random((client * 1_000_003) + exchange);
        var message = new byte[random.Next(10, random.Next(4) == 0 ? 3000 : 300)];
        random.NextBytes(message);
        return message;
    }
}
