using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Kestrel.Sctp;

/// <summary>
/// The limits and buffers of a whole stack: all listeners, connections and associations on one local UDP port of the process share
/// them. They are checked and copied when the stack is opened; a stack that is open is shared only by those who ask for equal ones.
/// </summary>
public sealed record SctpStackOptions
{
    private int? _maxAssociationsPerAddress;

    /// <summary>How many associations the stack keeps at once, of listeners and clients together. At the limit an INIT is answered
    /// with an ABORT (Out of Resource), and connecting fails with <see cref="SctpErrno.ENOMEM"/>. Default: 100,000; 1 to 10 million.</summary>
    [Range(1, 10_000_000)]
    public int MaxAssociations { get; set; } = 100_000;

    /// <summary>How many associations the peers at one address may have set up; those set up from here don't count. An IPv6 address
    /// stands for its /64 network, an address of a NAT for all behind it. At the limit an INIT is answered with an ABORT (Out of
    /// Resource). Default: half of <see cref="MaxAssociations"/>, so that nobody alone uses a stack up; 1 to 10 million (RFC 9260,
    /// section 12.2.4.3).</summary>
    [Range(1, 10_000_000)]
    public int MaxAssociationsPerAddress
    {
        get => _maxAssociationsPerAddress ?? Math.Max(MaxAssociations / 2, 1);
        set => _maxAssociationsPerAddress = value;
    }

    /// <summary>How many associations may be nobody's yet: set up by peers and not accepted, over all listeners of the stack (each has
    /// its backlog beside), and set up from here and neither up nor given up. At the limit an INIT is answered with an ABORT (Out of
    /// Resource), and connecting fails with <see cref="SctpErrno.ENOMEM"/>. An INIT alone costs nothing: all it starts is in the
    /// cookie. Default: 16,384; 1 to 10 million.</summary>
    [Range(1, 10_000_000)]
    public int MaxHalfOpenAssociations { get; set; } = 16_384;

    /// <summary>How many INITs of one address are answered in one second, and how many associations are made of its cookies in that
    /// time. An IPv6 address stands for its /64 network. Beyond, an ABORT (Out of Resource) is the answer. The table that counts has a
    /// fixed size of 64 KiB, however many addresses come. Default: 10,000; 0 (no limit) to 1 million (RFC 9260, section
    /// 12.2.4.1).</summary>
    [Range(0, 1_000_000)]
    public int MaxSetupsPerSecondPerAddress { get; set; } = 10_000;

    /// <summary>Whether packets that belong to no association and no listener are answered, with ABORT or SHUTDOWN COMPLETE, as
    /// RFC 9260, section 8.4 asks, and whether a peer is told that a limit of the stack keeps it out. Without the answers a closed port
    /// looks like a dead host. Default: true.</summary>
    public bool OutOfTheBlueReplies { get; set; } = true;

    /// <summary>How many such answers leave in one second at most; further packets of that second are dropped. Default: 1,000;
    /// 1 to 1 million.</summary>
    [Range(1, 1_000_000)]
    public int MaxOutOfTheBlueRepliesPerSecond { get; set; } = 1000;

    /// <summary>The receive buffer asked of the system for each UDP socket (SO_RCVBUF), in bytes; the system may give less. All
    /// associations of an address share it. Default: 4 MiB; 0 leaves the system's own; up to 1 GiB.</summary>
    [Range(0, 1 << 30)]
    public int UdpReceiveBufferSize { get; set; } = 4 << 20;

    /// <summary>The send buffer asked of the system for each UDP socket (SO_SNDBUF), in bytes; the system may give less. Default:
    /// 4 MiB; 0 leaves the system's own; up to 1 GiB.</summary>
    [Range(0, 1 << 30)]
    public int UdpSendBufferSize { get; set; } = 4 << 20;

    /// <summary>Runs the continuations of user code (pipes, awaits, events) on the thread that received the packet or ran the timer
    /// instead of the thread pool. Saves a switch of threads for each message; a handler that blocks stops every association of the
    /// stack. Default: false.</summary>
    public bool UnsafePreferInlineScheduling { get; set; }

    /// <summary>Checks each value.</summary>
    /// <exception cref="OptionsValidationException">A value is out of its bounds; the message names each of them.</exception>
    public void Validate() => OptionsRules.ThrowIfInvalid(new SctpStackOptionsValidator(), this);
}

[OptionsValidator]
internal sealed partial class SctpStackOptionsValidator : IValidateOptions<SctpStackOptions>;
