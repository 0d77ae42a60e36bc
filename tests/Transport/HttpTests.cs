using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Logging;

namespace Kestrel.Sctp.Transport.Tests;

/// <summary>The same small application over SCTP and in TestHost's memory: the answers must be the same.</summary>
public sealed class HttpTests : IAsyncLifetime
{
    private static readonly byte[] _megabyte = RandomNumberGenerator.GetBytes(1 << 20);

    // What a real server adds of its own.
    private static readonly string[] _serverHeaders = ["Date", "Server", "Transfer-Encoding", "Content-Length", "Connection"];

    private readonly SctpConnectionFactory _factory = new();
    private WebApplication _reference = null!;
    private WebApplication _sctp = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        _reference = Build(builder);
        await _reference.StartAsync();

        builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseSctp();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenSctp(Host.AnyPort));
        _sctp = Build(builder);
        await _sctp.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _reference.DisposeAsync();
        await _sctp.DisposeAsync();
        await _factory.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("HEAD", "/")]
    [InlineData("GET", "/status/204")]
    [InlineData("GET", "/status/418")]
    [InlineData("GET", "/status/304")]
    [InlineData("GET", "/headers")]
    [InlineData("GET", "/megabyte")]
    [InlineData("GET", "/stream")]
    [InlineData("GET", "/missing")]
    [InlineData("DELETE", "/")]
    [InlineData("GET", "/failing")]
    [InlineData("GET", "/query?a=1&b=%C3%A4")]
    public Task Without_a_body(string method, string path) =>
        AssertSameAsync(() => new HttpRequestMessage(new HttpMethod(method), "http://localhost" + path));

    [Theory]
    [InlineData("/echo", false)]
    [InlineData("/echo", true)]
    [InlineData("/hash", false)]
    [InlineData("/hash", true)]
    public Task With_a_body_of_a_megabyte(string path, bool chunked) => AssertSameAsync(() =>
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost" + path) { Content = new ByteArrayContent(_megabyte) };
        request.Headers.TransferEncodingChunked = chunked ? true : null;
        return request;
    });

    [Fact]
    public async Task A_stream_arrives_part_by_part()
    {
        using var client = CreateClient();
        using var response = await client.GetAsync("http://localhost/interactive", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        using var reader = new StreamReader(body);

        // The next part is written only when the one before was read here.
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal($"part {i}", await reader.ReadLineAsync().WaitAsync(Host.Patience));
            using var next = CreateClient();
            await next.PostAsync("http://localhost/next", null);
        }

        Assert.Null(await reader.ReadLineAsync().WaitAsync(Host.Patience));
    }

    [Fact]
    public async Task One_connection_serves_many_requests()
    {
        var connections = 0;
        using var client = CreateClient(() => connections++);
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal("hello", await client.GetStringAsync("http://localhost/"));
        }

        Assert.Equal(1, connections);
    }

    [Fact]
    public async Task The_application_sees_the_addresses()
    {
        using var client = CreateClient();
        Assert.Equal("127.0.0.1", await client.GetStringAsync("http://localhost/remote"));
    }

    private static WebApplication Build(WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var next = new SemaphoreSlim(0);
        app.MapGet("/", () => "hello");
        app.MapMethods("/", ["HEAD"], () => Results.Ok());
        app.MapGet("/status/{code:int}", (int code) => Results.StatusCode(code));
        app.MapGet("/megabyte", () => Results.Bytes(_megabyte));
        app.MapGet("/query", (string a, string b) => $"{a} {b}");
        app.MapGet("/remote", (HttpContext context) => context.Connection.RemoteIpAddress?.ToString());
        app.MapGet("/headers", (HttpContext context) =>
        {
            context.Response.Headers["X-Many"] = new[] { "one", "two" };
            context.Response.Headers.ETag = "\"tag\"";
            context.Response.Cookies.Append("biscuit", "crumbs");
            return Results.Text("with headers", "text/special");
        });
        app.MapGet("/stream", async (HttpContext context) =>
        {
            for (var i = 0; i < 100; i++)
            {
                await context.Response.WriteAsync(i.ToString(CultureInfo.InvariantCulture) + new string('.', i * 50));
                await context.Response.Body.FlushAsync();
            }
        });
        app.MapGet("/interactive", async (HttpContext context) =>
        {
            for (var i = 0; i < 5; i++)
            {
                await context.Response.WriteAsync($"part {i}\n");
                await context.Response.Body.FlushAsync();
                await next.WaitAsync(Host.Patience);
            }
        });
        app.MapPost("/next", () => next.Release());
        app.MapGet("/failing", IResult () => throw new InvalidOperationException("on purpose"));
        app.MapPost("/echo", (HttpContext context) => context.Request.Body.CopyToAsync(context.Response.Body));
        app.MapPost("/hash", async (HttpContext context) => Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body)));
        app.Use(async (context, following) =>
        {
            try
            {
                await following(context);
            }
            catch (InvalidOperationException)
            {
                context.Response.StatusCode = 500; // TestHost would throw it into the client
            }
        });
        return app;
    }

    private HttpClient CreateClient(Action? connected = null) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectCallback = async (_, cancellationToken) =>
        {
            connected?.Invoke();
            return new ConnectionStream(await _factory.ConnectAsync(_sctp.GetSctp(), cancellationToken));
        },
    });

    private async Task AssertSameAsync(Func<HttpRequestMessage> request)
    {
        using var reference = _reference.GetTestClient();
        using var client = CreateClient();
        var expected = await DescribeAsync(reference, request());
        var actual = await DescribeAsync(client, request());
        Assert.Equal(expected, actual);
    }

    private static async Task<string> DescribeAsync(HttpClient client, HttpRequestMessage request)
    {
        using var response = await client.SendAsync(request).WaitAsync(Host.Patience);
        var body = await response.Content.ReadAsByteArrayAsync().WaitAsync(Host.Patience);
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"{(int)response.StatusCode}");
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).OrderBy(h => h.Key, StringComparer.Ordinal))
        {
            if (!_serverHeaders.Contains(name))
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"{name}: {string.Join(" | ", values)}");
            }
        }

        return text.AppendLine(CultureInfo.InvariantCulture, $"{body.Length} bytes {Convert.ToHexString(SHA256.HashData(body))}").ToString();
    }
}
