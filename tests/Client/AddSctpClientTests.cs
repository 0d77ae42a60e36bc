using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Kestrel.Sctp.Client.Tests;

public class AddSctpClientTests
{
    [Fact]
    public async Task The_provider_gives_one_factory_and_disposes_it()
    {
        var provider = new ServiceCollection().AddSctpClient().BuildServiceProvider();
        var factory = provider.GetRequiredService<SctpConnectionFactory>();
        Assert.Same(factory, provider.GetRequiredService<IConnectionFactory>());

        await provider.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => factory.ConnectAsync(SctpEndPoint.Parse("sctp+udp://127.0.0.1:7")).AsTask());
    }

    [Fact]
    public async Task Another_connection_factory_of_the_application_stays()
    {
        await using var provider = new ServiceCollection().AddSingleton<IConnectionFactory, Other>().AddSctpClient().BuildServiceProvider();

        Assert.IsType<Other>(provider.GetRequiredService<IConnectionFactory>());
        Assert.NotNull(provider.GetRequiredService<SctpConnectionFactory>());
    }

    [Fact]
    public async Task Options_reach_the_factory()
    {
        await using var listener = new SctpSocket(new SctpOptions { MaxInboundStreams = 50 });
        listener.Bind(SctpEndPoint.Parse("sctp+udp://127.0.0.1:0?udp=0"));
        listener.Listen();
        await using var provider = new ServiceCollection().AddSctpClient(o => o.Sctp.OutboundStreams = 33).BuildServiceProvider();

        await using var connection = await provider.GetRequiredService<IConnectionFactory>().ConnectAsync(listener.LocalEndPoint!);
        Assert.Equal(33, connection.Features.Get<ISctpAssociationFeature>()!.OutboundStreams);
        (await listener.AcceptAsync()).Abort();
    }

    [Fact]
    public async Task Wrong_options_are_refused_at_the_first_use()
    {
        await using var provider = new ServiceCollection().AddSctpClient(o => o.Sctp.MaxBurst = -1).BuildServiceProvider();

        var error = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<SctpConnectionFactory>);
        Assert.Contains("MaxBurst", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_options_are_refused_at_the_start_of_a_host()
    {
        using var provider = new ServiceCollection().AddSctpClient(o => o.Sctp.MaxBurst = -1).BuildServiceProvider();

        Assert.Throws<OptionsValidationException>(provider.GetRequiredService<IStartupValidator>().Validate);
    }

    private sealed class Other : IConnectionFactory
    {
        public ValueTask<ConnectionContext> ConnectAsync(System.Net.EndPoint endpoint, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}
