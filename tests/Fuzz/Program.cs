using Kestrel.Sctp.Fuzz.Replay;

const string usage = """
    usage: dotnet run --project tests/Fuzz -- COMMAND
      --replay FOLDER [--prefix-byte]   gives each file of the folder to an engine: as a packet, as a run of chunks to an established
                                        association, and chunk by chunk; with --prefix-byte the first byte of a file is no part of it
    """;

var replay = Array.IndexOf(args, "--replay");
if (replay >= 0 && replay + 1 < args.Length && args.Length == (args.Contains("--prefix-byte") ? 3 : 2))
{
    return ReplayCommand.Run(args[replay + 1], args.Contains("--prefix-byte"), Console.Out);
}

Console.Error.WriteLine(usage);
return 2;
