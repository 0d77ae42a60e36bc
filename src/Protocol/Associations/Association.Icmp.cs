using System.Buffers.Binary;
using Kestrel.Sctp.Protocol.Paths;

namespace Kestrel.Sctp.Protocol.Associations;

/// <summary>ICMP messages, and what the carrier says of a way: hints, trusted only as far as they prove themselves (RFC 9260, 10).</summary>
internal sealed partial class Association
{
    /// <summary>
    /// An ICMP message that <see cref="Endpoints.Endpoint.FindByIcmp"/> found to be this association's. Nothing happens unless
    /// it quotes a Verification Tag, or an INIT of ours (ICMP6).
    /// </summary>
    /// <param name="icmp">What it says.</param>
    /// <param name="quoted">The SCTP packet, from its header on, as far as it is quoted.</param>
    /// <param name="now">The time.</param>
    public void ReceiveIcmp(in IcmpMessage icmp, ReadOnlySpan<byte> quoted, long now)
    {
        if (State == AssociationState.Closed
            || !PacketHeader.TryReadQuoted(quoted, out var header) || header.SourcePort != LocalPort || header.DestinationPort != PeerPort
            || !HasLocalAddress(icmp.Local)
            || _paths.Find(icmp.Remote) is not { } path || path.RemoteUdpPort != icmp.RemoteUdpPort)
        {
            return;
        }

        var quotesInit = header.VerificationTag == 0;
        if (quotesInit ? !IsOurInit(quoted) : header.VerificationTag != PeerTag)
        {
            return;
        }

        switch (icmp.Kind)
        {
            case IcmpKind.PacketTooBig:
                // ICMP7
                LowerMtu(path, icmp.Mtu > 0 ? icmp.Mtu : path.MtuBelow(path.MaxPacketSize));
                break;

            // ICMP3: who has no such port says so by an ABORT. Behind UDP it is the way to say that nobody speaks SCTP
            // (RFC 6951, 5.5).
            case IcmpKind.PortUnreachable when icmp.RemoteUdpPort != 0:
            case IcmpKind.ProtocolUnreachable:
                if (!quotesInit)
                {
                    // ICMP8: an ABORT with the T bit.
                    EndByPeer(tagReflected: true, NobodyThere(path));
                }
                else if (State == AssociationState.CookieWait)
                {
                    // connectx 3.7, not ICMP8: it is the word of one address, and of whoever is on the way there.
                    RefuseAddress(path, now);
                }

                break;
        }
    }

    /// <summary>The carrier refused a packet of this length as too long for the way there: the PMTU falls (RFC 9260, 7.3).</summary>
    public void ReportTooBig(IPAddressValue remote, int packetLength)
    {
        if (_paths.Find(remote) is { } path)
        {
            LowerMtu(path, path.MtuBelow(packetLength));
        }
    }

    private void LowerMtu(Path path, int mtu)
    {
        if (path.TryLowerMtu(mtu))
        {
            _paths.UpdateMaxChunkSize();

            // 6.9: what was cut for more goes again, and IP may fragment it. It is no loss that congestion caused.
            _sender.OnMtuLowered(path);
        }
    }

    // The fixed fields of the chunk begin with the Initiate Tag, as in the first eight bytes that follow the header.
    private bool IsOurInit(ReadOnlySpan<byte> quoted) =>
        quoted.Length >= PacketHeader.Size + Chunk.HeaderSize + sizeof(uint)
        && quoted[PacketHeader.Size] == (byte)ChunkType.Init
        && BinaryPrimitives.ReadUInt32BigEndian(quoted[(PacketHeader.Size + Chunk.HeaderSize)..]) == LocalTag;

    private void RefuseAddress(Path path, long now)
    {
        if (!_setup!.TryGoOnWithout(path, now))
        {
            Close(AssociationEnd.Refused, NobodyThere(path));
        }
    }

    private static string NobodyThere(Path path) =>
        $"nobody at {path.Remote} speaks SCTP{(path.RemoteUdpPort == 0 ? "" : $" on UDP port {path.RemoteUdpPort}")} (ICMP)";
}
