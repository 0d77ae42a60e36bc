using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Kestrel.Sctp;

/// <summary>
/// The server's addresses with those of SCTP as they are. Kestrel writes every address as http://… or https://…; from
/// https://sctp+udp://127.0.0.1:7 HTTPS redirection reads a port 443 that does not exist.
/// </summary>
internal sealed class PlainServerAddresses : IServerAddressesFeature, ICollection<string>
{
    private static readonly object _key = new();

    private readonly IServerAddressesFeature _kestrel;
    private readonly List<string> _requested;

    private PlainServerAddresses(IServerAddressesFeature kestrel)
    {
        _kestrel = kestrel;
        _requested = [.. kestrel.Addresses];
    }

    /// <summary>What the application, or its configuration, asked to listen on by URL. Kestrel forgets those it does not take.</summary>
    public IReadOnlyList<string> Requested => _requested;

    public ICollection<string> Addresses => this;

    public bool PreferHostingUrls
    {
        get => _kestrel.PreferHostingUrls;
        set => _kestrel.PreferHostingUrls = value;
    }

    public int Count => _kestrel.Addresses.Count;

    public bool IsReadOnly => _kestrel.Addresses.IsReadOnly;

    public void Add(string item)
    {
        _kestrel.Addresses.Add(item);
        _requested.Add(item);
    }

    public void Clear()
    {
        _kestrel.Addresses.Clear();
        _requested.Clear();
    }

    public bool Remove(string item)
    {
        var removed = _kestrel.Addresses.Remove(item);
        return removed && _requested.Remove(item);
    }

    public bool Contains(string item) => this.AsEnumerable().Contains(item);

    public void CopyTo(string[] array, int arrayIndex)
    {
        foreach (var address in this)
        {
            array[arrayIndex++] = address;
        }
    }

    public IEnumerator<string> GetEnumerator() =>
        _kestrel.Addresses.Select(a => TryGetSctp(a, out var endPoint) ? endPoint.ToString() : a).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Whether an address, as Kestrel writes it or plain, is one of SCTP.</summary>
    public static bool TryGetSctp(string address, [NotNullWhen(true)] out SctpEndPoint? endPoint)
    {
        var scheme = address.IndexOf("://sctp", StringComparison.Ordinal);
        return SctpEndPoint.TryParse(scheme < 0 ? address : address[(scheme + 3)..], out endPoint);
    }

    /// <summary>Puts itself before the feature of the server, if it isn't there yet.</summary>
    public static PlainServerAddresses? Install(IServer? server)
    {
        var feature = server?.Features.Get<IServerAddressesFeature>();
        if (feature is null or PlainServerAddresses)
        {
            return feature as PlainServerAddresses;
        }

        var plain = new PlainServerAddresses(feature);
        server!.Features.Set<IServerAddressesFeature>(plain);
        return plain;
    }

    /// <summary>
    /// Installs it as soon as the server is made: middleware such as HTTPS redirection takes hold of the feature before the start. A
    /// server that is registered later gets it at the start.
    /// </summary>
    public static void InstallWithServer(IServiceCollection services)
    {
        if (services.LastOrDefault(d => d.ServiceType == typeof(IServer) && !d.IsKeyedService) is not { } server
            || services.Any(d => d.IsKeyedService && d.ServiceKey == _key))
        {
            return;
        }

        services.Remove(server);
        services.Add(server switch
        {
            { ImplementationType: { } type } => new ServiceDescriptor(typeof(IServer), _key, type, server.Lifetime),
            { ImplementationFactory: { } factory } => new ServiceDescriptor(typeof(IServer), _key, (p, _) => factory(p), server.Lifetime),
            _ => new ServiceDescriptor(typeof(IServer), _key, server.ImplementationInstance!),
        });
        services.Add(new ServiceDescriptor(
            typeof(IServer),
            static provider =>
            {
                var server = provider.GetRequiredKeyedService<IServer>(_key);
                Install(server);
                return server;
            },
            server.Lifetime));
    }
}
