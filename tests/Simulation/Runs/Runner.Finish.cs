using Kestrel.Sctp.Protocol.Associations;

namespace Kestrel.Sctp.Simulation.Runs;

/// <summary>The end of a run: over a network without faults everything arrives, everything ends, and nothing is left.</summary>
internal sealed partial class Runner
{
    private void Finish()
    {
        Trace?.Invoke(Line("the end begins"));
        _links.Heal();
        foreach (var host in _hosts.Values)
        {
            host.Sleep(Network.Now, keeps: 0);
        }

        foreach (var end in _ends.Values)
        {
            StartReading(end);
            end.Waiting.Clear();
        }

        Require.That(RunUntil(IsQuiet, Longest), "liveness", "data never arrives, or an end never comes");
        CheckQuiet();
        ShutDown(host => host.Number % 2 == 1);
        ShutDown(_ => true);
        var checks = new FinalChecks(_plan, _lives, IsPresent, PeerOf);
        checks.Check();
        foreach (var host in _hosts.Values)
        {
            Require.Same(0, host.Endpoint.AssociationCount, "R-106", $"the number of associations left at host {host.Number}");
        }
    }

    private void ShutDown(Func<RunHost, bool> which)
    {
        var told = new HashSet<Association>();
        bool IsToTell(RunHost host) => which(host) && host.Living.Any(association => !told.Contains(association));

        do
        {
            foreach (var host in _hosts.Values.Where(which).ToArray())
            {
                foreach (var association in host.Living.Where(told.Add).ToArray())
                {
                    host.Step(association, a => a.Shutdown(host.Now));
                }
            }

            // Packets of before may still make an association.
            var ended = RunUntil(
                () => _hosts.Values.Any(IsToTell) || (Network.IsEmpty && !_hosts.Values.Any(host => which(host) && host.Living.Count > 0)), Longest);
            Require.That(ended, "liveness", "a shutdown never ends");
        }
        while (_hosts.Values.Any(IsToTell));
    }

    private bool IsQuiet()
    {
        foreach (var host in _hosts.Values)
        {
            foreach (var association in host.Living)
            {
                if (association.State != AssociationState.Established || !association.Sender.IsDrained || association.HasReadable)
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Both ends of an association have said all that they had to say, and read all: then nothing is held any more.</summary>
    private void CheckQuiet()
    {
        foreach (var life in _lives.Where(life => IsWhole(life) && life.Association.State == AssociationState.Established))
        {
            if (PeerOf(life) is { } peer && IsWhole(peer) && peer.Association.State == AssociationState.Established)
            {
                Require.Same(0, life.Association.Receiver!.BufferedCost, "R-61", "the memory held for received data when all was read");
                foreach (var message in peer.Sent.Where(message => !message.IsRefused))
                {
                    Require.That(message.IsDelivered, "delivered", $"message {message.Index} of host {peer.Host.Number} never arrived");
                }
            }
        }
    }

    private bool IsWhole(Life life) => IsPresent(life.Host) && life is { IsVoid: false, IsGhost: false, IsHaunted: false };

    private Life? PeerOf(Life life) =>
        _livesByTag.GetValueOrDefault(PeerTagOf(life)) is { } peer && peer.Host.Number != life.Host.Number && PeerTagOf(peer) == life.LocalTag ? peer : null;

    // A collision may change it after the set-up, and without a word.
    private static uint PeerTagOf(Life life) => life.Association.PeerTag != 0 && !life.IsVoid ? life.Association.PeerTag : life.PeerTag;
}
