namespace Kestrel.Sctp.Attacks.Harness;

/// <summary>An attack as it was measured.</summary>
internal sealed record AttackResult
{
    public required Attack Attack { get; init; }

    /// <summary>Of each repeat.</summary>
    public required IReadOnlyList<Traffic> Traffics { get; init; }

    /// <summary>Of the last.</summary>
    public Traffic Traffic => Traffics[^1];

    /// <summary>Of the last repeat, from the first packet to the last.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Round trips of the honest clients.</summary>
    public required Latencies Before { get; init; }

    public required Latencies During { get; init; }

    public required Latencies After { get; init; }

    /// <summary>How long the set-up of further associations took, one after the other while the attack ran.</summary>
    public required Latencies Newcomers { get; init; }

    /// <summary>Of them: refused, or given up.</summary>
    public required int NewcomersRefused { get; init; }

    /// <summary>The server before the attack, and after each repeat of it.</summary>
    public required IReadOnlyList<ServerFigures> Server { get; init; }

    /// <summary>The server under load, if the attack makes it hold something, and what that is.</summary>
    public required ServerFigures? Held { get; init; }

    public required string? HeldBy { get; init; }

    public required string? Remark { get; init; }

    /// <summary>Echoes that did not come back, or not as they were sent, and associations of honest clients that ended.</summary>
    public required int HonestFailures { get; init; }

    /// <summary>What was not as it should be; empty when the server stood.</summary>
    public required IReadOnlyList<string> Failures { get; init; }

    /// <summary>Bytes of the replies for each byte of the attack.</summary>
    public double Amplification => Traffic.Bytes == 0 ? 0 : (double)Traffic.ReplyBytes / Traffic.Bytes;

    /// <summary>Replies for each packet of the attack.</summary>
    public double Replies => Traffic.Packets == 0 ? 0 : (double)Traffic.ReplyPackets / Traffic.Packets;
}
