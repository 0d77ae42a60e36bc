using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Kestrel.Sctp.Connections;

internal sealed partial class SctpConnection
{
    private void LogEnd(SctpException reason)
    {
        if (reason.SocketErrorCode == SocketError.ConnectionReset)
        {
            LogReset(ConnectionId, reason.Message);
        }
        else if (!IsLocal(reason))
        {
            LogLost(ConnectionId, reason.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Debug, """Connection id "{ConnectionId}" reset: {Reason}""", EventName = "ConnectionReset")]
    private partial void LogReset(string connectionId, string reason);

    [LoggerMessage(2, LogLevel.Debug, """Connection id "{ConnectionId}" lost: {Reason}""", EventName = "ConnectionLost")]
    private partial void LogLost(string connectionId, string reason);

    [LoggerMessage(3, LogLevel.Debug, """Connection id "{ConnectionId}" aborted: {Reason}""", EventName = "ConnectionAbort")]
    private partial void LogAbort(string connectionId, string reason);

    [LoggerMessage(4, LogLevel.Debug, """Connection id "{ConnectionId}" was not closed within {CloseTimeout} and is aborted.""", EventName = "CloseTimeout")]
    private partial void LogCloseTimeout(string connectionId, TimeSpan closeTimeout);

    [LoggerMessage(5, LogLevel.Error, """Connection id "{ConnectionId}": a callback of ConnectionClosed failed.""", EventName = "ClosedCallbackFailed")]
    private partial void LogClosedCallbackFailed(Exception error, string connectionId);

    [LoggerMessage(6, LogLevel.Error, """Connection id "{ConnectionId}": unexpected error.""", EventName = "UnexpectedError")]
    private partial void LogUnexpected(Exception error, string connectionId);
}
