using Kestrel.Sctp.PacketScripts.Calls.Sockets;

namespace Kestrel.Sctp.PacketScripts.Calls;

/// <summary>The script's numbers of its sockets. What the system would have given them doesn't matter: the script says it.</summary>
internal sealed class DescriptorTable
{
    // 0 to 2 are the standard streams.
    private const long First = 3;

    private readonly Dictionary<long, VirtualSocket> _sockets = [];

    public VirtualSocket? Find(long number) => _sockets.GetValueOrDefault(number);

    /// <summary>False when the script has that number in use.</summary>
    public bool TryAdd(long number, VirtualSocket socket) => _sockets.TryAdd(number, socket);

    public long Free()
    {
        var number = First;
        while (_sockets.ContainsKey(number))
        {
            number++;
        }

        return number;
    }

    public void Remove(VirtualSocket socket)
    {
        foreach (var (number, _) in _sockets.Where(entry => entry.Value == socket).ToArray())
        {
            _sockets.Remove(number);
        }
    }
}
