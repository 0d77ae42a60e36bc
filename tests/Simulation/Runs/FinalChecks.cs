using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Simulation.Plans;

namespace Kestrel.Sctp.Simulation.Runs;

/// <summary>What holds when all is over: both ends agree, each message was delivered or its sender told, and all memory is back.</summary>
internal sealed class FinalChecks(Plan plan, List<Life> lives, Func<RunHost, bool> isPresent, Func<Life, Life?> peerOf)
{
    public void Check()
    {
        var mustBeGraceful = Patience.IsEnough(plan);
        foreach (var life in lives.Where(life => isPresent(life.Host)))
        {
            CheckReleased(life);
            if (life.IsVoid)
            {
                continue;
            }

            CheckEnd(life);
            if (life.Association.End == AssociationEnd.Graceful)
            {
                CheckGraceful(life);
            }

            Require.That(
                !mustBeGraceful || life.Association.End == AssociationEnd.Graceful || MayBeRefused(life) || IsOfOldPackets(life),
                $"ended {life.Association.End}", $"nothing went so wrong that it had to end so: {life}");
        }
    }

    /// <summary>Each message came back once; what counts as acknowledged was delivered, if the receiver is still there to tell.</summary>
    private void CheckReleased(Life life)
    {
        var peer = peerOf(life);
        var receiverTells = peer is { IsVoid: false, IsHaunted: false } && isPresent(peer.Host) && life is { IsGhost: false, IsHaunted: false };
        foreach (var message in life.Sent)
        {
            Require.That(message.IsReleased, "released", $"message {message.Index} of host {life.Host.Number} was never given back");
            Require.That(
                !receiverTells || !message.IsAcknowledged || message.IsDelivered,
                "delivered", $"message {message.Index} of host {life.Host.Number} was acknowledged and not delivered");
            Require.That(
                !receiverTells || peer!.Association.End != AssociationEnd.Graceful || message.IsDelivered || message.IsRefused,
                "agreed", $"the receiver ended gracefully, without message {message.Index} of host {life.Host.Number}");
        }
    }

    // Who begins a session from its other end may find nobody there: the other has not begun it, or ended it.
    private bool MayBeRefused(Life life) =>
        !life.WasEstablished && life.Association.End == AssociationEnd.Refused
            && plan.Actions.OfType<Connect>().Count(connect => connect.Session == life.End?.Session) > 1;

    // A late COOKIE ECHO makes an association that the other end knows nothing of, or has ended; it ends as it can.
    private bool IsOfOldPackets(Life life) =>
        life.IsGhost || life.IsHaunted || (peerOf(life) is not { } peer ? lives.Exists(other => other != life && other.End == life.End) : peer.IsHaunted);

    private static void CheckEnd(Life life)
    {
        var association = life.Association;
        Require.That(association.State == AssociationState.Closed, "liveness", $"{life} has not ended");
        Require.That(!association.HasReadable, "R-106", $"something is left to be read: {life}");
        if (association.End != AssociationEnd.Graceful)
        {
            // The beginning of a message whose end never came.
            association.DiscardUnread();
        }

        Require.Same(0, association.Receiver?.BufferedCost ?? 0, "R-61", "the memory held for received data after the end");
    }

    private static void CheckGraceful(Life life)
    {
        foreach (var message in life.Sent)
        {
            Require.That(
                message.IsAcknowledged || message.IsRefused,
                "agreed", $"it ended gracefully, without acknowledgement of message {message.Index}: {life}");
        }
    }
}
