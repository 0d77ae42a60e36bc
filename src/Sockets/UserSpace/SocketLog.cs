using System.Net;
using Kestrel.Sctp.Protocol;
using Microsoft.Extensions.Logging;

namespace Kestrel.Sctp.UserSpace;

/// <summary>What a socket logs of its association; from the thread pool, under no lock.</summary>
internal sealed partial class SocketLog(ILogger logger)
{
    private readonly bool _logsPaths = logger.IsEnabled(LogLevel.Information);

    /// <summary>False when nobody listens to the lives of associations: what is to be logged of them need not be made.</summary>
    public bool LogsAssociations { get; } = logger.IsEnabled(LogLevel.Debug);

    public void AssociationUp(int id, SctpEndPoint? peer) =>
        StackLog.Post((logger, id, peer), static s => LogAssociationUp(s.logger, s.id, s.peer));

    public void AssociationEnded(int id, SctpEndPoint? peer, string? reason) =>
        StackLog.Post((logger, id, peer, reason), static s => LogAssociationEnded(s.logger, s.id, s.peer, s.reason ?? "shut down gracefully"));

    public void PathUp(int id, IPAddressValue address)
    {
        if (_logsPaths)
        {
            StackLog.Post((logger, id, address), static s => LogPathUp(s.logger, s.id, s.address.ToIPAddress()));
        }
    }

    public void PathPotentiallyFailed(int id, IPAddressValue address)
    {
        if (_logsPaths)
        {
            StackLog.Post((logger, id, address), static s => LogPathPotentiallyFailed(s.logger, s.id, s.address.ToIPAddress()));
        }
    }

    public void PathDown(int id, IPAddressValue address)
    {
        if (_logsPaths)
        {
            StackLog.Post((logger, id, address), static s => LogPathDown(s.logger, s.id, s.address.ToIPAddress()));
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "Association {AssociationId} with {Peer} is up.", EventName = "AssociationUp")]
    private static partial void LogAssociationUp(ILogger logger, int associationId, SctpEndPoint? peer);

    [LoggerMessage(2, LogLevel.Debug, "Association {AssociationId} with {Peer} ended: {Reason}", EventName = "AssociationEnded")]
    private static partial void LogAssociationEnded(ILogger logger, int associationId, SctpEndPoint? peer, string reason);

    [LoggerMessage(3, LogLevel.Information, "Association {AssociationId}: the path to {Address} can be used again.", EventName = "PathUp")]
    private static partial void LogPathUp(ILogger logger, int associationId, IPAddress address);

    [LoggerMessage(4, LogLevel.Information, "Association {AssociationId}: the path to {Address} does not answer and is not used.", EventName = "PathDown")]
    private static partial void LogPathDown(ILogger logger, int associationId, IPAddress address);

    [LoggerMessage(
        5, LogLevel.Information, "Association {AssociationId}: the path to {Address} may have failed; data takes another one.",
        EventName = "PathPotentiallyFailed")]
    private static partial void LogPathPotentiallyFailed(ILogger logger, int associationId, IPAddress address);
}
