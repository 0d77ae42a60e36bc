using Kestrel.Sctp.PacketScripts.Calls.Sockets;
using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Calls.Families;

/// <summary>Calls that receive: messages and notifications, and what they say of them.</summary>
internal static class ReceiveCalls
{
    private const int RcvInfoSize = 28;
    private const int NxtInfoSize = 16;
    private const int SndRcvInfoSize = 128;
    private const int ControlHeaderSize = 12;

    // Of notifications that this stack never makes.
    private static readonly string[] _unsupported = ["sai_", "pdapi_", "auth_", "strreset_", "assocreset_", "strchange_"];

    public static IEnumerable<(string Name, Func<CallArguments, Attempt> Begin)> All =>
    [
        ("read", arguments => Read(arguments, 3)),
        ("recv", arguments => Read(arguments, 4)),
        ("recvfrom", RecvFrom),
        ("readv", ReadV),
        ("recvmsg", RecvMessage),
        ("sctp_recvmsg", SctpRecvMessage),
        ("sctp_recvv", SctpRecvV),
    ];

    private static Attempt Read(CallArguments arguments, int count)
    {
        arguments.Expect(count);
        return Receive(arguments, (int)arguments.Number(2), count > 3 ? arguments.Number(3) : 0, _ => []);
    }

    private static Attempt RecvFrom(CallArguments arguments)
    {
        arguments.Expect(6);
        return Receive(arguments, (int)arguments.Number(2), arguments.Number(3), item => [new Filled("from", arguments[4], From(item))]);
    }

    private static Attempt ReadV(CallArguments arguments)
    {
        arguments.Expect(3);
        return Receive(arguments, SendCalls.LengthOf(arguments[1]), 0, item => NotificationIn(arguments[1], item));
    }

    private static Attempt RecvMessage(CallArguments arguments)
    {
        arguments.Expect(3);
        if (arguments[1] is not StructValue header || header["msg_iov"] is not { } vector)
        {
            throw new CallException($"{arguments[1]} is no msghdr");
        }

        RefuseUnsupported(vector);
        return Receive(arguments, SendCalls.LengthOf(vector), arguments.Number(2), item =>
        [
            .. header["msg_name"] is { } name ? [new Filled("msg_name", name, From(item))] : (Filled[])[],
            .. header["msg_flags"] is { } flags ? [new Filled("msg_flags", flags, MessageFlags(item))] : (Filled[])[],
            .. NotificationIn(vector, item),
            .. header["msg_control"] is { } control ? [new Filled("msg_control", control, Control(arguments.Socket, item))] : (Filled[])[],
        ]);
    }

    private static Attempt SctpRecvMessage(CallArguments arguments)
    {
        arguments.Expect(7);
        return Receive(arguments, (int)arguments.Number(2), 0, item =>
        [
            new Filled("from", arguments[3], From(item)),
            new Filled("sinfo", arguments[5], SndRcvInfo(item)),
            new Filled("msg_flags", Unbracketed(arguments[6]), MessageFlags(item)),
        ]);
    }

    private static Attempt SctpRecvV(CallArguments arguments)
    {
        arguments.Expect(9);
        RefuseUnsupported(arguments[1]);
        return Receive(arguments, SendCalls.LengthOf(arguments[1]), 0, item =>
        {
            var options = arguments.Socket.Options;
            var room = arguments.IsNull(5) || item.Notification is not null || Values.IsAnyList(arguments[6]) ? 0 : Values.Pointed(arguments[6]);
            var rcvInfo = options.ReceivesRcvInfo && room >= RcvInfoSize ? RcvInfo(item) : null;
            var nxtInfo = options.ReceivesNxtInfo && room >= NxtInfoSize + (rcvInfo is null ? 0 : RcvInfoSize) ? NxtInfo(item) : null;
            (string Type, int Size, ScriptValue Value) info = (rcvInfo, nxtInfo) switch
            {
                ({ } received, { } next) => ("SCTP_RECVV_RN", RcvInfoSize + NxtInfoSize, Values.Struct(("recvv_rcvinfo", received), ("recvv_nxtinfo", next))),
                ({ } received, null) => ("SCTP_RECVV_RCVINFO", RcvInfoSize, received),
                (null, { } next) => ("SCTP_RECVV_NXTINFO", NxtInfoSize, next),
                _ => ("SCTP_RECVV_NOINFO", 0, Values.Any),
            };
            return
            [
                new Filled("flags", arguments[8], Values.InBrackets(MessageFlags(item))),
                .. NotificationIn(arguments[1], item),
                new Filled("from", arguments.IsNull(3) ? Values.Any : arguments[3], From(item)),
                new Filled("infotype", arguments[7], Values.InBrackets(Values.Name(info.Type))),
                new Filled("infolen", arguments[6], Values.InBrackets(info.Size)),
                new Filled("info", arguments.IsNull(5) ? Values.Any : arguments[5], info.Value),
            ];
        });
    }

    private static Attempt Receive(CallArguments arguments, int capacity, long flags, Func<ReadItem, IEnumerable<Filled>> fill)
    {
        if ((flags & Constants.MSG_PEEK) != 0)
        {
            throw new ScriptSkippedException("MSG_PEEK is not supported");
        }

        var socket = arguments.Socket;
        return () =>
        {
            if (capacity == 0)
            {
                return Outcome.Success;
            }

            if (socket.TryRead(capacity, out var outcome) is not { } item)
            {
                return outcome ?? ((flags & Constants.MSG_DONTWAIT) != 0 ? Outcome.Error("EAGAIN") : null);
            }

            return new Outcome(item.Length) { Filled = [.. fill(item)] };
        };
    }

    private static ScriptValue From(ReadItem item) => Values.Address(item.Association.PrimaryAddress, item.Association.Engine.PeerPort);

    private static ScriptValue MessageFlags(ReadItem item) => Values.Flags(item.MessageFlags, "MSG_NOTIFICATION", "MSG_EOR");

    private static ScriptValue Unbracketed(ScriptValue value) => value is ListValue { Items: [var item] } ? item : value;

    /// <summary>The structure that the script expects in its buffer. That of a message is not looked at.</summary>
    private static IEnumerable<Filled> NotificationIn(ScriptValue vector, ReadItem item)
    {
        if (vector is not ListValue { Items: [StructValue { Members: [var buffer, ..] }, ..] } || buffer.Value is not StructValue expected)
        {
            return [];
        }

        return item.Notification is { } notification
            ? [new Filled(notification.Type, expected, notification.Value)]
            : [new Filled("buffer", expected, new TextValue($"{item.Length} bytes of user data"))];
    }

    private static void RefuseUnsupported(ScriptValue vector)
    {
        foreach (var buffer in (vector as ListValue)?.Items ?? [])
        {
            if (buffer is StructValue { Members: [{ Value: StructValue { Members: [{ Name: { } name }, ..] } }, ..] }
                && Array.Exists(_unsupported, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                throw new ScriptSkippedException($"notifications with a {name} are not supported");
            }
        }
    }

    private static ListValue Control(VirtualSocket socket, ReadItem item)
    {
        var items = new List<ScriptValue>();
        if (item.Notification is null)
        {
            if (socket.Options.ReceivesRcvInfo)
            {
                items.Add(ControlMessage("SCTP_RCVINFO", RcvInfoSize, RcvInfo(item)));
            }

            if (socket.Options.ReceivesNxtInfo && NxtInfo(item) is { } next)
            {
                items.Add(ControlMessage("SCTP_NXTINFO", NxtInfoSize, next));
            }

            if (socket.Options.DataIoEvent)
            {
                items.Add(ControlMessage("SCTP_SNDRCV", SndRcvInfoSize, SndRcvInfo(item)));
            }
        }

        return new ListValue(items);
    }

    private static StructValue ControlMessage(string type, int size, ScriptValue data) => Values.Struct(
        ("cmsg_len", Values.Of(ControlHeaderSize + size)),
        ("cmsg_level", Values.Name("IPPROTO_SCTP")),
        ("cmsg_type", Values.Name(type)),
        ("cmsg_data", data));

    private static StructValue RcvInfo(ReadItem item) => Values.Struct(
        ("rcv_sid", Values.Of(item.Part.StreamId)),
        ("rcv_ssn", Values.Of(item.Part.StreamSequence)),
        ("rcv_flags", Unordered(item)),
        ("rcv_ppid", Values.NetworkOrder(item.Part.PayloadProtocolId)),
        ("rcv_tsn", Values.Of(item.Part.Tsn)),
        ("rcv_cumtsn", Values.Of(item.CumulativeTsn)),
        ("rcv_context", Values.Of(item.Association.Owner.Options.Context)),
        ("rcv_assoc_id", Values.Of(item.Association.Engine.Id)));

    private static StructValue SndRcvInfo(ReadItem item) => Values.Struct(
        ("sinfo_stream", Values.Of(item.Part.StreamId)),
        ("sinfo_ssn", Values.Of(item.Part.StreamSequence)),
        ("sinfo_flags", Unordered(item)),
        ("sinfo_ppid", Values.NetworkOrder(item.Part.PayloadProtocolId)),
        ("sinfo_context", Values.Of(item.Association.Owner.Options.Context)),
        ("sinfo_timetolive", Values.Of(0)),
        ("sinfo_tsn", Values.Of(item.Part.Tsn)),
        ("sinfo_cumtsn", Values.Of(item.CumulativeTsn)),
        ("sinfo_assoc_id", Values.Of(item.Association.Engine.Id)));

    /// <summary>Of the message behind the one read to its end; null when there is none.</summary>
    private static StructValue? NxtInfo(ReadItem item)
    {
        const string complete = "SCTP_COMPLETE";
        if (!item.EndOfRecord || !item.Association.Engine.TryPeek(out var next))
        {
            return null;
        }

        var flags = (next.Unordered ? Constants.SCTP_UNORDERED : 0) | (next.EndOfMessage ? Constants.SCTP_COMPLETE : 0);
        return Values.Struct(
            ("nxt_sid", Values.Of(next.StreamId)),
            ("nxt_flags", Values.Flags(flags, "SCTP_UNORDERED", complete)),
            ("nxt_ppid", Values.NetworkOrder(next.PayloadProtocolId)),
            ("nxt_length", Values.Of(next.Length)),
            ("nxt_assoc_id", Values.Of(item.Association.Engine.Id)));
    }

    private static ScriptValue Unordered(ReadItem item) => item.Part.Unordered ? Values.Name("SCTP_UNORDERED") : Values.Of(0);
}
