using System.IO;
using SharpFuzz;

namespace Kestrel.Sctp.Fuzz.Coverage;

/// <summary>Has the assemblies under test count their branches. They are changed where they lie, so this is for a published copy.</summary>
internal static class Instrumentation
{
    private static readonly string[] _assemblies = ["Kestrel.Sctp.Protocol.dll", "Kestrel.Sctp.Sockets.dll"];

    public static void Apply(string folder)
    {
        // And say so each time: what a packet costs is counted in branches.
        Environment.SetEnvironmentVariable("SHARPFUZZ_ENABLE_ON_BRANCH_CALLBACK", "1");
        foreach (var assembly in _assemblies)
        {
            var types = Fuzzer.Instrument(Path.Combine(folder, assembly), _ => true, Options.Value).Count();
            Console.WriteLine($"{assembly}: {types} types count their branches");
        }
    }
}
