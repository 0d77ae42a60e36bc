using BenchmarkDotNet.Running;
using Kestrel.Sctp.Bench;

// Without arguments: SCTP beside Kestrel's TCP. With arguments, those of BenchmarkDotNet: the parts alone.
if (args.Length == 0)
{
    return await SideBySide.RunAsync();
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
