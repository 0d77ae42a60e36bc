namespace Kestrel.Sctp.UserSpace;

/// <summary>
/// The stacks of the process: one per local UDP port and, for sockets without a port of their own, one for all that ask for equal options.
/// </summary>
internal static class StackRegistry
{
    private static readonly Lock _gate = new();
    private static readonly Dictionary<int, SctpStack> _byPort = [];
    private static readonly Dictionary<SctpStackOptions, SctpStack> _shared = []; // by copies that nobody changes

    public static SctpStack Open(int port, SctpStackOptions options, Func<SctpStack> create)
    {
        lock (_gate)
        {
            if (port != 0 && _byPort.TryGetValue(port, out var open))
            {
                if (open.Options != options)
                {
                    throw new InvalidOperationException(
                        $"The SCTP stack on UDP port {port} is open with other options. Open: {open.Options}. Asked for: {options}. "
                        + "All listeners and connections on one UDP port share one stack: give them equal SctpStackOptions, or another port.");
                }
                AddOwnerLocked(open);
                return open;
            }
            var stack = create();
            stack.Owners = 1;
            if (port != 0)
            {
                _byPort.Add(port, stack);
            }
            return stack;
        }
    }

    /// <summary>The stack on an ephemeral port for sockets that only connect; one for all with equal options.</summary>
    public static SctpStack OpenShared(SctpStackOptions options, Func<SctpStack> create)
    {
        lock (_gate)
        {
            if (_shared.TryGetValue(options, out var shared))
            {
                AddOwnerLocked(shared);
                return shared;
            }
            var stack = create();
            stack.Owners = 1;
            _shared.Add(options, stack);
            return stack;
        }
    }

    /// <summary>An ephemeral port is known now: who opens it by number gets the same stack.</summary>
    public static void OnPortKnown(SctpStack stack)
    {
        lock (_gate)
        {
            if (!stack.HasEnded)
            {
                _byPort.TryAdd(stack.UdpPort, stack);
            }
        }
    }

    public static void AddOwner(SctpStack stack)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(stack.HasEnded, stack);
            AddOwnerLocked(stack);
        }
    }

    /// <summary>Counts an owner, added before, that disposes the stack itself.</summary>
    public static void AddOpener(SctpStack stack)
    {
        lock (_gate)
        {
            stack.Openers++;
        }
    }

    /// <summary>Removes one who opened the stack; nothing when there is none: the other owners are sockets, which keep it.</summary>
    public static Task RemoveOpener(SctpStack stack)
    {
        lock (_gate)
        {
            if (stack.Openers == 0)
            {
                return Task.CompletedTask;
            }
            stack.Openers--;
        }
        return RemoveOwner(stack);
    }

    /// <summary>
    /// For the last owner the end of the stack, which comes at once or when its last association has gone; also over when
    /// somebody opens the stack again meanwhile.
    /// </summary>
    public static Task RemoveOwner(SctpStack stack)
    {
        Task end;
        lock (_gate)
        {
            if (stack.Owners == 0 || --stack.Owners > 0)
            {
                return Task.CompletedTask;
            }
            end = stack.End;
        }
        EndIfUnused(stack);
        return end;
    }

    /// <summary>Closes the stack's sockets when nobody owns it and nothing lives on it.</summary>
    public static void EndIfUnused(SctpStack stack)
    {
        lock (_gate)
        {
            if (stack.Owners > 0 || stack.LiveAssociations > 0 || stack.HasEnded)
            {
                return;
            }
            stack.HasEnded = true;
            if (_byPort.TryGetValue(stack.UdpPort, out var registered) && registered == stack)
            {
                _byPort.Remove(stack.UdpPort);
            }
            if (_shared.TryGetValue(stack.Options, out var shared) && shared == stack)
            {
                _shared.Remove(stack.Options);
            }
            // Under the lock: whoever opens the port next must find it free.
            stack.Carrier.Dispose();
        }
        stack.OnEnded();
    }

    private static void AddOwnerLocked(SctpStack stack)
    {
        if (stack.Owners++ == 0)
        {
            stack.OnOwnedAgain();
        }
    }
}
