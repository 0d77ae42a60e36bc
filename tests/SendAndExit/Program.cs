// Sends one message of 1 MiB to the endpoint given, disposes its socket as told ("using" or "await using") and leaves Main.
using Kestrel.Sctp;

var message = new byte[1 << 20];
new Random(1).NextBytes(message);
var socket = new SctpSocket();
await socket.ConnectXAsync(SctpEndPoint.Parse(args[0]));
await socket.SendAsync(message);
if (args[1] == "using")
{
    socket.Dispose();
}
else
{
    await socket.DisposeAsync();
}
