using System.Net;
using System.Net.Sockets;
using Kestrel.Sctp.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kestrel.Sctp.UserSpace;

/// <summary>
/// What a stack logs. Loggers are user code: they are called from the thread pool, under no lock. What the network can cause
/// is limited in rate, so that nobody can flood a log from outside.
/// </summary>
internal sealed partial class StackLog(ILogger logger)
{
    private static readonly TimeSpan _errorInterval = TimeSpan.FromSeconds(10);

    private readonly bool _isOff = logger is NullLogger or NullLogger<SctpStack>;
    private long _nextError = long.MinValue;
    private int _suppressed;
    private long _nextFlood = long.MinValue;
    private int _suppressedFlood;

    public void SendFailed(IPAddressValue local, IPAddressValue remote, SocketError error)
    {
        if (!_isOff && MayLogError(out var suppressed))
        {
            Post((logger, local, remote, error, suppressed), static s => LogSendFailed(s.logger, s.local.ToIPAddress(), s.remote.ToIPAddress(), s.error, s.suppressed));
        }
    }

    public void CarrierReceiveFailed(IPAddressValue local, Exception error)
    {
        if (!_isOff && MayLogError(out var suppressed))
        {
            Post((logger, local, error, suppressed), static s => LogReceiveFailed(s.logger, s.local.ToIPAddress(), s.suppressed, s.error));
        }
    }

    public void InitDropped(IPAddressValue local)
    {
        if (!_isOff && MayLog(ref _nextFlood, ref _suppressedFlood, out var suppressed))
        {
            Post((logger, local, suppressed), static s => LogInitDropped(s.logger, s.local.ToIPAddress(), s.suppressed));
        }
    }

    public void TimerFailed(Exception error)
    {
        if (!_isOff && MayLogError(out var suppressed))
        {
            Post((logger, error, suppressed), static s => LogTimerFailed(s.logger, s.suppressed, s.error));
        }
    }

    /// <summary>Runs on the thread pool, whatever lock the caller holds.</summary>
    public static void Post<T>(T state, Action<T> write) => ThreadPool.UnsafeQueueUserWorkItem(
        static s =>
        {
            try
            {
                s.write(s.state);
            }
            catch (Exception)
            {
                // A logger that throws must not end the process.
            }
        },
        (state, write),
        preferLocal: false);

    private bool MayLogError(out int suppressed) => MayLog(ref _nextError, ref _suppressed, out suppressed);

    private static bool MayLog(ref long nextTime, ref int suppressedSince, out int suppressed)
    {
        var now = Environment.TickCount64;
        var next = Interlocked.Read(ref nextTime);
        if (now < next || Interlocked.CompareExchange(ref nextTime, now + (long)_errorInterval.TotalMilliseconds, next) != next)
        {
            Interlocked.Increment(ref suppressedSince);
            suppressed = 0;
            return false;
        }
        suppressed = Interlocked.Exchange(ref suppressedSince, 0);
        return true;
    }

    [LoggerMessage(1, LogLevel.Debug, "A packet from {Local} to {Remote} could not be sent: {Error}. It counts as lost. {Suppressed} such errors were not logged before.", EventName = "SendFailed")]
    private static partial void LogSendFailed(ILogger logger, IPAddress local, IPAddress remote, SocketError error, int suppressed);

    [LoggerMessage(4, LogLevel.Warning, "Packets come to {Local} faster than they are handled: an INIT was dropped, so that live associations lose nothing, and {Suppressed} before it. Who means it sends it again.", EventName = "InitDropped")]
    private static partial void LogInitDropped(ILogger logger, IPAddress local, int suppressed);

    [LoggerMessage(3, LogLevel.Error, "A timer of an association failed; the others go on. {Suppressed} errors were not logged before.", EventName = "TimerFailed")]
    private static partial void LogTimerFailed(ILogger logger, int suppressed, Exception error);

    [LoggerMessage(2, LogLevel.Warning, "Receiving on {Local} failed; it goes on. {Suppressed} such errors were not logged before.", EventName = "ReceiveFailed")]
    private static partial void LogReceiveFailed(ILogger logger, IPAddress local, int suppressed, Exception error);
}
