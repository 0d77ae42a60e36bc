using Kestrel.Sctp.PacketScripts.Calls.Families;
using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Calls;

/// <summary>The calls of a script over the engine: finds who makes a call, waits with it while it blocks, and judges how it ended.</summary>
internal sealed class SystemCalls : ISystemCalls
{
    private readonly VirtualHost _host = new();
    private readonly SystemSettings _settings = new();
    private readonly DescriptorTable _descriptors = new();
    private readonly Dictionary<string, Func<CallArguments, Attempt>> _calls = new(StringComparer.Ordinal);
    private readonly List<(CallInProgress Call, Attempt Attempt)> _blocked = [];
    private readonly SocketCalls _sockets;

    public SystemCalls()
    {
        _sockets = new SocketCalls(_host, _settings, _descriptors);
        foreach (var (name, begin) in _sockets.All.Concat(SendCalls.All).Concat(ReceiveCalls.All).Concat(OptionCalls.All))
        {
            _calls.Add(name, begin);
        }
    }

    public long Now => _host.Now;

    public long NextDeadline => _host.NextDeadline;

    public SocketUnderTest? UnderTest => _sockets.Last?.UnderTest;

    public string? MissingExtensions =>
        _settings.MissingExtensions.Count == 0 ? null : $"not supported: {string.Join(", ", _settings.MissingExtensions)}";

    public void AdvanceTo(long time)
    {
        // Step by step, for a call that ends at a deadline ends at its time.
        while (NextDeadline <= time)
        {
            _host.AdvanceTo(NextDeadline);
            Retry();
        }

        _host.AdvanceTo(time);
        Retry();
    }

    public string? FindUnsupported(ScriptCall call) =>
        _calls.ContainsKey(call.Name) ? OptionCalls.FindUnsupported(call) : $"{call.Name} is not supported";

    public CallInProgress Begin(ScriptCall call)
    {
        if (!_calls.TryGetValue(call.Name, out var begin))
        {
            throw new ScriptSkippedException($"{call.Name} is not supported");
        }

        var inProgress = new CallInProgress(call);
        try
        {
            var attempt = begin(new CallArguments(call, _descriptors));
            if (!TryComplete(inProgress, attempt))
            {
                _blocked.Add((inProgress, attempt));
            }
        }
        catch (CallException e)
        {
            inProgress.Complete(Now, e.Message);
        }
        catch (BadDescriptorException)
        {
            inProgress.Complete(Now, Judge(call, Outcome.Error("EBADF")));
        }

        // What it did may have been what another waits for.
        Retry();
        return inProgress;
    }

    public void RunShell(string command, int line) => Sysctls.Run(command, _settings);

    public void Receive(in PacketInfo info, ReadOnlySpan<byte> packet)
    {
        _host.Receive(info, packet);
        Retry();
    }

    public bool TryTakeSent(out SentPacket packet) => _host.TryTakeSent(out packet);

    private void Retry() => _blocked.RemoveAll(blocked => TryComplete(blocked.Call, blocked.Attempt));

    private bool TryComplete(CallInProgress call, Attempt attempt)
    {
        if (attempt() is not { } outcome)
        {
            return false;
        }

        call.Complete(Now, Judge(call.Call, outcome));
        return true;
    }

    private string? Judge(ScriptCall call, Outcome outcome)
    {
        if (outcome.Opened is { } socket)
        {
            if (Open(call, socket) is { } failure)
            {
                return failure;
            }
        }
        else if (!Values.IsAny(call.Result) && Values.Number(call.Result) != outcome.Value)
        {
            return $"expected {call.Result}{(call.Errno is null ? "" : " " + call.Errno)}, got {Describe(outcome)}";
        }

        // A system may have two names for one number: EAGAIN and EWOULDBLOCK.
        if (call.Errno is not null && outcome.Errno is not null && Values.Number(Values.Name(call.Errno)) != Values.Number(Values.Name(outcome.Errno)))
        {
            return $"expected {call.Errno}, got {outcome.Errno}";
        }

        if (outcome.Value >= 0)
        {
            foreach (var (what, expected, actual) in outcome.Filled)
            {
                if (Comparison.Difference(what, expected, actual) is { } difference)
                {
                    return difference;
                }
            }
        }

        return null;
    }

    private string? Open(ScriptCall call, Sockets.VirtualSocket socket)
    {
        var number = Values.IsAny(call.Result) ? _descriptors.Free() : Values.Number(call.Result);
        return number < 0 ? $"expected {call.Result}{(call.Errno is null ? "" : " " + call.Errno)}, got a socket"
            : _descriptors.TryAdd(number, socket) ? null
            : $"the script has descriptor {number} in use already";
    }

    private static string Describe(Outcome outcome) => outcome.Errno is null ? $"{outcome.Value}" : $"{outcome.Value} {outcome.Errno}";
}
