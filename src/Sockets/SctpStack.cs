#pragma warning disable CS1591, CA1711 // documented with its implementation; a stack is what it is
using Microsoft.Extensions.Logging;

namespace Kestrel.Sctp;

/// <summary>The user-space SCTP stack on one local UDP port: one per port and process, counted by its owners.</summary>
public sealed class SctpStack : IAsyncDisposable
{
    public static SctpStack Open(int localUdpPort, SctpStackOptions? options = null, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null) => throw new NotImplementedException();
    public int UdpPort => throw new NotImplementedException();
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
