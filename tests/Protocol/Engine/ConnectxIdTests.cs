using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>sctp_connectx: the id of the newly forming association.</summary>
public class ConnectxIdTests
{
    [Fact, Trait("Requirement", "CX-23")]
    public void CX_23_the_id_is_there_before_the_association_is_up_and_stays()
    {
        var peer = new SetupPeer(["10.0.0.2"]);
        var a = peer.Connect();
        var id = a.Id;
        Assert.Equal(AssociationState.CookieWait, a.State);
        Assert.True(id >= 3);
        peer.Send(peer.InitAck(SetupPackets.Cookie(1)));
        Assert.Equal((AssociationState.CookieEchoed, id), (a.State, a.Id));
        peer.Send(SetupPackets.CookieAck());
        Assert.Equal((AssociationState.Established, id), (a.State, a.Id));
    }

    [Fact, Trait("Requirement", "CX-24")]
    public void CX_24_ids_are_unique_and_never_reserved()
    {
        var network = new VirtualNetwork();
        var client = new Host(network, 1, ["10.0.0.1"]);
        var ids = new HashSet<int>();
        var tags = new HashSet<uint>();
        var kept = client.Connect(9, ["10.0.0.3"]);
        ids.Add(kept.Id);
        for (var i = 0; i < 10_000; i++)
        {
            var request = new ConnectRequest(
                5000, client.Addresses, [new PeerAddress(Host.Address("10.0.0.2"), 9899)], 7, AssociationOptions.Default);
            Assert.Equal(ConnectStatus.Started, client.Endpoint.Connect(request, network.Now, out var a));
            Assert.True(a!.Id > 2);
            Assert.True(ids.Add(a.Id));
            Assert.NotEqual(0u, a.LocalTag);
            Assert.True(tags.Add(a.LocalTag));
            a.Abort(null, network.Now);
            client.Endpoint.Remove(a);
        }

        Assert.Equal(1, client.Endpoint.AssociationCount);
    }

    [Fact, Trait("Requirement", "CX-25")]
    public void CX_25_a_refused_call_gives_no_association_and_uses_no_id()
    {
        var network = new VirtualNetwork();
        var client = new Host(network, 1, ["10.0.0.1"], options: new EndpointOptions { MaxAssociations = 2 });
        var first = client.Connect(7, ["10.0.0.2"]);

        Assert.Equal(ConnectStatus.AlreadyConnecting, Try("10.0.0.2"));
        Assert.Equal(ConnectStatus.NoLocalAddress, Try("2001:db8::2"));
        var second = client.Connect(7, ["10.0.0.3"]);
        Assert.Equal(ConnectStatus.TooManyAssociations, Try("10.0.0.4"));
        Assert.Equal(first.Id + 1, second.Id);
        Assert.Equal(2, network.Sent.Count);

        ConnectStatus Try(string peer)
        {
            var request = new ConnectRequest(5000, client.Addresses, [new PeerAddress(Host.Address(peer), 9899)], 7, AssociationOptions.Default);
            var status = client.Endpoint.Connect(request, network.Now, out var association);
            Assert.Null(association);
            return status;
        }
    }
}
