using System.Diagnostics.CodeAnalysis;
using Kestrel.Sctp.Protocol;
using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;

namespace Kestrel.Sctp.UserSpace;

/// <summary>
/// Steps a stack's <see cref="Endpoint"/> under the one lock it has, and hands packets on to their associations. The
/// endpoint's lock comes before an association's; never the other way round.
/// </summary>
internal sealed class EndpointDriver(SctpStack stack, Endpoint endpoint) : ICarrierReceiver
{
    [ThreadStatic]
    private static byte[]? _reply;

    private readonly Lock _gate = new();

    void ICarrierReceiver.OnReceived(in PacketInfo info, ReadOnlySpan<byte> packets, int segmentSize)
    {
        while (!packets.IsEmpty)
        {
            var packet = packets[..Math.Min(segmentSize, packets.Length)];
            OnPacket(info, packet);
            packets = packets[packet.Length..];
        }
    }

    void ICarrierReceiver.OnInitDropped(IPAddressValue local) => stack.Log.InitDropped(local);

    void ICarrierReceiver.OnCarrierError(IPAddressValue local, Exception error) => stack.Log.CarrierReceiveFailed(local, error);

    /// <exception cref="SctpException">The port is listened on already.</exception>
    public Listener Listen(LocalBinding binding, AssociationOptions options, int backlog, AcceptQueue queue)
    {
        lock (_gate)
        {
            var listener = endpoint.Listen(binding.Port, options, binding.Values, backlog)
                ?? throw new SctpException(SctpErrno.EADDRINUSE, $"SCTP port {binding.Port} is listened on already (UDP port {stack.UdpPort}).");
            listener.UserState = queue;
            binding.Acceptor = queue;
            binding.Listener = listener;
            queue.OnTaken = () =>
            {
                lock (_gate)
                {
                    listener.PendingAccepts--;
                }
            };
            return listener;
        }
    }

    public void SetAddresses(Listener listener, IReadOnlyList<IPAddressValue> addresses)
    {
        lock (_gate)
        {
            listener.LocalAddresses = addresses;
        }
    }

    public void Close(LocalBinding binding)
    {
        lock (_gate)
        {
            if (binding.Listener is { } listener)
            {
                endpoint.Close(listener);
            }
            binding.Listener = null;
            binding.Acceptor = null;
        }
    }

    /// <summary>Starts an association (connectx); its first packets leave with the driver's next step.</summary>
    public ConnectStatus Connect(ConnectRequest request, LocalBinding binding, SctpSocket socket, long now, out AssociationDriver? driver)
    {
        lock (_gate)
        {
            driver = null;
            var status = endpoint.Connect(request, now, out var association);
            if (association is not null)
            {
                driver = Adopt(association, binding, socket);
            }
            return status;
        }
    }

    public void UpdateRoutes(AssociationDriver driver, Association association)
    {
        lock (_gate)
        {
            lock (driver.Gate)
            {
                // A step that ended the association may have overtaken the one that changed its routes.
                if (!driver.IsRemoved)
                {
                    endpoint.UpdateRoutes(association);
                }
            }
        }
    }

    public void Remove(AssociationDriver driver, Association association)
    {
        lock (_gate)
        {
            lock (driver.Gate)
            {
                endpoint.Remove(association);
            }
        }
    }

    /// <summary>Counts an association that is not new to the endpoint into the backlog; false when it is full.</summary>
    public bool TryCountPending(LocalBinding binding)
    {
        lock (_gate)
        {
            if (binding.Listener is not { } listener || listener.PendingAccepts >= listener.Backlog)
            {
                return false;
            }
            listener.PendingAccepts++;
            return true;
        }
    }

    private void OnPacket(in PacketInfo info, ReadOnlySpan<byte> packet)
    {
        var reply = _reply ??= new byte[Protocol.Endpoints.Endpoint.MaxReplySize];
        ReceiveResult result;
        AssociationDriver? driver;
        AcceptQueue? queue = null;
        lock (_gate)
        {
            result = endpoint.Receive(info, packet, stack.Timer.Now, reply);
            driver = result.Association?.UserState as AssociationDriver;
            if (result.Disposition == PacketDisposition.Accept && !TryAdopt(result, out driver, out queue))
            {
                // The listener closed between the lookup and here: leaves no trace.
                endpoint.Remove(result.Association!);
                result.Listener!.PendingAccepts--;
                return;
            }
        }
        switch (result.Disposition)
        {
            case PacketDisposition.Reply:
                stack.Carrier.Send(
                    new Transmit(info.Destination, info.Source, info.SourceUdpPort, result.ReplyLength, result.ReplyLength, MayFragment: false),
                    reply.AsSpan(0, result.ReplyLength));
                break;
            case PacketDisposition.Deliver:
                driver?.OnPacket(info, packet);
                break;
            case PacketDisposition.Accept:
                driver!.OnPacket(info, packet);
                driver.Offer(queue!);
                break;
        }
    }

    private bool TryAdopt(in ReceiveResult result, [NotNullWhen(true)] out AssociationDriver? driver, [NotNullWhen(true)] out AcceptQueue? queue)
    {
        driver = null;
        queue = result.Listener?.UserState as AcceptQueue;
        if (queue?.ListeningSocket.Binding is not { } binding)
        {
            return false;
        }
        driver = Adopt(result.Association!, binding, SctpSocket.Accepted(queue.ListeningSocket, binding));
        return true;
    }

    private AssociationDriver Adopt(Association association, LocalBinding binding, SctpSocket socket)
    {
        var driver = new AssociationDriver(stack, association, binding, socket);
        association.UserState = driver;
        socket.Attach(driver);
        stack.OnAssociationStarted();
        return driver;
    }
}
