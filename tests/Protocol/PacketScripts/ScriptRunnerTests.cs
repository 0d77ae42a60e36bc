using System.Buffers.Binary;
using Kestrel.Sctp.PacketScripts.Calls;
using Kestrel.Sctp.PacketScripts.Language;
using Kestrel.Sctp.PacketScripts.Running;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Protocol.Tests.PacketScripts;

public class ScriptRunnerTests
{
    private readonly FakeSystem _system = new();

    [Fact]
    public void The_first_INIT_makes_the_live_tag_and_TSNs_those_of_the_script()
    {
        _system.WithSocket().SendAt(0, Scripts.Bytes("INIT[flgs=0, tag=7777, a_rwnd=1, os=1, is=1, tsn=4294967295]"));
        _system.Arrived = _ => _system.Send(Scripts.Bytes("DATA[flgs=BE, len=17, tsn=0, sid=0, ssn=0, ppid=0]"));

        Pass(
            """
            +0.0 > sctp: INIT[flgs=0, tag=1, a_rwnd=1, os=1, is=1, tsn=10]
            +0.0 < sctp: SACK[flgs=0, cum_tsn=12, a_rwnd=1, gaps=[], dups=[13]]
            +0.0 > sctp: DATA[flgs=BE, len=17, tsn=11, sid=0, ssn=0, ppid=0]
            """);

        var sack = Assert.Single(_system.Received);
        Assert.Equal(7777u, BinaryPrimitives.ReadUInt32BigEndian(sack.AsSpan(4)));
        Assert.Equal(1u, BinaryPrimitives.ReadUInt32BigEndian(sack.AsSpan(16)));
        Assert.Equal(2u, BinaryPrimitives.ReadUInt32BigEndian(sack.AsSpan(28)));
        Assert.True(Crc32c.VerifyPacket(sack));
    }

    [Fact]
    public void An_INIT_that_is_sent_again_is_the_same_one()
    {
        _system.WithSocket().SendAt(0, Scripts.Bytes("INIT[flgs=0, tag=7777, a_rwnd=1, os=1, is=1, tsn=50]"));
        _system.SendAt(1_000_000, Scripts.Bytes("INIT[flgs=0, tag=7778, a_rwnd=1, os=1, is=1, tsn=51]"));

        Fail(
            """
            +0.0 > sctp: INIT[flgs=0, tag=1, a_rwnd=1, os=1, is=1, tsn=10]
            +1.0 > sctp: INIT[flgs=0, tag=1, a_rwnd=1, os=1, is=1, tsn=10]
            """, 2, "INIT.tag: expected 1, got 7778", "differs:  INIT.tsn: expected 10, got 11");
    }

    [Theory]
    [InlineData("INIT[flgs=0, tag=9, a_rwnd=1, os=1, is=1, tsn=1]", 0u)]
    [InlineData("COOKIE_ACK[flgs=0]", 7777u)]
    [InlineData("ABORT[flgs=0]", 7777u)]
    [InlineData("ABORT[flgs=T]", 2u)]
    [InlineData("SHUTDOWN_COMPLETE[flgs=T]", 2u)]
    [InlineData("(tag=1)COOKIE_ACK[flgs=0]", 7777u)]
    [InlineData("(tag=2)COOKIE_ACK[flgs=0]", 7778u)]
    [InlineData("(tag=0)COOKIE_ACK[flgs=0]", 0u)]
    [InlineData("(tag=3)ABORT[flgs=T]", 3u)]
    [InlineData("(tag=5)INIT[flgs=0, tag=9, a_rwnd=1, os=1, is=1, tsn=1]", 7781u)]
    public void A_packet_that_arrives_has_the_verification_tag_its_chunks_call_for_or_the_one_told(string packet, uint tag)
    {
        _system.WithSocket().SendAt(0, Scripts.Bytes("INIT[flgs=0, tag=7777, a_rwnd=1, os=1, is=1, tsn=50]"));
        var told = packet.StartsWith('(') ? packet[..(packet.IndexOf(')', StringComparison.Ordinal) + 1)] : "";

        Pass(
            $"""
            +0.0 > sctp: INIT[flgs=0, tag=1, a_rwnd=1, os=1, is=1, tsn=10]
            +0.0 < sctp: INIT_ACK[flgs=0, tag=2, a_rwnd=1, os=1, is=1, tsn=1, STATE_COOKIE[len=4, val=...]]
            +0.0 < sctp{told}: {packet[told.Length..]}
            """);

        Assert.Equal(tag, BinaryPrimitives.ReadUInt32BigEndian(_system.Received[1].AsSpan(4)));
    }

    [Fact]
    public void A_verification_tag_told_is_compared()
    {
        _system.WithSocket().SendAt(0, Scripts.Bytes("INIT[flgs=0, tag=7777, a_rwnd=1, os=1, is=1, tsn=50]"));
        _system.SendAt(0, WithTag(2, "COOKIE_ACK[flgs=0]"));
        _system.SendAt(0, WithTag(7777, "ABORT[flgs=T]"));
        _system.SendAt(0, WithTag(3, "COOKIE_ACK[flgs=0]"));

        Fail(
            """
            +0.0 > sctp: INIT[flgs=0, tag=1, a_rwnd=1, os=1, is=1, tsn=10]
            +0.0 > sctp(tag=2): COOKIE_ACK[flgs=0]
            +0.0 > sctp(tag=1): ABORT[flgs=T]
            +0.0 > sctp(tag=2): COOKIE_ACK[flgs=0]
            """, 4, "verification tag: expected 2, got 3");
    }

    [Fact]
    public void A_bad_checksum_is_one_and_nothing_else_is_changed()
    {
        _system.WithSocket();

        Pass("+0.0 < sctp(bad_crc32c): COOKIE_ACK[flgs=0]\n+0.0 < sctp: COOKIE_ACK[flgs=0]");

        Assert.False(Crc32c.VerifyPacket(_system.Received[0]));
        Assert.Equal(_system.Received[1][12..], _system.Received[0][12..]);
    }

    [Fact]
    public void A_packet_sent_with_a_wrong_checksum_fails()
    {
        _system.WithSocket().At(0, () =>
        {
            var packet = Scripts.Bytes("COOKIE_ACK[flgs=0]");
            _system.Send(packet);
            packet[8] ^= 1;
        });

        Fail("+0.0 > sctp: COOKIE_ACK[flgs=0]", 1, "the checksum is wrong");
    }

    [Fact]
    public void The_cookie_of_the_INIT_ACK_is_echoed_and_the_next_INIT_ACK_begins_anew()
    {
        Listen();
        var answers = new Queue<string>(
        [
            "INIT_ACK[flgs=0, tag=7777, a_rwnd=1, os=1, is=1, tsn=50, STATE_COOKIE[len=7, val=...]]",
            "INIT_ACK[flgs=0, tag=7778, a_rwnd=1, os=1, is=1, tsn=60, STATE_COOKIE[len=8, val=...]]",
            "COOKIE_ACK[flgs=0]",
            "INIT_ACK[flgs=0, tag=7779, a_rwnd=1, os=1, is=1, tsn=70, STATE_COOKIE[len=9, val=...]]",
            "COOKIE_ACK[flgs=0]",
        ]);
        _system.Arrived = packet => _system.Send(Scripts.Bytes(answers.Dequeue()), BinaryPrimitives.ReadUInt16BigEndian(packet));

        Pass(
            """
            +0.0 < sctp: INIT[flgs=0, tag=1, a_rwnd=1500, os=1, is=1, tsn=1]
            +0.0 > sctp: INIT_ACK[flgs=0, tag=2, a_rwnd=..., os=..., is=..., tsn=1, ...]
            // One more INIT is answered, but the script goes on with the first cookie.
            +0.0 < sctp: INIT[flgs=0, tag=1, a_rwnd=1500, os=1, is=1, tsn=1]
            +0.0 > sctp: INIT_ACK[flgs=0, tag=..., a_rwnd=..., os=..., is=..., tsn=11, ...]
            +0.0 < sctp: COOKIE_ECHO[flgs=0, len=..., val=...]
            +0.0 > sctp: COOKIE_ACK[flgs=0]
            // The peer restarts.
            +0.0 < sctp: INIT[flgs=0, tag=3, a_rwnd=1500, os=1, is=1, tsn=1]
            +0.0 > sctp: INIT_ACK[flgs=0, tag=4, a_rwnd=..., os=..., is=..., tsn=100, ...]
            +0.0 < sctp: COOKIE_ECHO[flgs=0, len=..., val=...]; DATA[flgs=BE, len=17, tsn=1, sid=0, ssn=0, ppid=0]
            +0.0 > sctp: COOKIE_ACK[flgs=0]
            """);

        Assert.Equal("0A000007414141000A", Convert.ToHexString(_system.Received[2].AsSpan(12)) + "0A");
        Assert.Equal(7777u, BinaryPrimitives.ReadUInt32BigEndian(_system.Received[2].AsSpan(4)));
        Assert.StartsWith("0A000009414141414100000000030011", Convert.ToHexString(_system.Received[4].AsSpan(12)), StringComparison.Ordinal);
        Assert.Equal(7779u, BinaryPrimitives.ReadUInt32BigEndian(_system.Received[4].AsSpan(4)));
    }

    [Fact]
    public void Where_this_side_connected_a_restart_takes_effect_with_the_COOKIE_ECHO()
    {
        _system.WithSocket().SendAt(0, Scripts.Bytes("INIT[flgs=0, tag=7777, a_rwnd=1, os=1, is=1, tsn=50]"));
        var answers = new Queue<string>(
        [
            "COOKIE_ECHO[flgs=0, len=4, val=[]]",
            "INIT_ACK[flgs=0, tag=8888, a_rwnd=1, os=1, is=1, tsn=90, STATE_COOKIE[len=8, val=...]]",
            "DATA[flgs=BE, len=17, tsn=50, sid=0, ssn=0, ppid=0]",
            "DATA[flgs=BE, len=17, tsn=90, sid=0, ssn=0, ppid=0]",
        ]);
        _system.Arrived = packet => _system.Send(Scripts.Bytes(answers.Dequeue()));

        Pass(
            """
            +0.0 > sctp: INIT[flgs=0, tag=1, a_rwnd=..., os=..., is=..., tsn=10, ...]
            +0.0 < sctp: INIT_ACK[flgs=0, tag=2, a_rwnd=1500, os=1, is=1, tsn=1, STATE_COOKIE[len=4, val=...]]
            +0.0 > sctp: COOKIE_ECHO[flgs=0, len=4, val=...]
            +0.0 < sctp: INIT[flgs=0, tag=3, a_rwnd=1500, os=1, is=1, tsn=1]
            +0.0 > sctp: INIT_ACK[flgs=0, tag=4, a_rwnd=..., os=..., is=..., tsn=100, ...]
            +0.0 < sctp: COOKIE_ACK[flgs=0]
            +0.0 > sctp: DATA[flgs=BE, len=17, tsn=10, sid=0, ssn=0, ppid=0]
            +0.0 < sctp: COOKIE_ECHO[flgs=0, len=..., val=...]
            +0.0 > sctp: DATA[flgs=BE, len=17, tsn=100, sid=0, ssn=0, ppid=0]
            """);

        Assert.Equal([7777u, 0u, 7777u, 8888u], _system.Received.Select(packet => BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(4))));
    }

    [Fact]
    public void A_cookie_that_was_never_sent_is_not_echoed()
    {
        Listen();

        Fail("+0.0 < sctp: COOKIE_ECHO[flgs=0, len=..., val=...]", 1, "there is no cookie to echo: no INIT ACK was expected before");
    }

    [Fact]
    public void A_HEARTBEAT_is_acknowledged_with_what_it_held()
    {
        _system.WithSocket().SendAt(0, Scripts.Bytes("HEARTBEAT[flgs=0, HEARTBEAT_INFORMATION[len=7, val=[1, 2, 3]]]"));

        Pass(
            """
            +0.0 > sctp: HEARTBEAT[flgs=0, HEARTBEAT_INFORMATION[...]]
            +0.0 < sctp: HEARTBEAT_ACK[flgs=0, HEARTBEAT_INFORMATION[...]]
            """);

        Assert.Equal("0500000B0001000701020300", Convert.ToHexString(_system.Received[0].AsSpan(12)));
    }

    [Fact]
    public void A_packet_must_come_at_its_time_give_or_take_the_tolerance()
    {
        const string Script = "+0.0 f() = 0\n+1.0 > sctp: COOKIE_ACK[flgs=0]";
        foreach (var time in (long[])[996_000, 1_000_000, 1_004_000])
        {
            var system = new FakeSystem().WithSocket();
            system.SendAt(time, Scripts.Bytes("COOKIE_ACK[flgs=0]"));
            Assert.Equal(ScriptOutcome.Passed, Run(system, Script).Outcome);
        }

        foreach (var (time, text) in ((long, string)[])[(995_999, "0.995999"), (1_004_001, "1.004001"), (5_000_000, "5.000000")])
        {
            var system = new FakeSystem().WithSocket();
            system.SendAt(time, Scripts.Bytes("COOKIE_ACK[flgs=0]"));
            Assert.Equal($"time: expected at 1.000000, sent at {text}", Run(system, Script).Message);
        }
    }

    [Theory]
    [InlineData("* >", 5_000_000, "")]
    [InlineData("1.0~1.5 >", 995_999, "time: expected from 1.000000 to 1.500000, sent at 0.995999")]
    [InlineData("1.0~1.5 >", 1_250_000, "")]
    [InlineData("+1.0~+1.5 >", 1_504_001, "time: expected from 1.000000 to 1.500000, sent at 1.504001")]
    public void A_packet_may_come_whenever_or_within_a_range(string time, long sentAt, string message)
    {
        _system.WithSocket().SendAt(sentAt, Scripts.Bytes("COOKIE_ACK[flgs=0]"));

        Assert.Equal(message, Run(_system, $"+0.0 f() = 0\n{time} sctp: COOKIE_ACK[flgs=0]").Message);
    }

    [Fact]
    public void A_packet_that_never_comes_is_missed()
    {
        _system.WithSocket();

        Fail("+0.0 f() = 0\n* > sctp: COOKIE_ACK[flgs=0]", 2, "no packet was sent", "expected: * > sctp: COOKIE_ACK[flgs=0]");
    }

    [Fact]
    public void A_packet_that_nobody_expects_is_in_the_way_of_the_next_one_expected()
    {
        _system.WithSocket().SendAt(100_000, Scripts.Bytes("SHUTDOWN_ACK[flgs=0]"));
        _system.SendAt(1_000_000, Scripts.Bytes("COOKIE_ACK[flgs=0]"));

        Fail("+0.0 f() = 0\n+0.5 f() = 0\n+0.5 > sctp: COOKIE_ACK[flgs=0]", 3, "COOKIE_ACK: type: expected 0x0b, got 0x08 (SHUTDOWN_ACK)",
            "expected: 1.000000 > sctp: COOKIE_ACK[flgs=0]", "sent:     0.100000 > sctp: SHUTDOWN_ACK[flgs=0]");
    }

    [Fact]
    public void A_packet_of_another_association_is_not_the_scripts()
    {
        _system.WithSocket().At(0, () => _system.Send(Scripts.Bytes("SHUTDOWN_ACK[flgs=0]"), peerPort: 9));
        _system.SendAt(0, Scripts.Bytes("COOKIE_ACK[flgs=0]"));

        Pass("+0.0 > sctp: COOKIE_ACK[flgs=0]");
    }

    [Fact]
    public void What_is_sent_behind_the_last_packet_expected_is_not_looked_at()
    {
        _system.WithSocket().SendAt(0, Scripts.Bytes("COOKIE_ACK[flgs=0]"));
        _system.SendAt(0, Scripts.Bytes("COOKIE_ACK[flgs=0]"));

        Pass("+0.0 > sctp: COOKIE_ACK[flgs=0]\n+1.0 f() = 0");
    }

    [Fact]
    public void A_relative_time_counts_from_when_the_event_before_happened()
    {
        var times = new List<long>();
        _system.WithSocket().SendAt(2_500_000, Scripts.Bytes("COOKIE_ACK[flgs=0]"));
        _system.Calls["f"] = call =>
        {
            times.Add(_system.Now);
            call.Complete(_system.Now, null);
        };

        Pass("0.0 f() = 0\n+0.5 f() = 0\n* > sctp: COOKIE_ACK[flgs=0]\n+0.5 f() = 0\n3.5 f() = 0\n+0 f() = 0");

        Assert.Equal([0, 500_000, 3_000_000, 3_500_000, 3_500_000], times);
    }

    [Fact]
    public void An_event_whose_time_is_over_fails()
    {
        _system.WithSocket().SendAt(2_000_000, Scripts.Bytes("COOKIE_ACK[flgs=0]"));

        Fail("0.0 f() = 0\n* > sctp: COOKIE_ACK[flgs=0]\n1.0 f() = 0", 3, "time: expected at 1.000000, but it is 2.000000 already");
    }

    [Fact]
    public void Time_begins_at_0_and_goes_forward()
    {
        Fail("1.0 f() = 0", 1, "the first event is not at time 0");
        Fail("0.0 f() = 0\n2.0 f() = 0\n1.0 f() = 0", 3, "time goes backward, from 2.000000 to 1.000000");
    }

    [Fact]
    public void A_call_that_ends_otherwise_fails()
    {
        _system.Calls["close"] = call => call.Complete(_system.Now, "returned -1 EBADF");

        Fail("0.0 close(3) = 0", 1, "returned -1 EBADF", "call:     close(3) = 0");
    }

    [Theory]
    [InlineData(1_000_000, "")]
    [InlineData(995_999, "time: the call should return at 1.000000, but did at 0.995999")]
    [InlineData(1_004_001, "time: the call should return at 1.000000, but did at 1.004001")]
    public void A_blocking_call_returns_at_its_time_while_the_script_goes_on(long returnsAt, string message)
    {
        var order = new List<string>();
        _system.Calls["read"] = call => _system.At(returnsAt, () => call.Complete(_system.Now, null));
        _system.Calls["f"] = call =>
        {
            order.Add($"{_system.Now}");
            call.Complete(_system.Now, null);
        };

        Assert.Equal(message, Run(_system, "0.0...1.0 read(3, ..., 10) = 0\n+0.25 f() = 0").Message);
        Assert.Equal(["250000"], order);
    }

    [Fact]
    public void One_blocking_call_waits_for_the_other()
    {
        _system.Calls["read"] = call =>
        {
            var end = _system.Now + 500_000;
            _system.At(end, () => call.Complete(_system.Now, null));
        };

        Pass("0.0...0.5 read(3, ..., 10) = 0\n+0.5...1.0 read(3, ..., 10) = 0");
        Assert.Equal(1_000_000, _system.Now);
    }

    [Fact]
    public void A_call_that_blocks_for_ever_fails()
    {
        _system.Calls["read"] = _ => { };

        Fail("0.0...0.5 read(3, ..., 10) = 0", 1, "the call never returns", "call:     read(3, ..., 10) = 0");
        Fail("0.0 read(3, ..., 10) = 0", 1, "the call never returns");
    }

    [Fact]
    public void An_engine_that_never_rests_fails()
    {
        var system = new RestlessSystem();

        Assert.Equal("the engine never comes to rest at 0.000000", Run(system, "0.0 f() = 0\n+1.0 f() = 0").Message);
    }

    [Fact]
    public void A_call_that_is_not_supported_skips_the_script()
    {
        _system.Calls["peeloff"] = _ => throw new ScriptSkippedException("sctp_peeloff");

        var result = Run(_system, "0.0 f() = 0\n0.0 peeloff(3) = 0");

        Assert.Equal((ScriptOutcome.Skipped, 2, "sctp_peeloff"), (result.Outcome, result.Line, result.Message));
    }

    [Fact]
    public void Shell_lines_go_to_the_system()
    {
        Pass("0.0 `sysctl -w net.inet.sctp.ecn_enable=0`");

        Assert.Equal(["sysctl -w net.inet.sctp.ecn_enable=0"], _system.Shell);
    }

    [Fact]
    public void A_packet_without_a_socket_belongs_nowhere() =>
        Fail("0.0 < sctp: COOKIE_ACK[flgs=0]", 1, "there is no socket yet that this packet could belong to");

    [Theory]
    [InlineData("+0.0 > sctp: FORWARD_TSN[cum_tsn=1, ids=[]]", "partial reliability (RFC 3758) is expected of this side")]
    [InlineData("+0.0 > sctp: CHUNK[type=0xc1, flgs=0, len=..., val=...]", "ASCONF (RFC 5061) is expected of this side")]
    [InlineData("+0.0 > sctp: INIT[flgs=0, tag=1, a_rwnd=1, os=1, is=1, tsn=1, PARAMETER[type=0x8002, len=36, val=...]]", "AUTH (RFC 4895) is expected of this side")]
    [InlineData("+0.0 > sctp: INIT[flgs=0, tag=1, a_rwnd=1, os=1, is=1, tsn=1, ECN_CAPABLE[]]", "ECN is expected of this side")]
    [InlineData("--ip_version=ipv6\n+0.0 f() = 0", "option --ip_version=ipv6")]
    [InlineData("+0.0 f() = 0\n+0.0 frobnicate(3) = 0", "frobnicate is not supported")]
    [InlineData("--mtu=1280\n+0.0 f() = 0", "option --mtu=1280")]
    [InlineData("+0.0 < udp (1000)", "packets of udp")]
    public void A_script_that_needs_what_this_stack_lacks_is_skipped_before_it_runs(string script, string reason)
    {
        _system.Calls["f"] = _ => Assert.Fail("it runs");

        var result = Run(_system, script);

        Assert.Equal((ScriptOutcome.Skipped, reason), (result.Outcome, result.Message));
    }

    [Fact]
    public void A_script_that_switches_on_what_this_stack_lacks_is_skipped_only_where_it_would_fail()
    {
        _system.MissingExtensions = "not supported: pr_enable";
        Pass("0.0 f() = 0");

        _system.Calls["f"] = call => call.Complete(0, "expected 0, got -1");
        Assert.Equal((ScriptOutcome.Skipped, "not supported: pr_enable"), (Run(_system, "0.0 f() = 0").Outcome, Run(_system, "0.0 f() = 0").Message));
    }

    [Theory]
    [InlineData("+0.0 < sctp: FORWARD_TSN[cum_tsn=1, ids=[]]")]
    [InlineData("+0.0 < sctp: INIT[flgs=0, tag=1, a_rwnd=1, os=1, is=1, tsn=1, FORWARD_TSN_SUPPORTED[]]")]
    public void An_extension_that_only_the_peer_uses_is_no_reason_to_skip(string script)
    {
        _system.WithSocket();

        Pass(script);
    }

    [Fact]
    public void A_line_that_does_not_parse_fails_with_its_place()
    {
        var result = Run(_system, "0.0 f() = 0\n0.0 f( = 0");

        Assert.Equal((ScriptOutcome.Failed, 2, "column 8: expected a value, found '='"), (result.Outcome, result.Line, result.Message));
    }

    [Fact]
    public void The_scripts_tolerance_is_its_own_unless_another_is_told()
    {
        const string Script = "--tolerance_usecs=100000\n+0.0 f() = 0\n+1.0 > sctp: COOKIE_ACK[flgs=0]";
        _system.WithSocket().SendAt(1_100_000, Scripts.Bytes("COOKIE_ACK[flgs=0]"));
        Pass(Script);

        var strict = new FakeSystem().WithSocket();
        strict.SendAt(1_100_000, Scripts.Bytes("COOKIE_ACK[flgs=0]"));
        Assert.Equal(ScriptOutcome.Failed, new ScriptFile(ScriptFile.DefaultDefines, 1000, () => strict).Run(Script).Outcome);
    }

    [Fact]
    public void A_packet_may_come_from_and_go_to_other_addresses_than_the_sockets()
    {
        var other = IPAddressValue.FromIPAddress(System.Net.IPAddress.Parse("10.1.2.3"));
        _system.WithSocket().Arrival = (other, _system.Socket.Local);
        _system.Arrived = _ =>
        {
            _system.Send(Scripts.Bytes("COOKIE_ACK[flgs=0]"), destination: other);
            _system.Send(Scripts.Bytes("COOKIE_ECHO[flgs=0, len=4, val=[]]"));
        };

        Pass(
            $"""
            +0.0 < 10.1.2.3 > {_system.Socket.Local} sctp: COOKIE_ACK[flgs=0]
            +0.0 > {_system.Socket.Local} > 10.1.2.3 sctp: COOKIE_ACK[flgs=0]
            +0.0 > sctp: COOKIE_ECHO[flgs=0, len=4, val=...]
            """);
    }

    private static byte[] WithTag(uint tag, string packet)
    {
        var bytes = Scripts.Bytes(packet);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), tag);
        return bytes;
    }

    private static ScriptResult Run(ISystemCalls system, string script) =>
        new ScriptFile(ScriptFile.DefaultDefines, null, () => system).Run(script);

    private void Listen()
    {
        _system.WithSocket();
        (_system.Socket.IsListening, _system.Socket.LocalPort, _system.Socket.PeerPort) = (true, 8080, 0);
    }

    private void Pass(string script)
    {
        var result = Run(_system, script);
        Assert.True(result.Outcome == ScriptOutcome.Passed, $"{result.Line}: {result.Message}\n{string.Join('\n', result.Details)}");
    }

    private void Fail(string script, int line, string message, params string[] details)
    {
        var result = Run(_system, script);
        Assert.Equal((ScriptOutcome.Failed, line, message), (result.Outcome, result.Line, result.Message));
        Assert.All(details, detail => Assert.Contains(detail, result.Details));
    }

    /// <summary>Has always something to do now.</summary>
    private sealed class RestlessSystem : ISystemCalls
    {
        public long Now => 0;

        public long NextDeadline => 0;

        public SocketUnderTest? UnderTest => null;

        public void AdvanceTo(long time)
        {
        }

        public CallInProgress Begin(ScriptCall call)
        {
            var progress = new CallInProgress(call);
            progress.Complete(0, null);
            return progress;
        }

        public void RunShell(string command, int line)
        {
        }

        public void Receive(in PacketInfo info, ReadOnlySpan<byte> packet)
        {
        }

        public bool TryTakeSent(out SentPacket packet)
        {
            packet = default;
            return false;
        }
    }
}
