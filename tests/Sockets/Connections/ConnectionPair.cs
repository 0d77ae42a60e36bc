using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Kestrel.Sctp.Sockets.Tests.Connections;

/// <summary>A connection, and its peer as a socket, so that a test can see and do what a connection hides.</summary>
internal sealed class ConnectionPair : IAsyncDisposable
{
    private readonly Loopback _loopback;

    private ConnectionPair(Loopback loopback, SctpSocket peer, SctpSocket socket, ConnectionContext connection)
    {
        _loopback = loopback;
        Peer = peer;
        Socket = socket;
        Connection = connection;
    }

    public PoisonedMemoryPool Memory { get; private init; } = null!;

    public ConnectionContext Connection { get; }

    /// <summary>The socket under the connection.</summary>
    public SctpSocket Socket { get; }

    public SctpSocket Peer { get; }

    public PipeReader Input => Connection.Transport.Input;

    public PipeWriter Output => Connection.Transport.Output;

    public ISctpAssociationFeature Association => Connection.Features.GetRequiredFeature<ISctpAssociationFeature>();

    public static async Task<ConnectionPair> OpenAsync(SctpOptions? options = null, SctpOptions? peerOptions = null)
    {
        var (loopback, peer, socket) = await Loopback.ConnectAsync(peerOptions, options);
        var memory = new PoisonedMemoryPool();
        return new ConnectionPair(loopback, peer, socket, new SctpConnectionContextFactory(memoryPool: memory).Create(socket)) { Memory = memory };
    }

    public async ValueTask DisposeAsync()
    {
        Connection.Abort(new ConnectionAbortedException("the test is over"));
        await Connection.DisposeAsync().AsTask().WaitAsync(Loopback.Patience);
        await _loopback.DisposeAsync();
    }
}

internal static class PipeExtensions
{
    public static async Task<string> ReadTextAsync(this PipeReader input, int length)
    {
        var read = await input.ReadAtLeastAsync(length).AsTask().WaitAsync(Loopback.Patience);
        var text = Encoding.UTF8.GetString(read.Buffer.Slice(0, length));
        input.AdvanceTo(read.Buffer.GetPosition(length));
        return text;
    }

    /// <summary>Everything up to the end.</summary>
    public static async Task<byte[]> ReadAllAsync(this PipeReader input)
    {
        var all = new MemoryStream();
        await input.CopyToAsync(all).WaitAsync(Loopback.Patience);
        return all.ToArray();
    }

    /// <summary>Writes and flushes in parts, as long as anybody reads.</summary>
    public static async Task WriteAllAsync(this PipeWriter output, byte[] bytes, int part = 16_384)
    {
        for (var at = 0; at < bytes.Length; at += part)
        {
            var flush = await output.WriteAsync(bytes.AsMemory(at, Math.Min(part, bytes.Length - at))).AsTask().WaitAsync(Loopback.Patience);
            if (flush.IsCompleted)
            {
                return;
            }
        }
    }

    public static Task<ReadResult> ReadSoonAsync(this PipeReader input) => input.ReadAsync().AsTask().WaitAsync(Loopback.Patience);

    public static Task<FlushResult> WriteSoonAsync(this PipeWriter output, string text) =>
        output.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask().WaitAsync(Loopback.Patience);

    /// <summary>Completes when the connection's token fires.</summary>
    public static Task ClosedAsync(this ConnectionContext connection)
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionClosed.Register(closed.SetResult);
        return closed.Task.WaitAsync(Loopback.Patience);
    }
}
