using System.IO;
using System.Security.Cryptography;

namespace Kestrel.Sctp.Fuzz.Coverage;

/// <summary>The files of a folder that are inputs of one target, each named by its content.</summary>
internal sealed class Corpus(string folder)
{
    public string Folder => folder;

    public IEnumerable<byte[]> Read() =>
        Directory.Exists(folder) ? Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes) : [];

    /// <summary>Writes an input; returns its file.</summary>
    public string Write(ReadOnlySpan<byte> input)
    {
        const int nameLength = 16;
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(input))[..nameLength]);
        File.WriteAllBytes(file, input);
        return file;
    }

    public void Replace(IEnumerable<byte[]> inputs)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (var input in inputs)
        {
            Write(input);
        }
    }
}
