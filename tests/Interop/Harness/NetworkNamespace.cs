using System.Globalization;
using System.Net;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Sctp.Interop.Tests.Harness;

/// <summary>
/// A network namespace of the test's own. A waiting process holds it: when that ends, with Dispose or with the test run, the kernel
/// takes the namespace and its interfaces away, so nothing is left on the machine.
/// </summary>
internal sealed partial class NetworkNamespace : IAsyncDisposable
{
    private const int CloneNewNet = 0x40000000;

    private readonly ChildProgram _holder;
    private readonly string _id;

    private NetworkNamespace(ChildProgram holder)
    {
        _holder = holder;
        _id = holder.Id.ToString(CultureInfo.InvariantCulture);
    }

    public static async Task<NetworkNamespace> CreateAsync()
    {
        Prerequisites.Require(Environment.IsPrivilegedProcess, "network namespaces need root; run the tests as root");
        Prerequisites.Require(
            OperatingSystem.IsLinux() && File.Exists("/usr/bin/unshare") && (File.Exists("/usr/sbin/ip") || File.Exists("/sbin/ip")),
            "network namespaces need ip and unshare; run: apt-get install iproute2 util-linux");
        // "held" says that unshare is done: before, the process is still in our own namespace, which nobody may configure.
        var holder = ChildProgram.Start("/usr/bin/unshare", "--net", "sh", "-c", "echo held; exec cat");
        try
        {
            try
            {
                await holder.LineAsync("^held$");
            }
            catch (InvalidOperationException e)
            {
                Prerequisites.Require(false, $"network namespaces need CAP_SYS_ADMIN (in a container: --privileged). {e.Message}");
            }

            var space = new NetworkNamespace(holder);
            await space.IpAsync("link", "set", "lo", "up");
            return space;
        }
        catch
        {
            await holder.DisposeAsync();
            throw;
        }
    }

    /// <summary>Joins two namespaces by a pair of virtual interfaces of the same name, each with one address (with prefix length).</summary>
    public static async Task LinkAsync(string name, NetworkNamespace left, string leftAddress, NetworkNamespace right, string rightAddress)
    {
        await RunAsync(
            ChildProgram.Start("ip", "link", "add", name, "netns", left._id, "type", "veth", "peer", "name", name, "netns", right._id));
        await left.SetUpAsync(name, leftAddress);
        await right.SetUpAsync(name, rightAddress);
    }

    /// <summary>
    /// Makes an address dead but reachable: packets to it leave the interface, to a hardware address nobody has, and nothing ever
    /// answers, neither ARP nor ICMP.
    /// </summary>
    public Task AddDeadNeighbourAsync(string name, IPAddress address)
        => IpAsync("neigh", "replace", address.ToString(), "lladdr", "02:00:00:00:de:ad", "dev", name, "nud", "permanent");

    /// <summary>Runs <c>ip</c> inside.</summary>
    public Task IpAsync(params string[] arguments) => RunAsync(Start("ip", arguments));

    /// <summary>Starts a program inside.</summary>
    public ChildProgram Start(string program, params IEnumerable<string> arguments)
        => ChildProgram.Start("nsenter", [$"--net=/proc/{_id}/ns/net", program, .. arguments]);

    /// <summary>
    /// Runs a function on a thread inside: the sockets it opens belong to the namespace for good, whichever thread uses them later.
    /// Only what it does synchronously is inside.
    /// </summary>
    public T Run<T>(Func<T> function)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var space = File.OpenHandle($"/proc/{_id}/ns/net");
                if (SetNamespace(space, CloneNewNet) != 0)
                {
                    throw new InvalidOperationException($"setns: {Marshal.GetLastPInvokeErrorMessage()}");
                }

                result = function();
            }
#pragma warning disable CA1031 // whatever it is, it goes to the caller
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    public ValueTask DisposeAsync() => _holder.DisposeAsync();

    private static async Task RunAsync(ChildProgram program)
    {
        await using (program)
        {
            Assert.True(await program.ExitAsync() == 0, program.Describe());
        }
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle fileDescriptor, int type);

    private async Task SetUpAsync(string name, string address)
    {
        await IpAsync(["address", "add", address, "dev", name, .. address.Contains(':') ? ["nodad"] : Array.Empty<string>()]);
        await IpAsync("link", "set", name, "up");
    }
}
