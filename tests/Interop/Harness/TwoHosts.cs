using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Kestrel.Sctp.Interop.Tests.Harness;

/// <summary>Our host and theirs, each a network namespace, with a link between them on which one address is dead for both.</summary>
internal sealed class TwoHosts : IAsyncDisposable
{
    public const string OurAddress = "10.9.0.1";
    public const string TheirAddress = "10.9.0.2";
    public const string DeadAddress = "10.9.0.99";
    public const string OurSecondAddress = "10.9.1.1";
    public const string TheirSecondAddress = "10.9.1.2";

    private const string Link = "net0";
    private const string SecondLink = "net1";

    private TwoHosts(NetworkNamespace ours, NetworkNamespace theirs, PacketSniffer sniffer)
    {
        Ours = ours;
        Theirs = theirs;
        Sniffer = sniffer;
    }

    public NetworkNamespace Ours { get; }

    public NetworkNamespace Theirs { get; }

    /// <summary>Sees the first link, from their side.</summary>
    public PacketSniffer Sniffer { get; }

    public static async Task<TwoHosts> CreateAsync()
    {
        var ours = await NetworkNamespace.CreateAsync();
        var theirs = await NetworkNamespace.CreateAsync();
        await NetworkNamespace.LinkAsync(Link, ours, $"{OurAddress}/24", theirs, $"{TheirAddress}/24");
        await ours.AddDeadNeighbourAsync(Link, IPAddress.Parse(DeadAddress));
        await theirs.AddDeadNeighbourAsync(Link, IPAddress.Parse(DeadAddress));
        return new TwoHosts(ours, theirs, await PacketSniffer.StartAsync(theirs, Link));
    }

    public Task AddSecondLinkAsync()
        => NetworkNamespace.LinkAsync(SecondLink, Ours, $"{OurSecondAddress}/24", Theirs, $"{TheirSecondAddress}/24");

    /// <summary>From now on what is sent over the first link arrives nowhere, and nobody is told.</summary>
    public async Task CutFirstLinkAsync()
    {
        await Ours.AddDeadNeighbourAsync(Link, IPAddress.Parse(TheirAddress));
        await Theirs.AddDeadNeighbourAsync(Link, IPAddress.Parse(OurAddress));
    }

    /// <summary>Makes the first link narrow both ways, with a short queue that drops what doesn't fit.</summary>
    public async Task NarrowFirstLinkAsync()
    {
        foreach (var host in (NetworkNamespace[])[Ours, Theirs])
        {
            await RunAsync(host, "tc", "qdisc", "replace", "dev", Link, "root", "tbf", "rate", "40mbit", "burst", "8kb", "limit", "20000");
        }
    }

    /// <summary>Packets that a host's end of the first link dropped.</summary>
    public static async Task<int> DroppedAsync(NetworkNamespace host)
    {
        await using var tc = host.Start("tc", "-s", "qdisc", "show", "dev", Link);
        var line = await tc.LineAsync("dropped [0-9]+");
        return int.Parse(Regex.Match(line, "dropped ([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await Sniffer.DisposeAsync();
        await Ours.DisposeAsync();
        await Theirs.DisposeAsync();
    }

    private static async Task RunAsync(NetworkNamespace host, string program, params string[] arguments)
    {
        await using var child = host.Start(program, arguments);
        Assert.True(await child.ExitAsync() == 0, child.Describe());
    }
}
