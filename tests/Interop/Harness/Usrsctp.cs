using System.Diagnostics;

namespace Kestrel.Sctp.Interop.Tests.Harness;

/// <summary>Where usrsctp's programs are, and the project's own programs on its library, compiled once per run.</summary>
internal static class Usrsctp
{
    private const string ProgramsDirectory = "/usr/lib/usrsctp";
    private const string Install = "run: apt-get install libusrsctp-examples libusrsctp-dev gcc";

    private static readonly Lazy<DirectoryInfo> _builds = new(CreateBuildDirectory);
    private static readonly Lazy<string> _peer = new(() => Compile("peer", "-lusrsctp", "-lpthread"));
    private static readonly Lazy<string> _sniffer = new(() => Compile("sniff"));

    /// <summary>The project's own endpoint on usrsctp (usrsctp/peer.c).</summary>
    public static string Peer
    {
        get
        {
            Prerequisites.Require(File.Exists("/usr/include/usrsctp.h"), $"usrsctp.h is missing; {Install}");
            return _peer.Value;
        }
    }

    /// <summary>The packet printer (usrsctp/sniff.c).</summary>
    public static string Sniffer => _sniffer.Value;

    /// <summary>One of the example programs that usrsctp itself brings: client, echo_server, discard_server, tsctp …</summary>
    public static string Program(string name)
    {
        var path = Path.Combine(ProgramsDirectory, name);
        Prerequisites.Require(File.Exists(path), $"{path} is missing; {Install}");
        return path;
    }

    private static string Compile(string name, params string[] libraries)
    {
        Prerequisites.Require(File.Exists("/usr/bin/gcc"), $"gcc is missing; {Install}");
        var program = Path.Combine(_builds.Value.FullName, name);
        var source = Path.Combine(AppContext.BaseDirectory, "usrsctp", name + ".c");
        using var gcc = Process.Start(new ProcessStartInfo("/usr/bin/gcc", ["-O2", "-Wall", "-o", program, source, .. libraries])
        {
            RedirectStandardError = true,
        })!;
        var errors = gcc.StandardError.ReadToEnd();
        gcc.WaitForExit();
        Assert.True(gcc.ExitCode == 0, $"gcc {source}: {errors}");
        return program;
    }

    private static DirectoryInfo CreateBuildDirectory()
    {
        var directory = Directory.CreateTempSubdirectory("kestrel-sctp-interop-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => directory.Delete(recursive: true);
        return directory;
    }
}
