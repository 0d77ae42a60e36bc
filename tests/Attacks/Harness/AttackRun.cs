using System.Diagnostics;

namespace Kestrel.Sctp.Attacks.Harness;

/// <summary>Runs attacks against one server, with honest clients beside, and says what did not hold.</summary>
internal sealed class AttackRun(ServerProcess server, HonestClients clients, bool full, int repeats = AttackRun.DefaultRepeats)
{
    // The first fills what is kept for next time, pools and buffers; the others must find it there.
    public const int DefaultRepeats = 3;

    private const int Mebibyte = 1 << 20;

    // A log that grows with the packets would be an attack of its own.
    private const int MaxLogLines = 50;

    // A collector that looks at its control group has a file open now and then.
    private const int MaxHandlesMore = 16;

    private static readonly TimeSpan _recheck = TimeSpan.FromMilliseconds(250);

    public async Task<AttackResult> RunAsync(Attack attack)
    {
        var figures = new List<ServerFigures> { await server.CountAsync() };
        var rounds = full ? 200 : 10;
        await clients.RoundsAsync(1);
        clients.TakeLatencies();
        await clients.RoundsAsync(rounds);
        var before = clients.TakeLatencies();

        AttackContext context;
        TimeSpan duration;
        var failures = new List<string>();
        var traffics = new List<Traffic>();
        var during = new List<Latencies>();
        await using var newcomers = Newcomers.Begin(server.EndPoint);
        do
        {
            clients.TakeLatencies();
            (context, duration) = await AttackAsync(attack, failures);
            traffics.Add(context.Traffic);
            await clients.RoundsAsync(1);
            during.Add(clients.TakeLatencies());
            figures.Add(await SettleAsync(figures));
        }
        while (figures.Count <= repeats && failures.Count == 0);
        await newcomers.EndAsync();

        clients.TakeLatencies();
        await clients.RoundsAsync(rounds);
        var result = new AttackResult
        {
            Attack = attack,
            Traffics = traffics,
            Duration = duration,
            Before = before,
            During = Latencies.Join(during),
            After = clients.TakeLatencies(),
            Newcomers = newcomers.Latencies,
            NewcomersRefused = newcomers.Refused,
            Server = figures,
            Held = context.Held,
            HeldBy = context.HeldBy,
            Remark = context.Remark,
            HonestFailures = clients.Failures.Count,
            Failures = failures,
        };
        await ComeNewAsync(failures);
        Check(result, failures);
        return result;
    }

    private async Task<(AttackContext Context, TimeSpan Duration)> AttackAsync(Attack attack, List<string> failures)
    {
        using var context = new AttackContext(server, full);
        var clock = Stopwatch.StartNew();
        try
        {
            await Task.Factory.StartNew(() => attack.Run(context), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (Exception e)
        {
            failures.Add($"the attack could not go on: {e}");
        }

        failures.AddRange(context.Failures);

        return (context, clock.Elapsed);
    }

    private async Task ComeNewAsync(List<string> failures)
    {
        try
        {
            await Newcomers.ComeAsync(server.EndPoint);
        }
        catch (Exception e)
        {
            failures.Add($"afterwards no new association could be set up: {e}");
        }
    }

    /// <summary>Counts when what the attack began has ended over there, which takes its time, or as it is when it does not.</summary>
    private async Task<ServerFigures> SettleAsync(List<ServerFigures> figures)
    {
        var clock = Stopwatch.StartNew();
        var last = await server.CountAsync();
        while (clock.Elapsed < ServerProcess.Patience)
        {
            await Task.Delay(_recheck);
            var next = await server.CountAsync();
            var settled = figures.Count == 1 ? Math.Abs(next.HeapBytes - last.HeapBytes) < Mebibyte / 4 : next.HeapBytes <= MaxHeapAfter(figures);
            last = next;
            if (settled)
            {
                break;
            }
        }

        return last;
    }

    /// <summary>
    /// Memory after a repeat: no more than after the first, but for what may differ between two moments of an idle server.
    /// </summary>
    private static long MaxHeapAfter(IReadOnlyList<ServerFigures> figures) => figures[1].HeapBytes + (figures[1].HeapBytes / 20) + Mebibyte;

    private void Check(AttackResult result, List<string> failures)
    {
        failures.AddRange(clients.Failures);
        if (!server.IsAlive)
        {
            failures.Add("the server is gone");
        }

        foreach (var traffic in result.Traffics)
        {
            Check(traffic, result.Attack.Bound, failures);
        }

        var (first, last) = (result.Server[1], result.Server[^1]);
        if (last.HeapBytes > MaxHeapAfter(result.Server))
        {
            failures.Add($"memory grows with each repeat: {string.Join(", ", result.Server.Select(f => f.HeapBytes))} bytes");
        }

        if (last.Handles > first.Handles + MaxHandlesMore || last.Threads > result.Server[0].Threads + 32)
        {
            failures.Add($"handles or threads grow: {string.Join(", ", result.Server.Select(f => $"{f.Handles}/{f.Threads}"))}");
        }

        if (last.LogLines - result.Server[0].LogLines > MaxLogLines)
        {
            failures.Add($"{last.LogLines - result.Server[0].LogLines} lines were logged, the last of them:\n{string.Join('\n', server.Output.TakeLast(10))}");
        }
    }

    private static void Check(Traffic traffic, AmplificationBound bound, List<string> failures)
    {
        if (traffic.Measured == 0)
        {
            failures.Add("nothing was measured packet by packet");
        }

        if (traffic.MostReplies > bound.Packets || traffic.ReplyPackets > traffic.Packets * bound.Packets)
        {
            failures.Add($"{traffic.ReplyPackets} packets answered {traffic.Packets}, up to {traffic.MostReplies} a single one: more than {bound.Packets} each ({bound.Why})");
        }

        if (traffic.MostExtraBytes > bound.ExtraBytes || traffic.ReplyBytes > traffic.Bytes + (traffic.Packets * bound.ExtraBytes))
        {
            failures.Add(
                $"{traffic.ReplyBytes} bytes answered {traffic.Bytes} of {traffic.Packets} packets, for a single one up to {traffic.MostExtraBytes} more than it had: more than {bound.ExtraBytes} each ({bound.Why})");
        }
    }
}
