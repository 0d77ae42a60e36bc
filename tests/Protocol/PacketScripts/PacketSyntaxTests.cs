using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.Protocol.Tests.PacketScripts;

public class PacketSyntaxTests
{
    [Theory]
    [InlineData("DATA[flgs=BE, len=20, tsn=1, sid=2, ssn=3, ppid=4]", "00 03 00 14 00 00 00 01 00 02 00 03 00 00 00 04 00 00 00 00")]
    [InlineData("DATA[flgs=0x0c, len=17, tsn=1, sid=0, ssn=0, ppid=0x10]", "00 0C 00 11 00 00 00 01 00 00 00 00 00 00 00 10 00 00 00 00")]
    [InlineData("INIT[flgs=0, tag=1, a_rwnd=1500, os=3, is=4, tsn=5]", "01 00 00 14 00 00 00 01 00 00 05 DC 00 03 00 04 00 00 00 05")]
    [InlineData("INIT_ACK[flgs=0, tag=1, a_rwnd=0, os=1, is=1, tsn=0, STATE_COOKIE[len=6, val=...]]",
        "02 00 00 1A 00 00 00 01 00 00 00 00 00 01 00 01 00 00 00 00 00 07 00 06 41 41 00 00")]
    [InlineData("SACK[flgs=0, cum_tsn=1, a_rwnd=2, gaps=[2:3, 5:5], dups=[7]]",
        "03 00 00 1C 00 00 00 01 00 00 00 02 00 02 00 01 00 02 00 03 00 05 00 05 00 00 00 07")]
    [InlineData("HEARTBEAT[flgs=0, HEARTBEAT_INFORMATION[len=6, val=[1, 2]]]", "04 00 00 0A 00 01 00 06 01 02 00 00")]
    [InlineData("ABORT[flgs=T]", "06 01 00 04")]
    [InlineData("ABORT[flgs=0, USER_INITIATED_ABORT[info=\"bye\"]]", "06 00 00 0B 00 0C 00 07 62 79 65 00")]
    [InlineData("SHUTDOWN[flgs=0, cum_tsn=9]", "07 00 00 08 00 00 00 09")]
    [InlineData("SHUTDOWN_ACK[flgs=0]", "08 00 00 04")]
    [InlineData("ERROR[flgs=0, INVALID_STREAM_IDENTIFIER[sid=2], NO_USER_DATA[tsn=3]]", "09 00 00 14 00 01 00 08 00 02 00 00 00 09 00 08 00 00 00 03")]
    [InlineData("ERROR[flgs=0, MISSING_MANDATORY_PARAMETER[types=[7]]]", "09 00 00 0E 00 02 00 0A 00 00 00 01 00 07 00 00")]
    [InlineData("ERROR[flgs=0, STALE_COOKIE_ERROR[staleness=1], OUT_OF_RESOURCE[]]", "09 00 00 10 00 03 00 08 00 00 00 01 00 04 00 04")]
    [InlineData("ERROR[flgs=0, UNRESOLVABLE_ADDRESS[param=HOSTNAME_ADDRESS[addr=\"a.b\"]]]", "09 00 00 10 00 05 00 0C 00 0B 00 08 61 2E 62 00")]
    [InlineData("ERROR[flgs=0, UNRECOGNIZED_CHUNK_TYPE[chk=CHUNK[type=0x55, flgs=1, len=5, val=[9]]]]", "09 00 00 10 00 06 00 0C 55 01 00 05 09 00 00 00")]
    [InlineData("ERROR[flgs=0, UNRECOGNIZED_PARAMETERS[params=[PARAMETER[type=0x4001, len=5, val=[9]], ECN_CAPABLE[]]]]",
        "09 00 00 14 00 08 00 10 40 01 00 05 09 00 00 00 80 00 00 04")]
    [InlineData("ERROR[flgs=0, CAUSE[code=99, len=5, info=[1]], INVALID_MANDATORY_PARAMETER[], COOKIE_RECEIVED_WHILE_SHUTDOWN[]]",
        "09 00 00 14 00 63 00 05 01 00 00 00 00 07 00 04 00 0A 00 04")]
    [InlineData("ABORT[flgs=0, RESTART_WITH_NEW_ADDRESSES[params=[IPV4_ADDRESS[addr=1.2.3.4]]], PROTOCOL_VIOLATION[info=\"\"]]",
        "06 00 00 14 00 0B 00 0C 00 05 00 08 01 02 03 04 00 0D 00 04")]
    [InlineData("COOKIE_ECHO[flgs=0, len=6, val=[1, 2]]", "0A 00 00 06 01 02 00 00")]
    [InlineData("COOKIE_ACK[flgs=0]; SHUTDOWN_COMPLETE[flgs=0x01]", "0B 00 00 04 0E 01 00 04")]
    [InlineData("ECNE[flgs=0, tsn=1]; CWR[flgs=0, tsn=2]", "0C 00 00 08 00 00 00 01 0D 00 00 08 00 00 00 02")]
    [InlineData("I_DATA[flgs=B, len=20, tsn=1, sid=2, mid=3, ppid=4]", "40 02 00 14 00 00 00 01 00 02 00 00 00 00 00 03 00 00 00 04")]
    [InlineData("I-DATA[flgs=E, len=20, tsn=1, sid=2, mid=3, fsn=4]", "40 01 00 14 00 00 00 01 00 02 00 00 00 00 00 03 00 00 00 04")]
    [InlineData("PAD[flgs=0, len=5, val=...]", "84 00 00 05 50 00 00 00")]
    [InlineData("FORWARD_TSN[cum_tsn=1, ids=[{2, 3}]]", "C0 00 00 0C 00 00 00 01 00 02 00 03")]
    [InlineData("I_FORWARD_TSN[cum_tsn=1, ids=[{2, 0, 3}]]", "C2 00 00 10 00 00 00 01 00 02 00 00 00 00 00 03")]
    [InlineData("NR_SACK[flgs=0, cum_tsn=1, a_rwnd=2, gaps=[2:2], nr_gaps=[3:3], dups=[4]]",
        "10 00 00 20 00 00 00 01 00 00 00 02 00 01 00 01 00 01 00 00 00 02 00 02 00 03 00 03 00 00 00 04")]
    [InlineData("RECONFIG[flgs=0, OUTGOING_SSN_RESET[req_sn=1, resp_sn=2, last_tsn=3, sids=[4]]]", "82 00 00 16 00 0D 00 12 00 00 00 01 00 00 00 02 00 00 00 03 00 04 00 00")]
    [InlineData("RECONFIG[flgs=0, RECONFIG_RESPONSE[resp_sn=1, result=2]]", "82 00 00 10 00 10 00 0C 00 00 00 01 00 00 00 02")]
    [InlineData("RECONFIG[flgs=0, ADD_OUTGOING_STREAMS[req_sn=1, number_of_new_streams=2]]", "82 00 00 10 00 11 00 0C 00 00 00 01 00 02 00 00")]
    [InlineData("CHUNK[type=SACK, flgs=1, len=8, val=[1]]", "03 01 00 08 01 00 00 00")]
    [InlineData("[0xc0, 0x00, 0x00, 0x0c]", "C0 00 00 0C")]
    public void A_packet_to_inject_has_these_bytes(string packet, string bytes) =>
        Assert.Equal(bytes, Convert.ToHexString(Scripts.Bytes(packet)[12..]).Chunk(2).Select(pair => new string(pair)).Aggregate((a, b) => $"{a} {b}"));

    [Theory]
    [InlineData("DATA[flgs=BE, len=20, tsn=1, sid=2, ssn=3, ppid=4]")]
    [InlineData("INIT[flgs=0, tag=1, a_rwnd=1500, os=3, is=4, tsn=5, IPV4_ADDRESS[addr=1.2.3.4], IPV6_ADDRESS[addr=2001:db8::1]]")]
    [InlineData("INIT[flgs=0, tag=1, a_rwnd=1500, os=3, is=4, tsn=5, SUPPORTED_ADDRESS_TYPES[types=[5, 6]], COOKIE_PRESERVATIVE[incr=1000]]")]
    [InlineData("INIT[flgs=0, tag=1, a_rwnd=1, os=3, is=4, tsn=5, HOSTNAME_ADDRESS[addr=\"host\"], ADAPTATION_INDICATION[adaptation_code_point=7]]")]
    [InlineData("INIT_ACK[flgs=0, tag=1, a_rwnd=1, os=3, is=4, tsn=5, UNRECOGNIZED_PARAMETER[params=[PARAMETER[type=0xc0cc, len=5, val=[0x01]]]]]")]
    [InlineData("SACK[flgs=0, cum_tsn=1, a_rwnd=2, gaps=[2:3, 5:5], dups=[7]]")]
    [InlineData("ABORT[flgs=T, PROTOCOL_VIOLATION[info=\"why\"]]; SHUTDOWN_COMPLETE[flgs=T]")]
    [InlineData("ERROR[flgs=0, UNRECOGNIZED_CHUNK_TYPE[chk=CHUNK[type=0x55, flgs=0x01, len=5, val=[0x09]]]]")]
    [InlineData("FORWARD_TSN[cum_tsn=1, ids=[{2,3}]]")]
    [InlineData("CHUNK[type=0x55, flgs=0x80, len=6, val=[0x01, 0x02]]")]
    public void A_packet_sent_is_printed_in_the_words_of_the_language(string packet)
    {
        Assert.Equal("sctp: " + packet, Scripts.Sent(packet).ToString());
        Assert.Equal("sctp: " + packet, Scripts.Expected(packet).ToString());
    }

    [Fact]
    public void A_chunk_that_is_not_what_its_type_says_is_printed_by_number()
    {
        Assert.Equal("sctp: CHUNK[type=0x07, flgs=0, len=6, val=[0x01, 0x02]]", Scripts.Sent("[7, 0, 0, 6, 1, 2, 0, 0]").ToString());
        Assert.Equal("sctp: COOKIE_ACK[flgs=0]; malformed [0x0b, 0x00]", Scripts.Sent("[11, 0, 0, 4, 11, 0]").ToString());
    }

    [Theory]
    [InlineData("sctp(tag=3): COOKIE_ACK[flgs=0]")]
    [InlineData("sctp(bad_crc32c): COOKIE_ACK[flgs=0]")]
    [InlineData("sctp(bad_crc32c, tag=3): COOKIE_ACK[flgs=0]")]
    [InlineData("sctp: ")]
    public void The_header_of_a_packet_to_inject_may_be_told(string packet) =>
        Assert.Equal(packet, Assert.IsType<InjectEvent>(Scripts.Event("+0.0 < " + packet)).Packet.ToString());

    [Theory]
    [InlineData("> [ect0] sctp: COOKIE_ACK[flgs=0]", "IP header fields of packets sent (ect0)")]
    [InlineData("> sctp/udp(9899>9899): COOKIE_ACK[flgs=0]", "UDP encapsulation")]
    [InlineData("< icmp unreachable frag_needed mtu 1200 [sctp(1)]", "packets of icmp")]
    [InlineData("< ipv4 1.1.1.1 > 2.2.2.2: sctp: COOKIE_ACK[flgs=0]", "packets of ipv4")]
    [InlineData("< sctp: AUTH[flgs=0, len=8]", "AUTH chunks")]
    public void What_the_interpreter_lacks_is_named_and_the_next_line_read(string packet, string reason)
    {
        var script = Scripts.Parse($"+0.0 {packet}\n+0.0 close(3) = 0");

        Assert.Equal(reason, Assert.IsType<UnsupportedEvent>(script.Events[0]).Reason);
        Assert.IsType<CallEvent>(script.Events[1]);
    }

    [Fact]
    public void Marks_and_ports_of_what_arrives_change_nothing()
    {
        Assert.Equal("sctp: COOKIE_ACK[flgs=0]", Assert.IsType<InjectEvent>(Scripts.Event("+0.0 < [ce] 1000 > 2000 sctp: COOKIE_ACK[flgs=0]")).Packet.ToString());
        Assert.Equal("sctp: COOKIE_ACK[flgs=0]", Assert.IsType<ExpectEvent>(Scripts.Event("+0.0 > [noecn] sctp: COOKIE_ACK[flgs=0]")).Packet.ToString());
    }
}
