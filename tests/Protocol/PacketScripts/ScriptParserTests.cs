using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.Protocol.Tests.PacketScripts;

public class ScriptParserTests
{
    [Theory]
    [InlineData("socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3")]
    [InlineData("fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)")]
    [InlineData("fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK) = 0")]
    [InlineData("connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)")]
    [InlineData("getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0")]
    [InlineData("setsockopt(3, IPPROTO_SCTP, SCTP_RTOINFO, {srto_initial=100, srto_max=800, srto_min=100}, 16) = 0")]
    [InlineData("bind(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr(\"192.168.0.1\")}, 16) = 0")]
    [InlineData("sctp_recvv(3, [{..., 1000}], 1, ..., [16], {rcv_sid=0, rcv_ssn=0}, [20], [SCTP_RECVV_RCVINFO], [MSG_EOR]) = 1000")]
    [InlineData("sendmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 20}], msg_flags=0}, 0) = 20")]
    [InlineData("sctp_recvv(3, [{{sac_type=SCTP_ASSOC_CHANGE, sac_flags=0}, 20}], 1) = 20")]
    [InlineData("close(3) = 0")]
    [InlineData("f(\"text\"..., NULL, []) = 0")]
    public void A_call_says_what_its_line_says(string call) => Assert.Equal(call, Scripts.Call(call).ToString());

    [Fact]
    public void A_structs_members_are_found_by_name()
    {
        var rtoInfo = Assert.IsType<StructValue>(Scripts.Call("f({srto_initial=100, srto_max=...}) = 0").Arguments[0]);

        Assert.Equal(new IntegerValue(100), rtoInfo["srto_initial"]);
        Assert.IsType<AnyValue>(rtoInfo["srto_max"]);
        Assert.Null(rtoInfo["srto_min"]);
    }

    [Theory]
    [InlineData("1.5", TimeKind.Absolute, 1_500_000)]
    [InlineData("2", TimeKind.Absolute, 2_000_000)]
    [InlineData(".25", TimeKind.Absolute, 250_000)]
    [InlineData("+0.1", TimeKind.Relative, 100_000)]
    [InlineData("+0", TimeKind.Relative, 0)]
    [InlineData("*", TimeKind.Any, 0)]
    public void An_event_has_its_time(string time, object kind, long microseconds)
    {
        var scriptEvent = Scripts.Event(time + " > sctp: COOKIE_ACK[flgs=0]");

        Assert.Equal(new ScriptTime((TimeKind)kind, microseconds), scriptEvent.Time);
    }

    [Fact]
    public void A_packet_may_be_expected_within_a_range_of_times()
    {
        Assert.Equal(new ScriptTime(TimeKind.Absolute, 1_000_000, 1_500_000), Scripts.Event("1.0~1.5 > sctp: COOKIE_ACK[flgs=0]").Time);
        Assert.Equal(new ScriptTime(TimeKind.Relative, 0, 500_000), Scripts.Event("+0~+0.5 > sctp: COOKIE_ACK[flgs=0]").Time);
    }

    [Fact]
    public void A_blocking_call_has_the_time_of_its_end()
    {
        Assert.Equal(100_000, Assert.IsType<CallEvent>(Scripts.Event("0.0...0.1 connect(3, ..., ...) = 0")).End);
        Assert.Null(Assert.IsType<CallEvent>(Scripts.Event("0.0 connect(3, ..., ...) = 0")).End);
    }

    [Fact]
    public void Options_come_first_and_shell_lines_need_no_time_there()
    {
        var script = Scripts.Parse(
            """
            // A comment,
            /* and another
               one. */
            --tolerance_usecs=20000
            `sysctl -w net.inet.sctp.ecn_enable=0`
             0.0 `sysctl -w net.inet.sctp.pr_enable=0` // not yet
            +0.0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3
            """);

        Assert.Equal([new ScriptOption("tolerance_usecs", "20000", 4)], script.Options);
        Assert.Equal("sysctl -w net.inet.sctp.ecn_enable=0", Assert.IsType<ShellEvent>(script.Events[0]).Command);
        Assert.Equal("sysctl -w net.inet.sctp.pr_enable=0", Assert.IsType<ShellEvent>(script.Events[1]).Command);
        Assert.Equal(7, script.Events[2].Line);
    }

    [Theory]
    [InlineData("FreeBSD", "a c d")]
    [InlineData("Linux", "b c")]
    [InlineData("Other", "b c d")]
    public void Lines_count_under_their_conditions(string define, string calls)
    {
        const string Text =
            """
            #ifdef FreeBSD
            0.0 a() = 0
            #else
            0.0 b() = 0
            #endif
            0.0 c() = 0
              #ifndef Linux
              #ifdef Nobody
            0.0 e() = 0
              #endif
            0.0 d() = 0
              #endif
            """;

        var script = ScriptParser.Parse(Text, new HashSet<string> { define });

        Assert.Equal(calls, string.Join(' ', script.Events.Cast<CallEvent>().Select(call => call.Call.Name)));
    }

    [Theory]
    [InlineData("0.0 close(3) 0", 1, 14, "expected '=', found '0'")]
    [InlineData("0.0 close(3) = 0\n0.1 close(", 2, 11, "expected a value, found the end of the script")]
    [InlineData("0.0 < sctp: DATA[flgs=BE, tsn=1]", 1, 27, "expected 'len', found 'tsn'")]
    [InlineData("0.0 < sctp: DATA[flgs=BX, len=16]", 1, 23, "the flags are letters of IUBE, each once, or a number: BX")]
    [InlineData("0.0 < sctp: DATA[flgs=BB, len=16]", 1, 23, "the flags are letters of IUBE, each once, or a number: BB")]
    [InlineData("0.0 < sctp: DATA[flgs=BE, len=15, tsn=1, sid=0, ssn=0, ppid=0]", 1, 13, "DATA with these fields is at least 16 bytes long, not 15")]
    [InlineData("0.0 < sctp: DATA[flgs=BE, len=..., tsn=1, sid=0, ssn=0, ppid=0]", 1, 13, "DATA arrives, so its len must be given")]
    [InlineData("0.0 < sctp: INIT[flgs=0, tag=1, a_rwnd=..., os=1, is=1, tsn=1]", 1, 13, "INIT arrives, so its a_rwnd must be given")]
    [InlineData("0.0 < sctp: ABORT[flgs=0, ...]", 1, 13, "ABORT arrives, so its list must be given")]
    [InlineData("0.0 < sctp: ERROR[flgs=0, PROTOCOL_VIOLATION[info=...]]", 1, 13, "PROTOCOL_VIOLATION arrives, so its info must be given")]
    [InlineData("0.0 < sctp: DATA[flgs=BE, len=20, tsn=4294967296, sid=0, ssn=0, ppid=0]", 1, 39, "tsn is out of range: 4294967296, at most 4294967295")]
    [InlineData("0.0 < sctp: CHUNK[type=0x55, flgs=0, len=5, val=[1, 2]]", 1, 13, "CHUNK with these fields is at least 6 bytes long, not 5")]
    [InlineData("0.0 < sctp: CHUNK[type=0x55, flgs=0, len=5, val=[256]]", 1, 50, "a byte is out of range: 256, at most 255")]
    [InlineData("0.0 > sctp: FROBNICATE[flgs=0]", 1, 13, "expected a chunk, found 'FROBNICATE'")]
    [InlineData("0.0 > sctp: COOKIE_ACK[flgs=0];", 1, 32, "expected a chunk, found the end of the script")]
    [InlineData("0.0 > sctp(bad_crc32c): COOKIE_ACK[flgs=0]", 1, 23, "a packet that is sent has no bad checksum")]
    [InlineData("0.0 > sctp: [0x01]", 1, 13, "expected chunks: only a packet that arrives can be given by its bytes, found '['")]
    [InlineData("* close(3) = 0", 1, 1, "'*' and a range of times are for packets that are sent")]
    [InlineData("0.2...0.1 close(3) = 0", 1, 1, "it ends before it begins")]
    [InlineData("0.0...0.1 > sctp: COOKIE_ACK[flgs=0]", 1, 1, "only a system call takes from one time to another")]
    [InlineData("0.0 `true", 1, 5, "what begins here has no end")]
    [InlineData("#ifdef FreeBSD\n0.0 a() = 0", 1, 1, "this condition has no #endif")]
    [InlineData("0.0 a() = 0\n  #endif", 2, 3, "'#endif' is no condition that can stand here")]
    [InlineData("// nothing", 1, 11, "expected an event, found the end of the script")]
    public void A_line_that_is_none_of_the_language_is_refused_with_its_place(string text, int line, int column, string message)
    {
        var error = Scripts.SyntaxError(text);

        Assert.Equal((line, column, message), (error.Line, error.Column, error.Message));
    }
}
