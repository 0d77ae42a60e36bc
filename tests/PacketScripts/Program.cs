using Kestrel.Sctp.PacketScripts;
using Kestrel.Sctp.PacketScripts.Calls;

return new Command(Console.Out, () => new SystemCalls()).Run(args);
