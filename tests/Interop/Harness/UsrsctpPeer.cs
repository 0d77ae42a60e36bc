using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Kestrel.Sctp.Interop.Tests.Harness;

/// <summary>How a <see cref="UsrsctpPeer"/> is started; what is null stays at usrsctp's default.</summary>
internal sealed record UsrsctpPeerOptions
{
    /// <summary>Own UDP port.</summary>
    public int UdpPort { get; init; } = UdpPorts.Take();

    /// <summary>Own SCTP port: needed to listen; a client that leaves it out gets an ephemeral one.</summary>
    public int? Port { get; init; }

    /// <summary>Own addresses, separated by commas; the wildcard if null.</summary>
    public string? Bind { get; init; }

    /// <summary>Addresses to connect to (sctp_connectx), separated by commas.</summary>
    public string? Peer { get; init; }

    public int? PeerPort { get; init; }

    public int? PeerUdpPort { get; init; }

    /// <summary>Number of associations to open.</summary>
    public int? Count { get; init; }

    /// <summary>Outbound streams.</summary>
    public int? Streams { get; init; }

    /// <summary>RTO.Initial and RTO.Min, ms.</summary>
    public int? RtoInitial { get; init; }

    /// <summary>Socket receive buffer, bytes: the window it advertises.</summary>
    public int? ReceiveBuffer { get; init; }

    /// <summary>Sends each message back whole.</summary>
    public bool Echo { get; init; }

    /// <summary>No line per message.</summary>
    public bool Quiet { get; init; }

    /// <summary>The network namespace to run in; the test's own if null.</summary>
    public NetworkNamespace? Namespace { get; init; }

    internal IEnumerable<string> Arguments()
    {
        var options = new (string Name, object? Value)[]
        {
            ("--udp", UdpPort), ("--port", Port), ("--bind", Bind), ("--peer", Peer), ("--peer-port", PeerPort),
            ("--peer-udp", PeerUdpPort), ("--count", Count), ("--streams", Streams), ("--rto-initial", RtoInitial),
            ("--rcvbuf", ReceiveBuffer),
        };
        foreach (var (name, value) in options.Where(option => option.Value is not null))
        {
            yield return name;
            yield return Convert.ToString(value, CultureInfo.InvariantCulture)!;
        }

        if (Echo)
        {
            yield return "--echo";
        }

        if (Quiet)
        {
            yield return "--quiet";
        }
    }
}

/// <summary>usrsctp/peer.c running: a foreign SCTP endpoint that takes commands and prints events. Commands go to its newest association.</summary>
internal sealed class UsrsctpPeer : IAsyncDisposable
{
    private readonly ChildProgram _program;

    private UsrsctpPeer(ChildProgram program, UsrsctpPeerOptions options)
    {
        _program = program;
        Options = options;
    }

    public UsrsctpPeerOptions Options { get; }

    public IReadOnlyList<string> Lines => _program.Lines;

    /// <summary>Starts a listener; it accepts when the task completes.</summary>
    public static async Task<UsrsctpPeer> ListenAsync(UsrsctpPeerOptions options)
    {
        var peer = Start("listen", options);
        await peer.EventAsync("^LISTENING ");
        return peer;
    }

    /// <summary>Starts a client; the first INIT has left when the task completes (await COMM_UP for the association).</summary>
    public static async Task<UsrsctpPeer> ConnectAsync(UsrsctpPeerOptions options)
    {
        var peer = Start("connect", options);
        await peer.EventAsync("^CONNECTING ");
        return peer;
    }

    /// <summary>Awaits the event line that matches, past or to come.</summary>
    public Task<string> EventAsync([StringSyntax("Regex")] string pattern) => _program.LineAsync(pattern);

    /// <summary>Awaits the COMM_UP of the numbered association.</summary>
    public Task<string> UpAsync(int association = 1) => EventAsync($"^COMM_UP #{association} ");

    /// <summary>Sends one message of the test pattern.</summary>
    public Task SendAsync(int size, uint seed = 0, int stream = 0, uint ppid = 0, bool unordered = false)
        => CommandAsync($"send {stream} {ppid} {(unordered ? 'u' : 'o')} {size} {seed}", "^(SENT|SENDFAILED) ", "^SENT ");

    /// <summary>Sends messages over the streams, in turn; each must come back whole, with its stream, PPID and order.</summary>
    public Task ExchangeAsync(int count, int size, int streams = 1, uint ppid = 0, bool unordered = false)
        => CommandAsync(
            $"exchange {count} {size} {streams} {ppid} {(unordered ? 'u' : 'o')}", "^(NOT)?EXCHANGED ", "^EXCHANGED ");

    /// <summary>The same with a peer that echoes bytes, not messages.</summary>
    public Task ExchangeBytesAsync(int count, int size) => CommandAsync($"bytes {count} {size}", "^(NOT)?EXCHANGED ", "^EXCHANGED ");

    /// <summary>Starts an exchange without awaiting its end.</summary>
    public Task StartExchangeBytesAsync(int count, int size) => _program.WriteLineAsync($"bytes {count} {size}");

    public Task ShutdownAsync() => _program.WriteLineAsync("shutdown");

    public Task AbortAsync(string reason) => _program.WriteLineAsync($"abort {reason}");

    /// <summary>Local and peer addresses of the newest association, and the primary one.</summary>
    public async Task<(string[] Local, string[] Peer, string Primary)> AddressesAsync()
    {
        var line = await CommandAsync("addresses", "^ADDRESSES ", "^ADDRESSES ");
        var match = Regex.Match(line, "local (.+) peer (.+) primary (.+)$");
        return (match.Groups[1].Value.Split(','), match.Groups[2].Value.Split(','), match.Groups[3].Value);
    }

    /// <summary>Ends the program without a word on the wire (SIGKILL); its UDP port is free when the task completes.</summary>
    public Task KillAsync() => _program.KillAsync();

    public ValueTask DisposeAsync() => _program.DisposeAsync();

    public string Describe() => _program.Describe();

    private static UsrsctpPeer Start(string verb, UsrsctpPeerOptions options)
    {
        IEnumerable<string> arguments = [verb, .. options.Arguments()];
        var program = options.Namespace is { } space
            ? space.Start(Usrsctp.Peer, arguments)
            : ChildProgram.Start(Usrsctp.Peer, arguments);
        return new UsrsctpPeer(program, options);
    }

    private async Task<string> CommandAsync(string command, [StringSyntax("Regex")] string answer, [StringSyntax("Regex")] string good)
    {
        var from = _program.Lines.Count;
        await _program.WriteLineAsync(command);
        var line = await _program.LineAsync(answer, from, TimeSpan.FromSeconds(90)); // the peer gives up after 60
        Assert.True(Regex.IsMatch(line, good), $"'{command}': {line}. {_program.Describe()}");
        return line;
    }
}
