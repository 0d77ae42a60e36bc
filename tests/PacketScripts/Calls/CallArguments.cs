using Kestrel.Sctp.PacketScripts.Calls.Sockets;
using Kestrel.Sctp.PacketScripts.Language;

namespace Kestrel.Sctp.PacketScripts.Calls;

/// <summary>The arguments of one call.</summary>
/// <param name="call">The call.</param>
/// <param name="descriptors">The sockets that the script has open.</param>
internal sealed class CallArguments(ScriptCall call, DescriptorTable descriptors)
{
    public ScriptCall Call => call;

    public ScriptValue this[int index] => call.Arguments[index];

    public int Count => call.Arguments.Count;

    public VirtualSocket Socket => descriptors.Find(Number(0)) ?? throw new BadDescriptorException();

    /// <exception cref="CallException">There are more or fewer.</exception>
    public void Expect(int count)
    {
        if (call.Arguments.Count != count)
        {
            throw new CallException($"{call.Name} takes {count} arguments, and the script gives {call.Arguments.Count}");
        }
    }

    public long Number(int index) => Values.Number(call.Arguments[index]);

    /// <summary>0 for <c>...</c>.</summary>
    public long NumberOrZero(int index) => Values.IsAny(call.Arguments[index]) ? 0 : Number(index);

    public bool IsNull(int index) => call.Arguments[index] is SymbolValue { Name: "NULL" };

    /// <summary>A structure or <c>...</c>, for which this is the default.</summary>
    public SocketAddress Address(int index, SocketAddress otherwise) =>
        Values.IsAny(call.Arguments[index]) ? otherwise : Values.Address(call.Arguments[index]);

    /// <summary>One structure or a list of them; <c>...</c> among them stands for the default.</summary>
    public List<SocketAddress> Addresses(int index, SocketAddress otherwise) =>
        call.Arguments[index] is ListValue list
            ? [.. list.Items.Select(item => Values.IsAny(item) ? otherwise : Values.Address(item))]
            : [Address(index, otherwise)];
}

/// <summary>EBADF: the script has no such socket open.</summary>
internal sealed class BadDescriptorException : Exception;
