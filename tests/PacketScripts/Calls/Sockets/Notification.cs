using Kestrel.Sctp.PacketScripts.Language;
using Kestrel.Sctp.Protocol.Associations;

namespace Kestrel.Sctp.PacketScripts.Calls.Sockets;

/// <summary>A notification as a read gives it (RFC 6458, 6.1), with the lengths of FreeBSD's structures.</summary>
/// <param name="Type">Its name, also that of its subscription.</param>
/// <param name="Value">Its structure.</param>
/// <param name="Length">Its bytes.</param>
internal sealed record Notification(string Type, StructValue Value, int Length)
{
    public const string AssociationChange = "SCTP_ASSOC_CHANGE";
    public const string PeerAddressChange = "SCTP_PEER_ADDR_CHANGE";
    public const string RemoteError = "SCTP_REMOTE_ERROR";
    public const string ShutdownEvent = "SCTP_SHUTDOWN_EVENT";
    public const string SenderDry = "SCTP_SENDER_DRY_EVENT";
    public const string SendFailed = "SCTP_SEND_FAILED_EVENT";

    /// <summary>Its predecessor, with another structure.</summary>
    public const string OldSendFailed = "SCTP_SEND_FAILED";

    private const string CantStart = "SCTP_CANT_STR_ASSOC";

    /// <param name="association">Whose state changed.</param>
    /// <param name="state">Such as SCTP_COMM_UP.</param>
    /// <param name="error">The cause of the ABORT, or 0.</param>
    /// <param name="info">The ABORT, or what both ends support.</param>
    public static Notification OfAssociationChange(Association association, string state, int error, ReadOnlySpan<byte> info)
    {
        const int header = 20;
        return new Notification(AssociationChange, Values.Struct(
            ("sac_type", Values.Name(AssociationChange)),
            ("sac_flags", Values.Of(0)),
            ("sac_length", Values.Of(header + info.Length)),
            ("sac_state", Values.Name(state)),
            ("sac_error", Values.Of(error)),
            ("sac_outbound_streams", Values.Of(state == CantStart ? 0 : association.OutboundStreams)),
            ("sac_inbound_streams", Values.Of(state == CantStart ? 0 : association.InboundStreams)),
            ("sac_assoc_id", Values.Of(association.Id)),
            ("sac_info", Values.Bytes(info))), header + info.Length);
    }

    public static Notification OfPeerAddressChange(Association association, IPAddressValue address, string state)
    {
        const int length = 152;
        return new Notification(PeerAddressChange, Values.Struct(
            ("spc_type", Values.Name(PeerAddressChange)),
            ("spc_flags", Values.Of(0)),
            ("spc_length", Values.Of(length)),
            ("spc_aaddr", Values.Address(address, association.PeerPort)),
            ("spc_state", Values.Name(state)),
            ("spc_error", Values.Of(0)),
            ("spc_assoc_id", Values.Of(association.Id))), length);
    }

    /// <param name="association">Who was told.</param>
    /// <param name="cause">The first cause of the ERROR chunk.</param>
    /// <param name="chunk">The whole ERROR chunk.</param>
    public static Notification OfRemoteError(Association association, int cause, ReadOnlySpan<byte> chunk)
    {
        const int header = 20;
        return new Notification(RemoteError, Values.Struct(
            ("sre_type", Values.Name(RemoteError)),
            ("sre_flags", Values.Of(0)),
            ("sre_length", Values.Of(header + chunk.Length)),
            ("sre_error", Values.Of(cause)),
            ("sre_assoc_id", Values.Of(association.Id)),
            ("sre_data", Values.Bytes(chunk))), header + chunk.Length);
    }

    public static Notification OfShutdown(Association association)
    {
        const int length = 12;
        return new Notification(ShutdownEvent, Values.Struct(
            ("sse_type", Values.Name(ShutdownEvent)),
            ("sse_flags", Values.Of(0)),
            ("sse_length", Values.Of(length)),
            ("sse_assoc_id", Values.Of(association.Id))), length);
    }

    public static Notification OfSenderDry(Association association)
    {
        const int length = 12;
        return new Notification(SenderDry, Values.Struct(
            ("sender_dry_type", Values.Name(SenderDry)),
            ("sender_dry_flags", Values.Of(0)),
            ("sender_dry_length", Values.Of(length)),
            ("sender_dry_assoc_id", Values.Of(association.Id))), length);
    }

    public static Notification OfSendFailed(Association association, OutgoingMessage message, bool wasSent)
    {
        const int header = 32;
        return new Notification(SendFailed, Values.Struct(
            ("ssfe_type", Values.Name(SendFailed)),
            ("ssfe_flags", Values.Name(wasSent ? "SCTP_DATA_SENT" : "SCTP_DATA_UNSENT")),
            ("ssfe_length", Values.Of(header + message.Length)),
            ("ssfe_error", Values.Of(0)),
            ("ssfe_info", Values.Struct(
                ("snd_sid", Values.Of(message.StreamId)),
                ("snd_flags", Values.Of(ChunkFlagsOf(message, wasSent))),
                ("snd_ppid", Values.NetworkOrder(message.PayloadProtocolId)),
                ("snd_context", Values.Of(message.Context)),
                ("snd_assoc_id", Values.Of(association.Id)))),
            ("ssfe_assoc_id", Values.Of(association.Id)),
            ("ssfe_data", Values.Any)), header + message.Length);
    }

    public static Notification OfOldSendFailed(Association association, OutgoingMessage message, bool wasSent)
    {
        const int header = 144;
        return new Notification(OldSendFailed, Values.Struct(
            ("ssf_type", Values.Name(OldSendFailed)),
            ("ssf_flags", Values.Name(wasSent ? "SCTP_DATA_SENT" : "SCTP_DATA_UNSENT")),
            ("ssf_length", Values.Of(header + message.Length)),
            ("ssf_error", Values.Of(0)),
            ("ssf_info", Values.Struct(
                ("sinfo_stream", Values.Of(message.StreamId)),
                ("sinfo_ssn", Values.Any),
                ("sinfo_flags", Values.Of(ChunkFlagsOf(message, wasSent))),
                ("sinfo_ppid", Values.NetworkOrder(message.PayloadProtocolId)),
                ("sinfo_context", Values.Of(message.Context)),
                ("sinfo_timetolive", Values.Of(0)),
                ("sinfo_tsn", Values.Of(0)),
                ("sinfo_cumtsn", Values.Of(0)),
                ("sinfo_assoc_id", Values.Of(association.Id)))),
            ("ssf_assoc_id", Values.Of(association.Id)),
            ("ssf_data", Values.Any)), header + message.Length);
    }

    // FreeBSD gives the flags of the chunk: a whole message in it, and whether it is unordered once that has been written.
    private static int ChunkFlagsOf(OutgoingMessage message, bool wasSent)
    {
        const int whole = 3;
        const int unordered = 4;
        return wasSent && message.Has(Constants.SCTP_UNORDERED) ? whole | unordered : whole;
    }
}
