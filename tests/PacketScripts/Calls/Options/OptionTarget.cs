using Kestrel.Sctp.PacketScripts.Calls.Sockets;

namespace Kestrel.Sctp.PacketScripts.Calls.Options;

/// <summary>What an option with an association identifier is about (RFC 6458, 7.1).</summary>
internal static class OptionTarget
{
    /// <summary>
    /// False when the number names no association. Null stands for those to come; a one-to-one socket ignores the number.
    /// </summary>
    public static bool TryFind(VirtualSocket socket, long id, out SocketAssociation? association)
    {
        association = socket.Find(id) is { HasEnded: false } found ? found : null;
        return association is not null || !socket.IsOneToMany || id <= Constants.SCTP_ALL_ASSOC;
    }

    /// <summary>Changes engine options of an association, of those to come, or of both, as the number says; returns the errno.</summary>
    public static string? Update(VirtualSocket socket, long id, Func<AssociationOptions, AssociationOptions> change)
    {
        if (!TryFind(socket, id, out var association))
        {
            return "ENOENT";
        }

        if (association is not null || !socket.IsOneToMany)
        {
            socket.UpdateEngine(association, change);
            return null;
        }

        if (id is Constants.SCTP_FUTURE_ASSOC or Constants.SCTP_ALL_ASSOC)
        {
            socket.UpdateEngine(null, change);
        }

        if (id is Constants.SCTP_CURRENT_ASSOC or Constants.SCTP_ALL_ASSOC)
        {
            foreach (var each in socket.Associations.Where(each => !each.HasEnded))
            {
                socket.UpdateEngine(each, change);
            }
        }

        return null;
    }

    /// <summary>Asks an association, or those to come.</summary>
    public static OptionAnswer Ask(
        VirtualSocket socket, long id, Func<SocketAssociation?, AssociationOptions, OptionAnswer> answer) =>
        TryFind(socket, id, out var association) ? answer(association, socket.EngineOf(association)) : OptionAnswer.Error("ENOENT");

    /// <summary>Asks a living association; there must be one.</summary>
    public static OptionAnswer AskLiving(VirtualSocket socket, long id, Func<SocketAssociation, OptionAnswer> answer) =>
        !TryFind(socket, id, out var association) ? OptionAnswer.Error("ENOENT")
        : association is null ? OptionAnswer.Error("EINVAL")
        : answer(association);

    public static long Milliseconds(long time) => time / EngineTime.Millisecond;
}
