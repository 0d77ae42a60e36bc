using System.Reflection;
using PublicApiGenerator;

namespace Kestrel.Sctp.Tests;

/// <summary>Compares an assembly's public surface to the text approved in the repository.</summary>
internal static class PublicApiSnapshot
{
    public static void Check(Assembly assembly, string folder)
    {
        // What is public for users, without the attributes that only tools read.
        var actual = assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false, DenyNamespacePrefixes = [] }).ReplaceLineEndings("\n").TrimEnd() + "\n";
        var file = Path.Combine(Repository.Root, folder, assembly.GetName().Name + ".txt");
        if (Environment.GetEnvironmentVariable("UPDATE_API") == "1")
        {
            File.WriteAllText(file, actual);
            return;
        }

        var approved = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        if (approved != actual)
        {
            Assert.Fail(
                $"The public API of {assembly.GetName().Name} differs from {folder}/{Path.GetFileName(file)}. If that is meant, run './build.sh api' "
                + $"(or set UPDATE_API=1 and run this test) and commit the file.\n\n{Difference(approved, actual)}");
        }
    }

    private static string Difference(string approved, string actual)
    {
        string[] before = approved.Split('\n');
        string[] after = actual.Split('\n');
        return string.Join('\n', before.Except(after).Select(line => "- " + line).Concat(after.Except(before).Select(line => "+ " + line)));
    }
}
