namespace Kestrel.Sctp.Protocol.Endpoints;

/// <summary>A port that takes associations.</summary>
internal sealed class Listener
{
    public required ushort Port { get; init; }

    /// <summary>For the associations that come from now on.</summary>
    public required AssociationOptions Options { get; set; }

    /// <summary>The addresses bound; packets to other addresses of the machine don't reach this listener.</summary>
    public required IReadOnlyList<IPAddressValue> LocalAddresses { get; set; }

    /// <summary>Associations made and not yet accepted by the user. The endpoint counts up; who accepts counts down.</summary>
    public int PendingAccepts;

    public required int Backlog { get; set; }

    /// <summary>Anything the caller likes.</summary>
    public object? UserState { get; set; }
}
