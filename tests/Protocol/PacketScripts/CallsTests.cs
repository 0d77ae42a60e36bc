using Kestrel.Sctp.PacketScripts.Calls;
using Kestrel.Sctp.PacketScripts.Running;

namespace Kestrel.Sctp.Protocol.Tests.PacketScripts;

/// <summary>What a call did is judged: a script that expects something else fails with both, one that asks for too much is skipped.</summary>
public class CallsTests
{
    private const string Socket = "0.0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3\n";

    private const string Connected =
        """
        0.0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3
        +0.0 fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK) = 0
        +0.0 connect(3, ..., ...) = -1 EINPROGRESS
        +0.0 > sctp: INIT[flgs=0, tag=1, a_rwnd=..., os=..., is=..., tsn=1, ...]
        +0.0 < sctp: INIT_ACK[flgs=0, tag=2, a_rwnd=15000, os=16, is=16, tsn=1, STATE_COOKIE[len=4, val=...]]
        +0.0 > sctp: COOKIE_ECHO[flgs=0, len=4, val=...]
        +0.0 < sctp: COOKIE_ACK[flgs=0]

        """;

    [Theory]
    [InlineData("fcntl(3, F_GETFL) = 0x6", "expected 0x6, got 2")]
    [InlineData("read(3, ..., 10) = 10", "expected 10, got -1 ENOTCONN")]
    [InlineData("read(3, ..., 10) = -1 EAGAIN", "expected EAGAIN, got ENOTCONN")]
    [InlineData("bind(4, ..., ...) = 0", "expected 0, got -1 EBADF")]
    [InlineData("socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3", "the script has descriptor 3 in use already")]
    [InlineData("socket(..., SOCK_STREAM, IPPROTO_SCTP) = -1 EINVAL", "expected -1 EINVAL, got a socket")]
    [InlineData("close(3, 4) = 0", "close takes 1 arguments, and the script gives 2")]
    [InlineData("getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0", "SO_ERROR: expected ECONNRESET, got 0")]
    [InlineData("getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [8]) = 0", "optlen: expected 8, got 4")]
    [InlineData("getsockopt(3, IPPROTO_SCTP, SCTP_RTOINFO, {srto_initial=1000, srto_max=5}, [16]) = 0", "SCTP_RTOINFO.srto_max: expected 5, got 60000")]
    [InlineData("getsockopt(3, IPPROTO_SCTP, SCTP_RTOINFO, {sinit_max_attempts=5}, [16]) = 0", "SCTP_RTOINFO: no sinit_max_attempts in {")]
    [InlineData("getsockopt(3, IPPROTO_SCTP, SCTP_NODELAY, {srto_max=5}, [4]) = 0", "SCTP_NODELAY: expected {srto_max=5}, got [0]")]
    public void A_result_that_differs_fails_the_script_with_both(string call, string message)
    {
        var result = Run($"{Socket}+0.0 {call}");
        Assert.Equal(ScriptOutcome.Failed, result.Outcome);
        Assert.StartsWith(message, result.Message);
        Assert.Equal(2, result.Line);
    }

    [Theory]
    [InlineData("sctp_recvmsg(3, ..., 1000, ..., ..., {sinfo_stream=0, sinfo_tsn=2}, MSG_EOR) = 100", "sinfo.sinfo_tsn: expected 2, got 1")]
    [InlineData("sctp_recvmsg(3, ..., 50, ..., ..., ..., MSG_EOR) = 50", "msg_flags: expected MSG_EOR, got 0")]
    [InlineData("sctp_recvmsg(3, ..., 1000, ..., ..., {sinfo_ppid=5}, MSG_EOR) = 100", "sinfo.sinfo_ppid: expected 5, got htonl(5)")]
    [InlineData(
        "sctp_recvv(3, [{iov_base={sac_type=SCTP_ASSOC_CHANGE}, iov_len=1000}], 1, ..., 20, NULL, [0], [SCTP_RECVV_NOINFO], [MSG_EOR]) = 100",
        "buffer: expected {sac_type=SCTP_ASSOC_CHANGE}, got \"100 bytes of user data\"")]
    [InlineData(
        "sctp_recvv(3, [{iov_base=..., iov_len=1000}], 1, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr(\"192.0.2.2\")}, 16, NULL, [0], [SCTP_RECVV_NOINFO], [MSG_EOR]) = 100",
        "from.sin_addr: expected inet_addr(\"192.0.2.2\"), got inet_addr(\"192.0.2.1\")")]
    public void What_a_call_fills_in_is_compared(string call, string message)
    {
        var result = Run($"{Connected}+0.0 < sctp: DATA[flgs=BE, len=116, tsn=1, sid=0, ssn=0, ppid=5]\n+0.0 {call}");
        Assert.Equal((ScriptOutcome.Failed, message), (result.Outcome, result.Message));
    }

    [Theory]
    [InlineData("poll([{fd=3}], 1, 0) = 0", "poll")]
    [InlineData("setsockopt(3, IPPROTO_SCTP, SCTP_EXPLICIT_EOR, [1], 4) = 0", "messages sent in parts")]
    [InlineData("setsockopt(3, IPPROTO_SCTP, SCTP_PR_SUPPORTED, {assoc_id=0, assoc_value=1}, 8) = 0", "PR-SCTP")]
    [InlineData("getsockopt(3, IPPROTO_SCTP, SCTP_PR_SUPPORTED, {assoc_id=0, assoc_value=1}, [8]) = 0", "PR-SCTP")]
    [InlineData("setsockopt(3, IPPROTO_SCTP, SCTP_INTERLEAVING_SUPPORTED, {assoc_id=0, assoc_value=1}, 8) = 0", "I-DATA")]
    [InlineData("setsockopt(3, SOL_SOCKET, SCTP_NODELAY, [1], 4) = 0", "SCTP_NODELAY")]
    [InlineData("sctp_sendmsg(3, ..., 100, ..., ..., 0, 0, 0, 500, 0) = 100", "lifetime")]
    [InlineData("recv(3, ..., 100, MSG_PEEK) = 100", "MSG_PEEK")]
    [InlineData("socket(..., SOCK_DGRAM, IPPROTO_UDP) = 4", "IPPROTO_UDP")]
    [InlineData("fcntl(3, F_DUPFD) = 4", "F_DUPFD")]
    [InlineData(
        "sctp_recvv(3, [{iov_base={sai_type=SCTP_ADAPTATION_INDICATION}, iov_len=1000}], 1, ..., 20, NULL, [0], [SCTP_RECVV_NOINFO], [MSG_EOR]) = 20",
        "sai_")]
    public void What_this_stack_does_not_have_skips_the_script(string call, string reason)
    {
        var result = Run($"{Connected}+0.0 {call}");
        Assert.Equal(ScriptOutcome.Skipped, result.Outcome);
        Assert.Contains(reason, result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_blocking_call_must_end_when_the_script_says()
    {
        var result = Run(
            $"""
            {Connected}
            +0.0 fcntl(3, F_SETFL, O_RDWR) = 0
            0.1...0.2 read(3, ..., 100) = 16
            0.3 < sctp: DATA[flgs=BE, len=32, tsn=1, sid=0, ssn=0, ppid=0]
            0.3 > sctp: SACK[flgs=0, cum_tsn=1, a_rwnd=..., gaps=[], dups=[]]
            """);
        Assert.Equal(ScriptOutcome.Failed, result.Outcome);
    }

    [Fact]
    public void Time_passes_while_a_call_without_an_end_blocks()
    {
        Passes(
            """
            0.0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3
            +0.0 setsockopt(3, IPPROTO_SCTP, SCTP_INITMSG, {sinit_max_attempts=1}, 8) = 0
            +0.0 connect(3, ..., ...) = -1 ETIMEDOUT
            """);
    }

    [Fact]
    public void A_call_that_can_never_end_fails_the_script() =>
        Assert.Equal(
            ScriptOutcome.Failed,
            Run("0.0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3\n+0.0 listen(3, 1) = 0\n+0.0 accept(3, ..., ...) = 4").Outcome);

    [Fact]
    public void An_extension_switched_on_is_remembered_until_it_is_off()
    {
        var calls = new SystemCalls();
        Assert.Null(calls.MissingExtensions);
        calls.RunShell("sysctl -w net.inet.sctp.pr_enable=1", 1);
        calls.RunShell("sysctl -w net.inet.sctp.auth_disable=0", 1);
        Assert.Equal("not supported: auth_disable, pr_enable", calls.MissingExtensions);
        calls.RunShell("sysctl -i net.inet.sctp.pr_enable=0", 1);
        calls.RunShell("sysctl -i net.inet.sctp.auth_disable=1", 1);
        Assert.Null(calls.MissingExtensions);
    }

    [Fact]
    public void The_socket_under_test_is_the_one_made_last()
    {
        var calls = new SystemCalls();
        Assert.Null(calls.UnderTest);
        Begin(calls, "socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3");
        Begin(calls, "bind(3, ..., ...) = 0");
        Begin(calls, "listen(3, 1) = 0");
        var first = calls.UnderTest!;
        Assert.Equal((true, ScriptNetwork.Port, ScriptNetwork.Local, (ushort)0), (first.IsListening, first.LocalPort, first.Local, first.PeerPort));
        Begin(calls, "socket(..., SOCK_STREAM, IPPROTO_SCTP) = 4");
        Begin(calls, "fcntl(4, F_SETFL, O_NONBLOCK) = 0");
        Begin(calls, "connect(4, ..., ...) = -1 EINPROGRESS");
        Assert.NotSame(first, calls.UnderTest);
        Assert.Equal((ScriptNetwork.Peer, ScriptNetwork.Port), (calls.UnderTest!.Peer, calls.UnderTest.PeerPort));
        Assert.True(calls.UnderTest.LocalPort >= 49_152);
        Assert.True(calls.TryTakeSent(out var init));
        Assert.Equal((0, ScriptNetwork.Local, ScriptNetwork.Peer), (init.Time, init.Source, init.Destination));
        Assert.Equal(EngineTime.Second, calls.NextDeadline);
        calls.AdvanceTo(3 * EngineTime.Second);
        Assert.True(calls.TryTakeSent(out init));
        Assert.Equal(EngineTime.Second, init.Time);
        Assert.True(calls.TryTakeSent(out init));
        Assert.Equal(3 * EngineTime.Second, init.Time);
        Assert.False(calls.TryTakeSent(out _));
    }

    private static void Begin(SystemCalls calls, string call)
    {
        var inProgress = calls.Begin(Scripts.Call(call));
        Assert.True(inProgress.IsCompleted);
        Assert.Null(inProgress.Failure);
    }

    private static void Passes(string text)
    {
        var result = Run(text);
        Assert.True(result.Outcome == ScriptOutcome.Passed, $"{result.Line}: {result.Message}");
    }

    private static ScriptResult Run(string text) => new ScriptFile(ScriptFile.DefaultDefines, null, () => new SystemCalls()).Run(text);
}
