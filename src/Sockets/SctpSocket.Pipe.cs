using Kestrel.Sctp.UserSpace;

namespace Kestrel.Sctp;

public sealed partial class SctpSocket
{
    /// <summary>
    /// Receives what can be read now, without waiting; false when there is nothing, and at the end of the association. Never during
    /// <see cref="ReceiveAsync"/>.
    /// </summary>
    internal bool TryReceive(Memory<byte> buffer, out SctpReceiveResult result)
    {
        var driver = RequireAssociation();
        AssociationDriver.Work work;
        lock (driver.Gate)
        {
            var now = driver.Stack.Timer.Now;
            if (!TryTake(driver, buffer, now, out result, out var error) || error is not null || result.BytesReceived == 0)
            {
                return false;
            }

            // Reading made room: the peer may have to be told.
            work = driver.Settle(now);
        }

        driver.Perform(work);
        return true;
    }
}
