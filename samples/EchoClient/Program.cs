// Sends to an echo server over SCTP and checks what comes back.
//
//   dotnet run -- URI                        each line of standard input
//   dotnet run -- URI --message TEXT         one text
//   dotnet run -- URI --size BYTES --count N N payloads of random bytes, each echoed whole before the next is sent
//
// Exit code 0: every byte came back. URI is such as sctp+udp://127.0.0.1,127.0.0.2:7

using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Kestrel.Sctp;
using Microsoft.AspNetCore.Connections;

if (args is not [var uri, .. var options])
{
    Console.Error.WriteLine("usage: EchoClient URI [--message TEXT | --size BYTES --count N]");
    return 2;
}

try
{
    var server = SctpEndPoint.Parse(uri);
    await using var factory = new SctpConnectionFactory();
    await using var connection = await factory.ConnectAsync(server);
    Console.WriteLine($"association id {connection.Features.Get<ISctpAssociationFeature>()?.AssociationId} with {connection.RemoteEndPoint}");
    var echoed = Option("--message") is { } message ? await EchoAsync(connection, Encoding.UTF8.GetBytes(message), print: true)
        : options.Length > 0 ? await EchoManyAsync(connection, int.Parse(Option("--size") ?? "1024"), int.Parse(Option("--count") ?? "1"))
        : await EchoLinesAsync(connection);
    Console.WriteLine($"echoed {echoed} bytes");
    return 0;
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (Exception e) when (e is IOException or SctpException or InvalidDataException or ConnectionAbortedException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

string? Option(string name) => Array.IndexOf(options, name) is >= 0 and var at && at + 1 < options.Length ? options[at + 1] : null;

static async Task<long> EchoManyAsync(ConnectionContext connection, int size, int count)
{
    var (echoed, shown) = (0L, Stopwatch.StartNew());
    for (var i = 1; i <= count; i++)
    {
        echoed += await EchoAsync(connection, RandomNumberGenerator.GetBytes(size), print: false);
        if (shown.Elapsed > TimeSpan.FromSeconds(1))
        {
            Console.WriteLine($"{i} of {count} payloads, {echoed} bytes");
            shown.Restart();
        }
    }

    return echoed;
}

static async Task<long> EchoLinesAsync(ConnectionContext connection)
{
    var echoed = 0L;
    while (await Console.In.ReadLineAsync() is { } line)
    {
        echoed += await EchoAsync(connection, Encoding.UTF8.GetBytes(line + "\n"), print: true);
    }

    return echoed;
}

static async Task<long> EchoAsync(ConnectionContext connection, byte[] payload, bool print)
{
    var sending = connection.Transport.Output.WriteAsync(payload).AsTask();
    var compared = 0;
    while (compared < payload.Length)
    {
        var read = await connection.Transport.Input.ReadAsync();
        foreach (var block in read.Buffer)
        {
            if (block.Length > payload.Length - compared || !block.Span.SequenceEqual(payload.AsSpan(compared, block.Length)))
            {
                throw new InvalidDataException($"The echo differs after {compared} bytes.");
            }

            compared += block.Length;
        }

        connection.Transport.Input.AdvanceTo(read.Buffer.End);
        if (read.IsCompleted && compared < payload.Length)
        {
            throw new InvalidDataException($"The server ended the association after {compared} of {payload.Length} bytes.");
        }
    }

    await sending;
    if (print)
    {
        Console.WriteLine(Encoding.UTF8.GetString(payload).TrimEnd('\n'));
    }

    return payload.Length;
}
