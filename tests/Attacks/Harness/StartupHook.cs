using System.Globalization;
using System.Runtime.ExceptionServices;

/// <summary>
/// Runs inside the attacked server, before its Main (DOTNET_STARTUP_HOOKS), and answers each line on standard input by one of figures: what is
/// alive after a full collection can only be counted from inside. It ends the server when the attacker is gone.
/// </summary>
internal static class StartupHook
{
    private static long _exceptions;

    public static void Initialize()
    {
        AppDomain.CurrentDomain.FirstChanceException += Count;
        new Thread(Answer) { IsBackground = true, Name = "figures" }.Start();
    }

    private static void Count(object? sender, FirstChanceExceptionEventArgs e) => Interlocked.Increment(ref _exceptions);

    private static void Answer()
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        while (input.ReadLine() is not null)
        {
            var allocated = GC.GetTotalAllocatedBytes();
            for (var i = 0; i < 2; i++)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"figures heap={GC.GetTotalMemory(false)} allocated={allocated} exceptions={Interlocked.Read(ref _exceptions)} cpu={(long)Environment.CpuUsage.TotalTime.TotalMicroseconds}"));
        }

        Environment.Exit(0);
    }
}
