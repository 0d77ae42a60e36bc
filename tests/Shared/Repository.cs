namespace Kestrel.Sctp.Tests;

internal static class Repository
{
    /// <summary>The folder of the repository that the tests were built in.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Kestrel.Sctp.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException($"No Kestrel.Sctp.sln above {AppContext.BaseDirectory}.");
    }
}
