using System.Buffers.Binary;
using Kestrel.Sctp.PacketScripts.Calls.Sockets;
using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Calls.Families;

/// <summary>Calls that send. Their data are zeros: only the length is the script's.</summary>
internal static class SendCalls
{
    private static readonly SocketAddress _peer = new(ScriptNetwork.Peer, ScriptNetwork.Port);

    public static IEnumerable<(string Name, Func<CallArguments, Attempt> Begin)> All =>
    [
        ("write", arguments => Write(arguments, 3)),
        ("send", arguments => Write(arguments, 4)),
        ("sendto", SendTo),
        ("writev", WriteV),
        ("sendmsg", SendMessage),
        ("sctp_send", SctpSend),
        ("sctp_sendx", SctpSendX),
        ("sctp_sendmsg", SctpSendMessage),
        ("sctp_sendv", SctpSendV),
    ];

    /// <summary>The sum of the lengths of <c>[{iov_base=..., iov_len=1000}]</c> or <c>[{..., 1000}]</c>.</summary>
    public static int LengthOf(ScriptValue vector)
    {
        if (vector is not ListValue list)
        {
            throw new CallException($"{vector} is no list of buffers");
        }

        return list.Items.Sum(item => item is StructValue { Members: [var first, var second] }
            ? (int)Values.Number(first.Name == "iov_len" ? first.Value : second.Value)
            : throw new CallException($"{item} is no buffer"));
    }

    private static Attempt Write(CallArguments arguments, int count)
    {
        arguments.Expect(count);
        var flags = count > 3 ? arguments.Number(3) : 0;
        return Send(arguments.Socket, Default(arguments.Socket, (int)arguments.Number(2)) with { DontWait = IsDontWait(flags) });
    }

    private static Attempt SendTo(CallArguments arguments)
    {
        arguments.Expect(6);
        var message = Default(arguments.Socket, (int)arguments.Number(2)) with
        {
            To = ToOf(arguments, 4),
            DontWait = IsDontWait(arguments.Number(3)),
        };
        return Send(arguments.Socket, message);
    }

    private static Attempt WriteV(CallArguments arguments)
    {
        arguments.Expect(3);
        return Send(arguments.Socket, Default(arguments.Socket, LengthOf(arguments[1])));
    }

    private static Attempt SendMessage(CallArguments arguments)
    {
        arguments.Expect(3);
        if (arguments[1] is not StructValue header)
        {
            throw new CallException($"{arguments[1]} is no msghdr");
        }

        var message = Default(arguments.Socket, header["msg_iov"] is { } vector ? LengthOf(vector) : 0) with
        {
            DontWait = IsDontWait(arguments.Number(2)),
            To = header["msg_name"] switch
            {
                null or SymbolValue { Name: "NULL" } => null,
                var name => Values.IsAny(name) ? _peer : Values.Address(name),
            },
        };
        foreach (var control in (header["msg_control"] as ListValue)?.Items ?? [])
        {
            message = WithControl(message, control);
        }

        return Send(arguments.Socket, message);
    }

    private static OutgoingMessage WithControl(OutgoingMessage message, ScriptValue control)
    {
        if (control is not StructValue structure || structure["cmsg_type"] is not { } type || structure["cmsg_data"] is not { } data)
        {
            throw new CallException($"{control} is no control message");
        }

        return type switch
        {
            SymbolValue { Name: "SCTP_SNDINFO" } => WithSndInfo(message, data),
            SymbolValue { Name: "SCTP_SNDRCV" } => WithSndRcvInfo(message, data),
            SymbolValue { Name: "SCTP_PRINFO" } => WithPrInfo(message, data),
            SymbolValue { Name: "SCTP_DSTADDRV4" } when data is FunctionValue or IntegerValue =>
                message with { To = Values.Address(Values.Struct(("sin_addr", data), ("sin_port", new FunctionValue("htons", [Values.Of(ScriptNetwork.Port)])))) },
            _ => throw new ScriptSkippedException($"control messages of type {type} are not supported"),
        };
    }

    private static Attempt SctpSend(CallArguments arguments)
    {
        arguments.Expect(5);
        var message = WithSndRcvInfo(new OutgoingMessage((int)arguments.Number(2)), arguments[3]);
        return Send(arguments.Socket, message with { DontWait = IsDontWait(arguments.Number(4)) });
    }

    private static Attempt SctpSendX(CallArguments arguments)
    {
        arguments.Expect(7);
        var message = WithSndRcvInfo(new OutgoingMessage((int)arguments.Number(2)), arguments[5]);
        return Send(arguments.Socket, message with { To = OneOf(arguments, 3, 4), DontWait = IsDontWait(arguments.Number(6)) });
    }

    private static Attempt SctpSendMessage(CallArguments arguments)
    {
        arguments.Expect(10);
        var message = new OutgoingMessage((int)arguments.Number(2))
        {
            To = ToOf(arguments, 3),
            PayloadProtocolId = FromNetworkOrder(arguments.NumberOrZero(5)),
            Flags = arguments.NumberOrZero(6),
            StreamId = (ushort)arguments.NumberOrZero(7),
            Context = arguments.NumberOrZero(9),
        };
        RefuseLifetime(arguments.NumberOrZero(8));
        return Send(arguments.Socket, message);
    }

    private static Attempt SctpSendV(CallArguments arguments)
    {
        arguments.Expect(9);
        var message = Default(arguments.Socket, LengthOf(arguments[1])) with { To = OneOf(arguments, 3, 4), DontWait = IsDontWait(arguments.Number(8)) };
        switch (arguments.Number(7))
        {
            case 0:
                break;
            case 1:
                message = WithSndInfo(message, arguments[5]);
                break;
            case 2:
                message = WithPrInfo(message, arguments[5]);
                break;
            case 4 when arguments[5] is StructValue all:
                const long sndInfo = 1;
                const long prInfo = 2;
                const long authInfo = 4;
                var valid = Values.Number(all["sendv_flags"] ?? Values.Of(0));
                message = (valid & sndInfo) != 0 ? WithSndInfo(message, all["sendv_sndinfo"]!) : message;
                message = (valid & prInfo) != 0 ? WithPrInfo(message, all["sendv_prinfo"]!) : message;
                if ((valid & authInfo) != 0)
                {
                    throw new ScriptSkippedException("AUTH is not supported");
                }

                break;
            default:
                throw new ScriptSkippedException($"{arguments[7]} is not supported");
        }

        return Send(arguments.Socket, message);
    }

    private static Attempt Send(VirtualSocket socket, OutgoingMessage message)
    {
        if (message.Has(Constants.SCTP_SENDALL))
        {
            throw new ScriptSkippedException("SCTP_SENDALL is not supported");
        }

        if (message.Has(Constants.SCTP_ADDR_OVER))
        {
            throw new ScriptSkippedException("SCTP_ADDR_OVER is not supported: data takes the primary path");
        }

        return socket.Send(message);
    }

    private static OutgoingMessage Default(VirtualSocket socket, int length)
    {
        var message = socket.Options.DefaultSend;
        return message with { Length = length };
    }

    private static OutgoingMessage WithSndInfo(OutgoingMessage message, ScriptValue value)
    {
        if (value is not StructValue info)
        {
            throw new CallException($"{value} is no sctp_sndinfo");
        }

        return message with
        {
            StreamId = (ushort)Member(info, "snd_sid"),
            Flags = Member(info, "snd_flags"),
            PayloadProtocolId = FromNetworkOrder(Member(info, "snd_ppid")),
            Context = Member(info, "snd_context"),
            AssociationId = Member(info, "snd_assoc_id"),
        };
    }

    private static OutgoingMessage WithSndRcvInfo(OutgoingMessage message, ScriptValue value)
    {
        if (value is not StructValue info)
        {
            throw new CallException($"{value} is no sctp_sndrcvinfo");
        }

        RefuseLifetime(Member(info, "sinfo_timetolive"));
        return message with
        {
            StreamId = (ushort)Member(info, "sinfo_stream"),
            Flags = Member(info, "sinfo_flags"),
            PayloadProtocolId = FromNetworkOrder(Member(info, "sinfo_ppid")),
            Context = Member(info, "sinfo_context"),
            AssociationId = Member(info, "sinfo_assoc_id"),
        };
    }

    private static OutgoingMessage WithPrInfo(OutgoingMessage message, ScriptValue value) =>
        value is StructValue info && Member(info, "pr_policy") == 0
            ? message
            : throw new ScriptSkippedException("PR-SCTP is not supported");

    // Without PR-SCTP a message has no lifetime: what a script would see is not what it means.
    private static void RefuseLifetime(long lifetime)
    {
        if (lifetime != 0)
        {
            throw new ScriptSkippedException("messages with a lifetime (PR-SCTP) are not supported");
        }
    }

    private static long Member(StructValue info, string name) => info[name] is { } value && !Values.IsAny(value) ? Values.Number(value) : 0;

    private static SocketAddress? OneOf(CallArguments arguments, int list, int count) =>
        arguments.IsNull(list) || arguments.Number(count) == 0 ? null
        : arguments.Addresses(list, PeerOf(arguments.Socket)) is [var address, ..] ? address
        : null;

    private static SocketAddress? ToOf(CallArguments arguments, int index) =>
        arguments.IsNull(index) ? null : arguments.Address(index, PeerOf(arguments.Socket));

    private static SocketAddress PeerOf(VirtualSocket socket) =>
        socket.Associations.LastOrDefault(association => !association.HasEnded) is { } association
            ? new SocketAddress(association.PrimaryAddress, association.Engine.PeerPort)
            : _peer;

    private static bool IsDontWait(long flags) => (flags & Constants.MSG_DONTWAIT) != 0;

    private static uint FromNetworkOrder(long value) => BinaryPrimitives.ReverseEndianness((uint)value);
}
