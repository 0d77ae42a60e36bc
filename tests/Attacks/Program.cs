// Attacks samples/EchoServer, started as a process on loopback, with ten honest clients beside, and prints the tables of docs/security.md.
//
//   dotnet run -c Release --project tests/Attacks                      all attacks in their shortened form
//   dotnet run -c Release --project tests/Attacks -- --full            in their whole measure
//   dotnet run -c Release --project tests/Attacks -- --attack NAME     one of them
//   dotnet run -c Release --project tests/Attacks -- --repeats N       each N times (3), to see whether anything grows
//   dotnet run -c Release --project tests/Attacks -- --list            names them
//
// Exit code 0: every honest echo came back, and every bound held.

using Kestrel.Sctp.Attacks;
using Kestrel.Sctp.Attacks.Harness;

const int honestClients = 10;

if (args.Contains("--list"))
{
    foreach (var attack in AllAttacks.List)
    {
        Console.WriteLine($"{attack.Name}: {attack.Description}");
    }

    return 0;
}

var full = args.Contains("--full");
var name = Option("--attack");
var repeats = int.TryParse(Option("--repeats"), out var given) ? Math.Max(given, 1) : AttackRun.DefaultRepeats;
var chosen = AllAttacks.List.Where(attack => name is null ? full || !attack.TakesMinutes : attack.Name == name).ToList();
if (chosen.Count == 0)
{
    Console.Error.WriteLine($"There is no attack '{name}'. There are: {string.Join(", ", AllAttacks.List.Select(attack => attack.Name))}.");
    return 2;
}

var results = new List<AttackResult>();
foreach (var attack in chosen)
{
    // A server of its own for each, so that its figures are its own.
    await using var server = await ServerProcess.StartAsync();
    await using var clients = await HonestClients.ConnectAsync(server.EndPoint, honestClients);
    var result = await new AttackRun(server, clients, full, attack.TakesMinutes ? 1 : repeats).RunAsync(attack);
    results.Add(result);
    Console.Error.WriteLine(MarkdownTables.Summary(result));
    foreach (var failure in result.Failures)
    {
        Console.Error.WriteLine($"FAILED: {failure}");
    }
}

var failed = results.Count(result => result.Failures.Count > 0);
Console.WriteLine(MarkdownTables.Write(results));
Console.WriteLine($"{results.Count} attacks, {failed} failed");
return failed > 0 ? 1 : 0;

string? Option(string option) => Array.IndexOf(args, option) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
