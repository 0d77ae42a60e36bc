using System.Text;
using Kestrel.Sctp.Protocol.Receiving;
using Kestrel.Sctp.Protocol.Sending;

namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>The end: graceful (RFC 9260, 9.2) or by ABORT (9.1).</summary>
internal sealed partial class Association
{
    private readonly ShutdownProgress _shutdown = new();

    /// <summary>Starts the graceful shutdown: queued data is sent first. Asked for during set-up, it follows it.</summary>
    public void Shutdown(long now)
    {
        if (State is AssociationState.CookieWait or AssociationState.CookieEchoed)
        {
            _shutdown.IsRequested = true;
        }
        else if (State == AssociationState.Established)
        {
            State = AssociationState.ShutdownPending;
            _sender.IsClosing = true;
            _sender.GrantBurst();

            // from here on, for a peer with a closed window would hold us in this state for ever.
            _shutdown.GuardDeadline = now + (_options.ShutdownGuard > 0 ? _options.ShutdownGuard : 5 * _options.RtoMax);
            ProceedWithShutdown(now);
        }
    }

    /// <summary>Ends the association at once; the peer gets one ABORT with cause 12 and the reason, if its tag is known.</summary>
    public void Abort(string? reason, long now)
    {
        if (State == AssociationState.Closed)
        {
            return;
        }

        if (PeerTag != 0)
        {
            const int headers = 32;
            var text = Encoding.UTF8.GetBytes(reason ?? "");
            var writer = BeginAbort(stackalloc byte[headers + MaxAbortReason]);
            Causes.WriteUserInitiatedAbort(ref writer, text.AsSpan(0, Math.Min(text.Length, MaxAbortReason)));
            PrepareForPeer(ref writer);
        }

        Close(AssociationEnd.AbortedLocally, reason);
    }

    private PacketWriter BeginAbort(Span<byte> buffer) => Setup.SetupWriter.BeginAbort(buffer, LocalPort, PeerPort, PeerTag, tagReflected: false);

    private void AbortForViolation(string detail)
    {
        var writer = BeginAbort(stackalloc byte[256]);
        Causes.WriteProtocolViolation(ref writer, Encoding.UTF8.GetBytes(detail).AsSpan());
        AbortForViolation(ref writer, detail);
    }

    private void AbortForViolation(scoped ref PacketWriter abort, string detail)
    {
        PrepareForPeer(ref abort);
        Close(AssociationEnd.ProtocolViolation, detail);
    }

    /// <summary>
    /// The peer answers no more (8.1, 9.2). One bare ABORT leaves all the same: a peer that only we can't hear any more need
    /// not find out by its own timers that its association is gone.
    /// </summary>
    private void GiveUp(AssociationEnd end, string detail)
    {
        if (PeerTag != 0)
        {
            var writer = BeginAbort(stackalloc byte[64]);
            PrepareForPeer(ref writer);
        }

        Close(end, detail);
    }

    /// <summary>The last packet goes to the path that carries data.</summary>
    private void PrepareForPeer(scoped ref PacketWriter abort)
    {
        var path = _paths.DataPath;
        if (path.IsConfirmed)
        {
            Prepare(ref abort, new PacketInfo(path.Remote, path.Local, path.RemoteUdpPort));
        }
    }

    private void HandleShutdown(in ShutdownChunk chunk, long now)
    {
        switch (State)
        {
            case AssociationState.Established or AssociationState.ShutdownPending or AssociationState.ShutdownReceived:
                Acknowledge(_sender.OnShutdown(chunk.CumulativeTsn, now, out var acknowledgedNew), acknowledgedNew, chunk.CumulativeTsn);
                if (State == AssociationState.Closed)
                {
                    return;
                }

                if (State != AssociationState.ShutdownReceived)
                {
                    State = AssociationState.ShutdownReceived;

                    // In SHUTDOWN-SENT the peer answers every packet at once (9.2): it need not be asked to.
                    _sender.IsClosing = false;
                    Raise(AssociationEventKind.ShutdownReceived);
                }

                break;
            case AssociationState.ShutdownSent:
                // 9.2: both ends at about the same time.
                EnterShutdownAckSent(now);
                break;
            case AssociationState.ShutdownAckSent:
                _shutdown.IsDue = true;
                break;
        }
    }

    private void HandleShutdownAck(in PacketInfo info)
    {
        if (State is AssociationState.ShutdownSent or AssociationState.ShutdownAckSent)
        {
            var writer = new PacketWriter(stackalloc byte[16]);
            writer.WriteHeader(new PacketHeader(LocalPort, PeerPort, PeerTag));
            EmptyChunks.WriteShutdownComplete(ref writer, tagReflected: false);
            Prepare(writer.Finish(), info);
            Close(AssociationEnd.Graceful);
        }
    }

    private void AnswerStrayShutdownAck(in PacketInfo info, uint tag)
    {
        var writer = new PacketWriter(stackalloc byte[16]);
        writer.WriteHeader(new PacketHeader(LocalPort, PeerPort, tag));
        EmptyChunks.WriteShutdownComplete(ref writer, tagReflected: true);
        Prepare(writer.Finish(), info);
    }

    private void HandleShutdownComplete()
    {
        if (State == AssociationState.ShutdownAckSent)
        {
            Close(AssociationEnd.Graceful);
        }
    }

    /// <summary>Once all data is acknowledged, SHUTDOWN or SHUTDOWN ACK is due.</summary>
    private void ProceedWithShutdown(long now)
    {
        if (State == AssociationState.Established && _shutdown.IsRequested)
        {
            _shutdown.IsRequested = false;
            Shutdown(now);
        }
        else if (State == AssociationState.ShutdownPending && _sender.IsDrained)
        {
            State = AssociationState.ShutdownSent;
            StopHeartbeats();
            _shutdown.Begin(_paths.DataPath, now);
        }
        else if (State == AssociationState.ShutdownReceived && _sender.IsDrained)
        {
            EnterShutdownAckSent(now);
        }
    }

    private void EnterShutdownAckSent(long now)
    {
        State = AssociationState.ShutdownAckSent;
        StopHeartbeats();
        _shutdown.Begin(_paths.DataPath, now);
    }

    private void AnswerDataWhileShuttingDown(Receiver receiver)
    {
        // 9.2: every packet with DATA is answered at once; a SACK goes with it when the SHUTDOWN alone can't say it all. It
        // names no window: a peer that probes a closed one must hear of it (6.1 A), or it gives us up.
        _shutdown.IsDue = true;
        if (receiver.HasGap || receiver.HasDuplicates || receiver.IsTight)
        {
            receiver.Sack.Request();
        }
        else
        {
            receiver.Sack.OnSent();
        }
    }

    private void HandleShutdownTimeout(long now)
    {
        var path = _shutdown.Destination!;
        path.Rto.BackOff(_options.RtoMax);
        CountPathError(path, now);
        if (_shutdown.Retransmissions >= _options.AssociationMaxRetransmits)
        {
            GiveUp(AssociationEnd.Unreachable, $"no answer to {_shutdown.Retransmissions + 1} SHUTDOWNs");
            return;
        }

        _shutdown.Retry(_paths.AlternateTo(path), now);
    }
}
