namespace Kestrel.Sctp.Interop.Tests.Harness;

/// <summary>Programs of this repository, started as processes of their own.</summary>
internal static class OwnProgram
{
    /// <summary>samples/EchoClient.</summary>
    public static string EchoClient => Find("samples", "EchoClient", "EchoClient.dll");

    /// <summary>tests/SendAndExit: sends 1 MiB, disposes and leaves Main.</summary>
    public static string SendAndExit => Find("tests", "SendAndExit", "Kestrel.Sctp.SendAndExit.dll");

    public static ChildProgram Start(string program, params IEnumerable<string> arguments)
        => ChildProgram.Start("dotnet", ["exec", program, .. arguments]);

    public static ChildProgram StartIn(NetworkNamespace space, string program, params IEnumerable<string> arguments)
        => space.Start("dotnet", ["exec", program, .. arguments]);

    private static string Find(string folder, string project, string program)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory); // tests/Interop/bin/CONFIGURATION/FRAMEWORK/
        var root = output.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(root, folder, project, "bin", output.Parent.Name, output.Name, program);
    }
}
