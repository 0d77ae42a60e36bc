using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Kestrel.Sctp.Interop.Tests;

/// <summary>A hundred idle associations of one usrsctp process, and a server that stops under them.</summary>
public sealed class ManyAssociationsTests
{
    private const int Count = 100;

    [Fact]
    public async Task A_hundred_idle_associations_are_shut_down_when_their_handlers_heed_the_servers_stop()
    {
        await using var server = await KestrelServer.StartAsync();
        await using var client = await UsrsctpPeer.ConnectAsync(server.Peer() with { Count = Count });
        var connections = await AcceptAllAsync(server, client);

        foreach (var connection in connections)
        {
            connection.Context.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>()
                .ConnectionClosedRequested.Register(connection.Finish);
        }

        await server.StopAsync(CancellationToken.None).WaitAsync(ChildProgram.Patience);

        for (var i = 1; i <= Count; i++)
        {
            await client.EventAsync($"^SHUTDOWN_COMP #{i} ");
        }
    }

    [Fact]
    public async Task A_hundred_idle_associations_are_aborted_when_the_servers_stop_runs_out_of_time()
    {
        await using var server = await KestrelServer.StartAsync();
        await using var client = await UsrsctpPeer.ConnectAsync(server.Peer() with { Count = Count });
        var connections = await AcceptAllAsync(server, client);

        foreach (var connection in connections)
        {
            connection.Context.ConnectionClosed.Register(connection.Finish);
        }

        await server.StopAsync(new CancellationToken(canceled: true)).WaitAsync(ChildProgram.Patience);

        for (var i = 1; i <= Count; i++)
        {
            await client.EventAsync($"^COMM_LOST #{i} ");
        }
    }

    /// <summary>All of them are up and each of them works, one message each.</summary>
    private static async Task<List<ServedConnection>> AcceptAllAsync(KestrelServer server, UsrsctpPeer client)
    {
        var connections = new List<ServedConnection>();
        for (var i = 1; i <= Count; i++)
        {
            await client.UpAsync(i);
            connections.Add(await server.AcceptAsync());
        }

        Assert.Equal(Count, connections.Select(c => c.Context.Features.GetRequiredFeature<ISctpAssociationFeature>().AssociationId).Distinct().Count());
        for (var i = 1; i <= Count; i++)
        {
            await connections[i - 1].Context.WriteAsync(MessagePattern.Create(100, (uint)i));
        }

        for (var i = 1; i <= Count; i++)
        {
            // Which connection is which association over there is not known: each must have exactly one message.
            await client.EventAsync($"^MESSAGE #{i} stream 0 ppid 0 ordered bytes 100 ");
        }

        Assert.Equal(Count, client.Lines.Where(line => line.StartsWith("MESSAGE ", StringComparison.Ordinal)).Select(line => line.Split(" sum ")[1]).Distinct().Count());
        return connections;
    }
}
