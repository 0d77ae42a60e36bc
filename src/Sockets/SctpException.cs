using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Kestrel.Sctp;

/// <summary>
/// An error of an SCTP socket or association. <see cref="SocketException.SocketErrorCode"/> is its kind in .NET's terms,
/// <see cref="Errno"/> the name the C interface has for it, and the message names the address and the state of the association.
/// </summary>
public class SctpException : SocketException
{
    private readonly string _message;

    /// <summary>An error known by its errno; <see cref="SocketException.SocketErrorCode"/> is the one that stands for it.</summary>
    /// <param name="errno">The errno.</param>
    /// <param name="message">What happened, to which address, in which state.</param>
    /// <param name="innerException">What it was caused by, or null.</param>
    public SctpException(SctpErrno errno, string message, Exception? innerException = null)
        : this(errno.ToSocketError(), errno, message, innerException)
    {
    }

    /// <summary>An error known by its <see cref="SocketError"/>; <see cref="Errno"/> is the one that stands for it.</summary>
    /// <param name="socketError">The error.</param>
    /// <param name="message">What happened, to which address, in which state.</param>
    /// <param name="innerException">What it was caused by, or null.</param>
    public SctpException(SocketError socketError, string message, Exception? innerException = null)
        : this(socketError, socketError.ToErrno(), message, innerException)
    {
    }

    private SctpException(SocketError socketError, SctpErrno errno, string message, Exception? innerException)
        : base((int)socketError)
    {
        ArgumentNullException.ThrowIfNull(message);
        _message = message;
        Errno = errno;
        if (innerException is not null)
        {
            SetInnerException(innerException);
        }
    }

    /// <summary>The error's name in the C interface (sctp_connectx(3), RFC 6458).</summary>
    public SctpErrno Errno { get; }

    /// <summary>What happened, to which address, in which state.</summary>
    public override string Message => _message;

    // SocketException has no constructor that takes an inner exception. The field's name has been part of Exception's serialized
    // form since .NET 1.0; should a runtime ever rename it, the error goes out without its cause rather than not at all.
    private void SetInnerException(Exception innerException)
    {
        try
        {
            InnerExceptionField(this) = innerException;
        }
        catch (MissingFieldException)
        {
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_innerException")]
    private static extern ref Exception? InnerExceptionField(Exception exception);
}
