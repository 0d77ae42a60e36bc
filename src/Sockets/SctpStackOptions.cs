using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Kestrel.Sctp;

/// <summary>
/// The limits and buffers of a whole stack: all listeners, connections and associations on one local UDP port of the process share
/// them. They are checked and copied when the stack is opened; a stack that is open is shared only by those who ask for equal ones.
/// </summary>
public sealed record SctpStackOptions
{
    /// <summary>How many associations the stack keeps at once, of listeners and clients together. At the limit an INIT is answered
    /// with an ABORT (Out of Resource), and connecting fails with <see cref="SctpErrno.ENOMEM"/>. Default: 100,000; 1 to 10 million.</summary>
    [Range(1, 10_000_000)]
    public int MaxAssociations { get; set; } = 100_000;

    /// <summary>Whether packets that belong to no association and no listener are answered, with ABORT or SHUTDOWN COMPLETE, as
    /// RFC 9260, section 8.4 asks. Without the answers a closed port looks like a dead host. Default: true.</summary>
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
