using System.Globalization;
using Kestrel.Sctp.PacketScripts.Calls;
using Kestrel.Sctp.PacketScripts.Language;
using Kestrel.Sctp.PacketScripts.Packets;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.PacketScripts.Running;

/// <summary>
/// Runs the events of a script one after the other against a system, in virtual time. As in the language's own interpreter, a packet
/// that is sent is noticed when the next one is expected: it must be that one. What is sent behind the last one expected is not looked at.
/// </summary>
internal sealed class ScriptRunner(ISystemCalls system, long tolerance)
{
    // A packet or the end of a call is waited for no longer than this: a heartbeat comes every 30 s.
    private const long Patience = 3600 * EngineTime.Second;

    // Steps at one time; an engine that needs more never comes to rest.
    private const int MaxSteps = 100_000;

    private readonly ISystemCalls _system = system;
    private readonly long _tolerance = tolerance;
    private ScriptFlow? _flow;
    private ushort _nextPeerPort = 49_152;
    private PendingCall? _pending;

    // Of the event at hand.
    private int _line;
    private int _stepsInPlace;

    private sealed record PendingCall(CallInProgress Call, long ExpectedEnd, int Line);

    public ScriptResult Run(Script script)
    {
        try
        {
            var lastAbsolute = 0L;
            foreach (var scriptEvent in script.Events)
            {
                _line = scriptEvent.Line;
                var time = scriptEvent.Time;
                if (ReferenceEquals(scriptEvent, script.Events[0]) && time is { Kind: not TimeKind.Any, Microseconds: not 0 })
                {
                    throw new ScriptFailedException(_line, "the first event is not at time 0");
                }

                if (time.Kind == TimeKind.Absolute)
                {
                    lastAbsolute = time.Microseconds >= lastAbsolute
                        ? time.Microseconds
                        : throw new ScriptFailedException(_line, $"time goes backward, from {Seconds(lastAbsolute)} to {Seconds(time.Microseconds)}");
                }

                Run(scriptEvent);
            }

            AwaitPending();
            return ScriptResult.Passed;
        }
        catch (ScriptFailedException failure)
        {
            return _system.MissingExtensions is { } missing ? ScriptResult.Skipped(_line, missing) : failure.Result;
        }
        catch (ScriptSkippedException skipped)
        {
            return ScriptResult.Skipped(_line, skipped.Message);
        }
    }

    private void Run(ScriptEvent scriptEvent)
    {
        // Relative to the moment at which the event before was done with.
        var origin = scriptEvent.Time.Kind == TimeKind.Relative ? _system.Now : 0;
        var time = origin + scriptEvent.Time.Microseconds;
        switch (scriptEvent)
        {
            case ExpectEvent expect:
                Expect(expect, time, origin + scriptEvent.Time.RangeEnd ?? time);
                break;
            case InjectEvent inject:
                AdvanceToEvent(time);
                Inject(inject);
                break;
            case ShellEvent shell:
                AdvanceToEvent(time);
                _system.RunShell(shell.Command, shell.Line);
                break;
            case CallEvent call:
                Call(call, time, origin + call.End);
                break;
            case UnsupportedEvent unsupported:
                throw new ScriptSkippedException(unsupported.Reason);
        }

        CheckPending();
    }

    private void Call(CallEvent scriptEvent, long time, long? end)
    {
        if (end is not null)
        {
            AwaitPending();
        }

        AdvanceToEvent(time);
        var call = _system.Begin(scriptEvent.Call);
        if (end is not null)
        {
            _pending = new PendingCall(call, end.Value, scriptEvent.Line);
            return;
        }

        Await(call, scriptEvent.Line);
        CheckResult(call, scriptEvent.Line);
    }

    private void Inject(InjectEvent scriptEvent)
    {
        var flow = FlowOf(scriptEvent);
        byte[] packet;
        try
        {
            packet = flow.ToBytes(scriptEvent.Packet);
        }
        catch (InvalidOperationException cause)
        {
            throw new ScriptFailedException(scriptEvent.Line, cause.Message);
        }

        _system.Receive(flow.ArrivalInfo(scriptEvent.Packet), packet);
    }

    private void Expect(ExpectEvent scriptEvent, long earliest, long latest)
    {
        var flow = FlowOf(scriptEvent);
        var isTimed = scriptEvent.Time.Kind != TimeKind.Any;
        if (Next(flow, scriptEvent.Packet, isTimed ? Math.Max(latest + _tolerance, _system.Now) + Patience : _system.Now + Patience) is not { } packet)
        {
            throw new ScriptFailedException(scriptEvent.Line, "no packet was sent", Expected(scriptEvent, earliest));
        }

        var read = flow.Read(scriptEvent.Packet, packet);
        var differences = new List<string>();
        if (!Crc32c.VerifyPacket(packet.Bytes.Span))
        {
            differences.Add("the checksum is wrong");
        }

        if (scriptEvent.Packet.Tag is { } tag && tag != flow.ScriptTagOf(read))
        {
            differences.Add($"verification tag: expected {tag}, got {flow.ScriptTagOf(read)}");
        }

        differences.AddRange(PacketComparison.Compare(scriptEvent.Packet, read));
        if (isTimed && (packet.Time < earliest - _tolerance || packet.Time > latest + _tolerance))
        {
            var expected = earliest == latest ? $"at {Seconds(earliest)}" : $"from {Seconds(earliest)} to {Seconds(latest)}";
            differences.Add($"time: expected {expected}, sent at {Seconds(packet.Time)}");
        }

        if (differences.Count > 0)
        {
            throw new ScriptFailedException(scriptEvent.Line, differences[0],
                [Expected(scriptEvent, earliest), $"sent:     {Seconds(packet.Time)} > {read}", .. differences.Select(difference => $"differs:  {difference}")]);
        }
    }

    private static string Expected(ExpectEvent scriptEvent, long time) =>
        $"expected: {(scriptEvent.Time.Kind == TimeKind.Any ? "*" : Seconds(time))} > {scriptEvent.Packet}";

    /// <summary>The next packet of the flow; those of others are not the script's.</summary>
    private SentPacket? Next(ScriptFlow flow, PacketPattern expected, long deadline)
    {
        while (true)
        {
            while (_system.TryTakeSent(out var packet))
            {
                if (flow.Owns(packet, expected))
                {
                    return packet;
                }
            }

            if (_system.NextDeadline > deadline)
            {
                return null;
            }

            Step();
            CheckPending();
        }
    }

    private ScriptFlow FlowOf(ScriptEvent scriptEvent)
    {
        var socket = _system.UnderTest ?? throw new ScriptFailedException(scriptEvent.Line, "there is no socket yet that this packet could belong to");
        var connects = socket.PeerPort != 0;
        return _flow?.Socket == socket && _flow.HasInventedPeer != connects
            ? _flow
            : _flow = new ScriptFlow(socket, connects ? (ushort)0 : _nextPeerPort++);
    }

    private void AdvanceToEvent(long time)
    {
        while (_system.NextDeadline <= time)
        {
            Step();
            CheckPending();
        }

        if (_system.Now < time)
        {
            _system.AdvanceTo(time);
            CheckPending();
        }

        if (_system.Now > time + _tolerance)
        {
            throw new ScriptFailedException(_line, $"time: expected at {Seconds(time)}, but it is {Seconds(_system.Now)} already");
        }
    }

    /// <summary>On to the system's next deadline.</summary>
    private void Step()
    {
        var now = _system.Now;
        _system.AdvanceTo(Math.Max(_system.NextDeadline, now));
        _stepsInPlace = _system.Now > now ? 0 : _stepsInPlace + 1;
        if (_stepsInPlace > MaxSteps)
        {
            throw new ScriptFailedException(_line, $"the engine never comes to rest at {Seconds(now)}");
        }
    }

    private void Await(CallInProgress call, int line)
    {
        var deadline = _system.Now + Patience;
        while (!call.IsCompleted)
        {
            if (_system.NextDeadline > deadline)
            {
                throw new ScriptFailedException(line, "the call never returns", $"call:     {call.Call}");
            }

            Step();
        }
    }

    private void AwaitPending()
    {
        if (_pending is { } pending)
        {
            Await(pending.Call, pending.Line);
            CheckPending();
        }
    }

    private void CheckPending()
    {
        if (_pending is not { Call.IsCompleted: true } pending)
        {
            return;
        }

        _pending = null;
        CheckResult(pending.Call, pending.Line);
        if (Math.Abs(pending.Call.CompletedAt - pending.ExpectedEnd) > _tolerance)
        {
            throw new ScriptFailedException(pending.Line,
                $"time: the call should return at {Seconds(pending.ExpectedEnd)}, but did at {Seconds(pending.Call.CompletedAt)}", $"call:     {pending.Call.Call}");
        }
    }

    private static void CheckResult(CallInProgress call, int line)
    {
        if (call.Failure is { } failure)
        {
            throw new ScriptFailedException(line, failure, $"call:     {call.Call}");
        }
    }

    private static string Seconds(long time) => (time / 1e6).ToString("0.000000", CultureInfo.InvariantCulture);
}
