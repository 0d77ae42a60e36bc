using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Paths;
using Kestrel.Sctp.Protocol.Wire;

namespace Kestrel.Sctp.Protocol.Tests.Engine;

/// <summary>Several paths: which one carries data, and from which of our addresses.</summary>
public class FailoverTests
{
    private readonly VirtualNetwork _network = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [Trait("Requirement", "R-104")]
    public void R_104_with_all_paths_inactive_new_data_is_still_tried(int paths)
    {
        string[] mine = [.. Enumerable.Range(0, paths).Select(i => $"10.0.{i}.1")];
        string[] theirs = [.. Enumerable.Range(0, paths).Select(i => $"10.0.{i}.2")];
        var server = new Host(_network, 1, theirs);
        var client = new Host(_network, 2, mine, udpPort: 40000);
        server.Listen(7);
        var options = AssociationOptions.Default with { AssociationMaxRetransmits = 1_000, PathMaxRetransmits = 2 };
        var a = client.Connect(7, theirs, options);
        Assert.True(_network.RunUntil(() => a.State == AssociationState.Established, EngineTime.Second));
        _network.Run(EngineTime.Second);

        // The network is gone, and HEARTBEATs find it out.
        _network.Drop = _ => true;
        Assert.True(_network.RunUntil(
            () => Enumerable.Range(0, paths).All(i => a.GetPath(i).State == PathState.Inactive), 10_000 * EngineTime.Second));
        _network.Sent.Clear();
        client.Send(a, new byte[100]);
        Assert.Contains(_network.Sent, datagram => ScriptedPeer.TypesOf(datagram.Packet).Contains(ChunkType.Data));

        // It comes back while nothing but data and HEARTBEATs could tell.
        _network.Drop = null;
        Assert.True(_network.RunUntil(() => a.BufferedBytes == 0, 200 * EngineTime.Second));
    }

    [Fact]
    [Trait("Requirement", "R-27")]
    public void Each_path_of_an_accepted_association_has_the_source_that_fits_it()
    {
        var server = new Host(_network, 1, ["10.0.0.2", "10.9.1.2"]);
        var client = new Host(_network, 2, ["10.0.0.1", "10.9.1.1"], udpPort: 40000);
        server.Listen(7);
        var a = client.Connect(7, ["10.0.0.2", "10.9.1.2"]);
        Assert.True(_network.RunUntil(() => a.State == AssociationState.Established, EngineTime.Second));
        foreach (var path in Enumerable.Range(0, 2).Select(i => server.Associations[0].GetPath(i)))
        {
            Assert.Equal(path.Remote.ToString().Replace(".1.1", ".1.2").Replace(".0.1", ".0.2"), path.Local.ToString());
        }
    }
}
