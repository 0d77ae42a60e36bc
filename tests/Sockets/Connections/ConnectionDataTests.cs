using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Kestrel.Sctp.Sockets.Tests.Connections;

public class ConnectionDataTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Megabytes_both_ways_at_once_arrive_whole_and_no_block_is_sent_after_its_return(bool inline)
    {
        var stackOptions = new SctpStackOptions { UnsafePreferInlineScheduling = inline };
        var there = RandomNumberGenerator.GetBytes(8 << 20);
        var back = RandomNumberGenerator.GetBytes(8 << 20);
        await using var listener = new SctpSocket(stackOptions: stackOptions);
        listener.Bind(SctpEndPoint.Parse("sctp+udp://127.0.0.1:0?udp=0"));
        listener.Listen();
        var clientSocket = new SctpSocket(stackOptions: stackOptions);
        await clientSocket.ConnectXAsync(listener.LocalEndPoint!).AsTask().WaitAsync(Loopback.Patience);
        var serverSocket = await listener.AcceptAsync().AsTask().WaitAsync(Loopback.Patience);
        var memory = new PoisonedMemoryPool();
        var factory = new SctpConnectionContextFactory(stackOptions, memory);
        await using var client = factory.Create(clientSocket);
        await using var server = factory.Create(serverSocket);

        var random = new Random(7);
        var sending = WriteAndCompleteAsync(client, there, random.Next(1, 30_000));
        var answering = WriteAndCompleteAsync(server, back, random.Next(1, 30_000));
        var arrived = ReadAsync(server, there.Length);
        var returned = ReadAsync(client, back.Length);

        var (thereArrived, backArrived) = (await arrived, await returned);
        Assert.True(there.AsSpan().SequenceEqual(thereArrived));
        Assert.True(back.AsSpan().SequenceEqual(backArrived));
        await sending;
        await answering;
        await client.DisposeAsync().AsTask().WaitAsync(Loopback.Patience);
        await server.DisposeAsync().AsTask().WaitAsync(Loopback.Patience);
        Assert.Equal(0, memory.Rented);

        static async Task WriteAndCompleteAsync(ConnectionContext connection, byte[] bytes, int part)
        {
            await connection.Transport.Output.WriteAllAsync(bytes, part);
            await connection.Transport.Output.CompleteAsync();
        }

        static async Task<byte[]> ReadAsync(ConnectionContext connection, int length)
        {
            var all = new MemoryStream();
            while (all.Length < length)
            {
                var read = await connection.Transport.Input.ReadSoonAsync();
                foreach (var block in read.Buffer)
                {
                    all.Write(block.Span);
                }

                connection.Transport.Input.AdvanceTo(read.Buffer.End);
            }

            return all.ToArray();
        }
    }

    [Fact]
    public async Task What_is_readable_goes_out_in_messages_of_at_most_PipeMessageSize()
    {
        var payload = RandomNumberGenerator.GetBytes(100_000);
        await using var pair = await ConnectionPair.OpenAsync(new SctpOptions { PipeMessageSize = 3000 });
        var writing = pair.Output.WriteAllAsync(payload, part: 40_000);

        var received = new MemoryStream();
        while (received.Length < payload.Length)
        {
            var message = await pair.Peer.ReceiveMessageAsync();
            Assert.InRange(message!.Length, 1, 3000);
            received.Write(message);
        }

        await writing;
        Assert.Equal(payload, received.ToArray());
    }

    [Fact]
    [Trait("Requirement", "R-63")]
    public async Task A_message_that_comes_in_parts_is_not_mixed_with_another()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        var lengths = new[] { 120_000, 150_000, 9, 130_000 };
        var sending = Enumerable.Range(0, lengths.Length).Select(i =>
        {
            var message = new byte[lengths[i]];
            message.AsSpan().Fill((byte)('A' + i));
            return pair.Peer.SendAsync(message, new SctpSendInfo { StreamId = (ushort)i, Unordered = i == 2 }, SocketExtensions.Timeout).AsTask();
        }).ToArray();

        var runs = new List<(byte Value, int Length)>();
        for (var at = 0; at < lengths.Sum();)
        {
            var read = await pair.Input.ReadSoonAsync();
            foreach (var block in read.Buffer)
            {
                foreach (var value in block.Span)
                {
                    if (runs.Count > 0 && runs[^1].Value == value)
                    {
                        runs[^1] = (value, runs[^1].Length + 1);
                    }
                    else
                    {
                        runs.Add((value, 1));
                    }
                }
            }

            at += (int)read.Buffer.Length;
            pair.Input.AdvanceTo(read.Buffer.End);
        }

        await Task.WhenAll(sending);
        Assert.Equal(lengths.Order(), runs.Select(r => r.Length).Order());
    }

    [Fact]
    public async Task A_writer_is_suspended_by_a_peer_that_stops_reading_and_goes_on_with_it()
    {
        var options = new SctpOptions { SendBufferSize = 128 * 1024, SackDelay = TimeSpan.Zero };
        await using var pair = await ConnectionPair.OpenAsync(options, new SctpOptions { ReceiveBufferSize = 64 * 1024, SackDelay = TimeSpan.Zero });
        var payload = RandomNumberGenerator.GetBytes(1 << 20);
        var written = 0;
        var writing = Task.Run(async () =>
        {
            for (var at = 0; at < payload.Length; at += 4096)
            {
                await pair.Output.WriteAsync(payload.AsMemory(at, 4096));
                Volatile.Write(ref written, at + 4096);
            }
        });

        // When nothing moves any more, the send buffer, the window and what one write is over are full, and no more than these.
        var before = -1;
        while (Volatile.Read(ref written) != before)
        {
            before = Volatile.Read(ref written);
            await Task.Delay(300);
        }

        Assert.False(writing.IsCompleted);
        Assert.InRange(before, 64 * 1024, (128 + 64 + 8) * 1024);
        Assert.InRange(pair.Memory.Rented * 4096, 0, (128 + 3 * 8) * 1024);

        var received = new MemoryStream();
        while (received.Length < payload.Length)
        {
            received.Write(await pair.Peer.ReceiveMessageAsync());
        }

        await writing.WaitAsync(Loopback.Patience);
        Assert.Equal(payload, received.ToArray());
    }

    [Fact]
    public async Task A_reader_that_stops_stops_the_peer_and_goes_on_with_it()
    {
        await using var pair = await ConnectionPair.OpenAsync(
            new SctpOptions { ReceiveBufferSize = 64 * 1024, SackDelay = TimeSpan.Zero }, new SctpOptions { SendBufferSize = 64 * 1024, SackDelay = TimeSpan.Zero });
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 256; i++)
            {
                await pair.Peer.SendAsync(new byte[4096], default, SocketExtensions.Timeout);
                Volatile.Write(ref sent, (i + 1) * 4096);
            }
        });

        var before = -1;
        while (Volatile.Read(ref sent) != before)
        {
            before = Volatile.Read(ref sent);
            await Task.Delay(300);
        }

        Assert.False(sending.IsCompleted);
        Assert.InRange(pair.Memory.Rented * 4096, 1, 128 * 1024); // the pipe's limit and the rests of blocks

        for (var at = 0L; at < 1 << 20;)
        {
            var read = await pair.Input.ReadSoonAsync();
            at += read.Buffer.Length;
            pair.Input.AdvanceTo(read.Buffer.End);
        }

        await sending.WaitAsync(Loopback.Patience);
    }

    [Fact]
    public async Task An_idle_connection_holds_no_block()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        await pair.Output.WriteSoonAsync("ping");
        Assert.Equal("ping", await pair.Peer.ReceiveTextAsync());
        await pair.Peer.SendAsync("pong");
        Assert.Equal("pong", await pair.Input.ReadTextAsync(4));

        // Given back with the acknowledgement, which may wait for SACK.Delay.
        using var timeout = new CancellationTokenSource(Loopback.Patience);
        while (pair.Memory.Rented > 0)
        {
            await Task.Delay(10, timeout.Token);
        }
    }

    [Fact]
    public async Task The_features_tell_of_the_association_and_more_can_be_added()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        var connection = pair.Connection;

        Assert.Equal(pair.Socket.AssociationId, pair.Association.AssociationId);
        Assert.NotEqual(0, pair.Association.AssociationId);
        Assert.Equal(SctpAssociationState.Established, pair.Association.State);
        Assert.Equal(10, pair.Association.OutboundStreams);
        Assert.Equal(10, pair.Association.InboundStreams);
        Assert.Equal([IPAddress.Loopback], pair.Association.RemoteAddresses);
        Assert.Equal([IPAddress.Loopback], pair.Association.LocalAddresses);
        var path = Assert.Single(pair.Association.Paths);
        Assert.True(path is { IsPrimary: true, State: SctpPathState.Active });
        Assert.True(pair.Association.TrySetPrimary(path.Address));
        Assert.False(pair.Association.TrySetPrimary(IPAddress.Parse("192.0.2.1")));

        Assert.Equal(pair.Socket.LocalEndPoint, connection.LocalEndPoint);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, pair.Peer.LocalEndPoint!.Port), connection.RemoteEndPoint);
        Assert.Same(pair.Memory, connection.Features.Get<IMemoryPoolFeature>()?.MemoryPool);
        Assert.Same(connection.Items, connection.Features.Get<IConnectionItemsFeature>()?.Items);
        Assert.Equal(connection.ConnectionId, connection.Features.Get<IConnectionIdFeature>()?.ConnectionId);
        Assert.Same(connection.Transport, connection.Features.Get<IConnectionTransportFeature>()?.Transport);
        Assert.Same(connection.RemoteEndPoint, connection.Features.Get<IConnectionEndPointFeature>()?.RemoteEndPoint);
        Assert.Equal(connection.ConnectionClosed, connection.Features.Get<IConnectionLifetimeFeature>()?.ConnectionClosed);
        connection.Features.Set(this);
        Assert.Same(this, connection.Features.Get<ConnectionDataTests>());
    }

    [Fact]
    public async Task What_the_features_tell_survives_the_end()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        var (id, local, remote) = (pair.Association.AssociationId, pair.Connection.LocalEndPoint, pair.Connection.RemoteEndPoint);
        await pair.Connection.DisposeAsync().AsTask().WaitAsync(Loopback.Patience);

        Assert.Equal(SctpAssociationState.Closed, pair.Association.State);
        Assert.Equal(id, pair.Association.AssociationId);
        Assert.Equal(local, pair.Connection.LocalEndPoint);
        Assert.Equal(remote, pair.Connection.RemoteEndPoint);
        _ = pair.Association.Paths;
        Assert.False(pair.Association.TrySetPrimary(IPAddress.Loopback));
    }

    [Fact]
    public async Task Events_reach_a_subscriber_of_the_feature()
    {
        await using var pair = await ConnectionPair.OpenAsync();
        var events = pair.Association.ReadEventsAsync().GetAsyncEnumerator();
        var next = events.MoveNextAsync().AsTask();
        pair.Peer.Abort();

        Assert.True(await next.WaitAsync(Loopback.Patience));
        Assert.IsType<SctpAssociationLost>(events.Current);
    }

    [Fact]
    public async Task A_socket_without_an_association_makes_no_connection()
    {
        await using var socket = new SctpSocket();
        Assert.Throws<ArgumentException>(() => new SctpConnectionContextFactory().Create(socket));
    }
}
