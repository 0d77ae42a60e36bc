using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kestrel.Sctp.UserSpace;

/// <summary>How far a UDP socket's reader is behind: the system drops what its receive buffer has no room for.</summary>
internal sealed class ReceiveBacklog(Socket socket)
{
    // Linux, asm-generic/socket.h and linux/sock_diag.h. Its FIONREAD tells of one datagram only.
    private const int SolSocket = 1;
    private const int SoMemInfo = 55;
    private const int RmemAlloc = 0;
    private const int Rcvbuf = 1;
    private const int MemInfoFields = 16;

    private readonly int _bufferSize = socket.ReceiveBufferSize;
    private bool _isUnknown;

    /// <summary>Half of the buffer is in use, or more. False where the system doesn't say. It never throws.</summary>
    public bool IsHalfFull
    {
        get
        {
            if (_isUnknown)
            {
                return false;
            }
            try
            {
                return OperatingSystem.IsLinux() ? IsHalfFullOnLinux() : socket.Available >= _bufferSize / 2;
            }
            catch (SocketException)
            {
                _isUnknown = true;
                return false;
            }
            catch (ObjectDisposedException)
            {
                return false;
            }
        }
    }

    private bool IsHalfFullOnLinux()
    {
        Span<uint> info = stackalloc uint[MemInfoFields];
        info.Clear();
        socket.GetRawSocketOption(SolSocket, SoMemInfo, MemoryMarshal.AsBytes(info));
        return info[RmemAlloc] >= info[Rcvbuf] / 2 && info[Rcvbuf] > 0;
    }
}
