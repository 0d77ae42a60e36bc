using Kestrel.Sctp.PacketScripts.Packets;

namespace Kestrel.Sctp.Protocol.Tests.PacketScripts;

public class PacketComparisonTests
{
    [Theory]
    [InlineData("DATA[flgs=BE, len=20, tsn=1, sid=2, ssn=3, ppid=4]", "DATA[flgs=BE, len=20, tsn=1, sid=2, ssn=3, ppid=4]")]
    [InlineData("DATA[flgs=..., len=..., tsn=..., sid=..., ssn=..., ppid=...]", "DATA[flgs=BE, len=20, tsn=1, sid=2, ssn=3, ppid=4]")]
    [InlineData("SACK[flgs=0, cum_tsn=1, a_rwnd=..., gaps=..., dups=[7]]", "SACK[flgs=0, cum_tsn=1, a_rwnd=2, gaps=[2:3], dups=[7]]")]
    [InlineData("SACK[flgs=0, cum_tsn=1, a_rwnd=2, gaps=[2:3], dups=[...]]", "SACK[flgs=0, cum_tsn=1, a_rwnd=2, gaps=[2:3], dups=[7]]")]
    [InlineData("INIT[flgs=0, tag=1, a_rwnd=..., os=..., is=..., tsn=5, ...]", "INIT[flgs=0, tag=1, a_rwnd=9, os=3, is=4, tsn=5, IPV4_ADDRESS[addr=1.2.3.4]]")]
    [InlineData("INIT[flgs=0, tag=1, a_rwnd=..., os=..., is=..., tsn=5, ...]", "INIT[flgs=0, tag=1, a_rwnd=9, os=3, is=4, tsn=5]")]
    [InlineData("INIT_ACK[flgs=0, tag=1, a_rwnd=9, os=1, is=1, tsn=5, STATE_COOKIE[...]]",
        "INIT_ACK[flgs=0, tag=1, a_rwnd=9, os=1, is=1, tsn=5, STATE_COOKIE[len=7, val=...]]")]
    [InlineData("INIT_ACK[flgs=0, tag=1, a_rwnd=9, os=1, is=1, tsn=5, PARAMETER[type=7, len=..., val=...]]",
        "INIT_ACK[flgs=0, tag=1, a_rwnd=9, os=1, is=1, tsn=5, STATE_COOKIE[len=7, val=...]]")]
    [InlineData("ABORT[flgs=0, PROTOCOL_VIOLATION[info=...]]", "ABORT[flgs=0, PROTOCOL_VIOLATION[info=\"anything\"]]")]
    [InlineData("ABORT[flgs=0, ...]", "ABORT[flgs=0, OUT_OF_RESOURCE[]]")]
    [InlineData("ABORT[flgs=0, ...]", "ABORT[flgs=0]")]
    [InlineData("HEARTBEAT[flgs=0, HEARTBEAT_INFORMATION[len=..., val=...]]", "HEARTBEAT[flgs=0, HEARTBEAT_INFORMATION[len=6, val=[1, 2]]]")]
    [InlineData("HEARTBEAT_ACK[flgs=0, HEARTBEAT_INFORMATION[len=8, val=[1]]]", "HEARTBEAT_ACK[flgs=0, HEARTBEAT_INFORMATION[len=8, val=[1, 0, 0, 0]]]")]
    [InlineData("ERROR[flgs=0, UNRECOGNIZED_CHUNK_TYPE[chk=CHUNK[type=0x55, flgs=..., len=5, val=...]]]",
        "ERROR[flgs=0, UNRECOGNIZED_CHUNK_TYPE[chk=CHUNK[type=0x55, flgs=1, len=5, val=[9]]]]")]
    [InlineData("CHUNK[type=..., flgs=..., len=..., val=...]", "COOKIE_ACK[flgs=0]")]
    [InlineData("CHUNK[type=COOKIE_ACK, flgs=0, len=4, val=[]]; ABORT[flgs=0]", "COOKIE_ACK[flgs=0]; ABORT[flgs=0]")]
    public void A_packet_as_expected_has_no_difference(string expected, string sent) => Assert.Empty(Scripts.Compare(expected, sent));

    [Theory]
    [InlineData("DATA[flgs=BE, len=20, tsn=1, sid=2, ssn=3, ppid=4]", "DATA[flgs=B, len=20, tsn=1, sid=2, ssn=3, ppid=4]", "DATA.flgs: expected 0x03, got 0x02")]
    [InlineData("DATA[flgs=BE, len=20, tsn=1, sid=2, ssn=3, ppid=4]", "DATA[flgs=BE, len=19, tsn=1, sid=2, ssn=3, ppid=4]", "DATA: length: expected 20, got 19")]
    [InlineData("DATA[flgs=BE, len=20, tsn=1, sid=2, ssn=3, ppid=4]", "DATA[flgs=BE, len=20, tsn=2, sid=2, ssn=3, ppid=4]", "DATA.tsn: expected 1, got 2")]
    [InlineData("DATA[flgs=BE, len=20, tsn=1, sid=2, ssn=3, ppid=4]", "DATA[flgs=BE, len=20, tsn=1, sid=1, ssn=3, ppid=4]", "DATA.sid: expected 2, got 1")]
    [InlineData("DATA[flgs=BE, len=20, tsn=1, sid=2, ssn=3, ppid=4]", "DATA[flgs=BE, len=20, tsn=1, sid=2, ssn=2, ppid=4]", "DATA.ssn: expected 3, got 2")]
    [InlineData("DATA[flgs=BE, len=20, tsn=1, sid=2, ssn=3, ppid=4]", "DATA[flgs=BE, len=20, tsn=1, sid=2, ssn=3, ppid=5]", "DATA.ppid: expected 4, got 5")]
    [InlineData("COOKIE_ACK[flgs=0]", "SHUTDOWN_ACK[flgs=0]", "COOKIE_ACK: type: expected 0x0b, got 0x08 (SHUTDOWN_ACK)")]
    [InlineData("COOKIE_ACK[flgs=0]", "COOKIE_ACK[flgs=0]; COOKIE_ACK[flgs=0]", "chunks: expected 1 (COOKIE_ACK), got 2 (COOKIE_ACK, COOKIE_ACK)")]
    [InlineData("COOKIE_ACK[flgs=0]", "", "chunks: expected 1 (COOKIE_ACK), got 0 (none)")]
    [InlineData("SACK[flgs=0, cum_tsn=1, a_rwnd=2, gaps=[2:3], dups=[]]", "SACK[flgs=0, cum_tsn=1, a_rwnd=2, gaps=[2:4], dups=[]]",
        "SACK.gaps: expected [2:3], got [2:4]")]
    [InlineData("SACK[flgs=0, cum_tsn=1, a_rwnd=2, gaps=..., dups=[7]]", "SACK[flgs=0, cum_tsn=1, a_rwnd=2, gaps=[2:4], dups=[8]]",
        "SACK.dups: expected [7], got [8]")]
    [InlineData("SACK[flgs=0, cum_tsn=..., a_rwnd=2, gaps=[], dups=[]]", "SACK[flgs=0, cum_tsn=1, a_rwnd=3, gaps=[], dups=[]]", "SACK.a_rwnd: expected 2, got 3")]
    [InlineData("INIT[flgs=0, tag=1, a_rwnd=9, os=3, is=4, tsn=5]", "INIT[flgs=0, tag=1, a_rwnd=9, os=3, is=4, tsn=5, IPV4_ADDRESS[addr=1.2.3.4]]",
        "INIT: length: expected 20, got 28 | INIT parameters: expected 0 (none), got 1 (IPV4_ADDRESS)")]
    [InlineData("INIT[flgs=0, tag=1, a_rwnd=9, os=3, is=4, tsn=5, IPV4_ADDRESS[addr=1.2.3.4]]",
        "INIT[flgs=0, tag=1, a_rwnd=9, os=3, is=4, tsn=5, IPV4_ADDRESS[addr=1.2.3.5]]", "INIT IPV4_ADDRESS.addr: expected 1.2.3.4, got 1.2.3.5")]
    [InlineData("INIT[flgs=0, tag=1, a_rwnd=9, os=3, is=4, tsn=5, ECN_CAPABLE[], FORWARD_TSN_SUPPORTED[]]",
        "INIT[flgs=0, tag=1, a_rwnd=9, os=3, is=4, tsn=5, FORWARD_TSN_SUPPORTED[], ECN_CAPABLE[]]",
        "INIT ECN_CAPABLE (1): type: expected 0x8000, got 0xc000 (FORWARD_TSN_SUPPORTED) | INIT FORWARD_TSN_SUPPORTED (2): type: expected 0xc000, got 0x8000 (ECN_CAPABLE)")]
    [InlineData("INIT_ACK[flgs=0, tag=1, a_rwnd=9, os=3, is=4, tsn=5, UNRECOGNIZED_PARAMETER[params=[PARAMETER[type=0xc0cc, len=5, val=[1]]]]]",
        "INIT_ACK[flgs=0, tag=1, a_rwnd=9, os=3, is=4, tsn=5, UNRECOGNIZED_PARAMETER[params=[PARAMETER[type=0xc0cc, len=5, val=[2]]]]]",
        "INIT_ACK UNRECOGNIZED_PARAMETER PARAMETER.val: expected [0x01], got [0x02]")]
    [InlineData("ABORT[flgs=T]", "ABORT[flgs=0]", "ABORT.flgs: expected 0x01, got 0x00")]
    [InlineData("ABORT[flgs=0]", "ABORT[flgs=0, OUT_OF_RESOURCE[]]", "ABORT: length: expected 4, got 8 | ABORT causes: expected 0 (none), got 1 (OUT_OF_RESOURCE)")]
    [InlineData("ABORT[flgs=0, PROTOCOL_VIOLATION[info=\"a\"]]", "ABORT[flgs=0, PROTOCOL_VIOLATION[info=\"b\"]]",
        "ABORT PROTOCOL_VIOLATION.info: expected \"a\", got \"b\"")]
    [InlineData("ERROR[flgs=0, INVALID_STREAM_IDENTIFIER[sid=1]]", "ERROR[flgs=0, CAUSE[code=1, len=8, info=[0, 1, 0, 1]]]",
        "ERROR INVALID_STREAM_IDENTIFIER.reserved: expected 0, got 4294967295")]
    [InlineData("ERROR[flgs=0, CAUSE[code=4, len=4, info=[]]]", "ERROR[flgs=0, INVALID_MANDATORY_PARAMETER[]]",
        "ERROR CAUSE: type: expected 0x04, got 0x07 (INVALID_MANDATORY_PARAMETER)")]
    [InlineData("SHUTDOWN[flgs=0, cum_tsn=1]", "[7, 0, 0, 6, 0, 0, 0, 0]", "SHUTDOWN: length: expected 8, got 6")]
    [InlineData("HEARTBEAT[flgs=0, HEARTBEAT_INFORMATION[...]]", "[4, 0, 0, 4]", "HEARTBEAT parameters: expected 1 (HEARTBEAT_INFORMATION), got 0 (none)")]
    [InlineData("COOKIE_ECHO[flgs=0, len=..., val=...]", "[10, 0, 0, 5, 1]", "COOKIE_ECHO: 5 bytes are followed by 0 bytes of padding")]
    [InlineData("COOKIE_ECHO[flgs=0, len=..., val=...]", "[10, 0, 0, 5, 1, 0, 0, 1]", "COOKIE_ECHO: the padding is not zero")]
    [InlineData("COOKIE_ACK[flgs=0]", "[11, 0, 0, 4, 1, 2]", "2 bytes at the end of the packet are no chunk")]
    [InlineData("CHUNK[type=0x55, flgs=0, len=8, val=[1]]", "CHUNK[type=0x55, flgs=0, len=8, val=[1, 0, 0, 2]]",
        "CHUNK.val: expected [0x01], got [0x01, 0x00, 0x00, 0x02]")]
    public void Each_way_to_differ_is_found_and_named(string expected, string sent, string differences) =>
        Assert.Equal(differences, string.Join(" | ", Scripts.Compare(expected, sent)));

    [Fact]
    public void The_first_different_byte_of_any_field_is_found()
    {
        // Whatever byte of a packet is another one, the comparison with all fields given must see it; user data is not the script's.
        const string Packet =
            "INIT_ACK[flgs=0, tag=1, a_rwnd=9, os=3, is=4, tsn=5, IPV4_ADDRESS[addr=1.2.3.4], SUPPORTED_ADDRESS_TYPES[types=[IPv4]], " +
            "UNRECOGNIZED_PARAMETER[params=[PARAMETER[type=0xc0cc, len=5, val=[1]]]], STATE_COOKIE[len=6, val=[1, 2]]]; " +
            "SACK[flgs=0, cum_tsn=1, a_rwnd=2, gaps=[2:3], dups=[7]]; SHUTDOWN[flgs=0, cum_tsn=1]; " +
            "ERROR[flgs=0, INVALID_STREAM_IDENTIFIER[sid=2], UNRECOGNIZED_CHUNK_TYPE[chk=CHUNK[type=0x55, flgs=1, len=5, val=[9]]]]; " +
            "ABORT[flgs=T, USER_INITIATED_ABORT[info=\"bye\"], MISSING_MANDATORY_PARAMETER[types=[7, 8]]]";
        var pattern = Scripts.Expected(Packet);
        var bytes = Scripts.Bytes(Packet);
        Assert.Empty(PacketComparison.Compare(pattern, ReadPacket.Read(bytes, default)));

        for (var i = 12; i < bytes.Length; i++)
        {
            var changed = (byte[])bytes.Clone();
            changed[i] ^= 0x40;

            Assert.True(PacketComparison.Compare(pattern, ReadPacket.Read(changed, default)).Count > 0, $"byte {i} differs unseen");
        }
    }
}
