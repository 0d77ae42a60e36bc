using Kestrel.Sctp.Attacks;
using Kestrel.Sctp.Attacks.Harness;

namespace Kestrel.Sctp.Interop.Tests;

/// <summary>
/// The attacks of docs/security.md in a shortened form, one after the other on one server: no honest client loses an echo, what an attack
/// took is given back, and no answer outgrows its bound.
/// </summary>
[Collection(nameof(AttacksRunAlone))]
[Trait("Requirement", "R-125")]
public sealed class AttackTests(AttackTests.AttackedServer attacked) : IClassFixture<AttackTests.AttackedServer>
{
    private const int HonestClientCount = 10;

    public static TheoryData<string> Names => [.. AllAttacks.List.Where(attack => !attack.TakesMinutes).Select(attack => attack.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_server_stands(string name)
    {
        var result = await attacked.RunAsync(AllAttacks.List.Single(attack => attack.Name == name));

        TestContext.Current.SendDiagnosticMessage(MarkdownTables.Summary(result));
        Assert.True(result.Failures.Count == 0, string.Join('\n', [.. result.Failures, MarkdownTables.Summary(result), .. attacked.Output.TakeLast(20)]));
    }

    public sealed class AttackedServer : IAsyncLifetime
    {
        private ServerProcess? _server;
        private HonestClients? _clients;

        internal IReadOnlyList<string> Output => _server?.Output ?? [];

        public async ValueTask InitializeAsync()
        {
            if (OperatingSystem.IsLinux())
            {
                _server = await ServerProcess.StartAsync();
                _clients = await HonestClients.ConnectAsync(_server.EndPoint, HonestClientCount);
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_clients is not null)
            {
                await _clients.DisposeAsync();
            }

            if (_server is not null)
            {
                await _server.DisposeAsync();
            }
        }

        internal Task<AttackResult> RunAsync(Attack attack)
        {
            Prerequisites.Require(_server is not null, "The attacks read /proc of the server, and use all of 127.0.0.0/8: they need Linux.");
            return new AttackRun(_server!, _clients!, full: false).RunAsync(attack);
        }
    }
}

/// <summary>What floods the machine runs beside no other test of this project.</summary>
[CollectionDefinition(nameof(AttacksRunAlone), DisableParallelization = true)]
public sealed class AttacksRunAlone;
