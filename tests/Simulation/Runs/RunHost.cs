using Kestrel.Sctp.Protocol.Associations;
using Kestrel.Sctp.Protocol.Endpoints;
using Kestrel.Sctp.Protocol.Sending;
using Kestrel.Sctp.Simulation.Plans;

namespace Kestrel.Sctp.Simulation.Runs;

/// <summary>A machine of a run, from its start to its end. Its applications are the runner's matter.</summary>
internal sealed class RunHost : NetworkHost
{
    private const int LargestRead = 64 * 1024;

    private readonly Runner _runner;
    private readonly byte[] _read;

    public RunHost(Runner runner, VirtualNetwork network, RandomSource random, AddHost planned)
        : base(network, random, Enumerable.Range(0, planned.Addresses).Select(net => Address(planned.Host, net)), planned.UdpPort, planned.Options)
    {
        _runner = runner;
        _read = new byte[planned.ReadSize == 0 ? LargestRead : planned.ReadSize];
        Planned = planned;
    }

    public AddHost Planned { get; }

    public int Number => Planned.Host;

    public static IPAddressValue Address(int host, int net) => IPAddressValue.FromIPv4([10, 0, (byte)net, (byte)host]);

    public static int NumberOf(IPAddressValue address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.WriteBytes(bytes);
        return bytes[3];
    }

    public static int NetOf(IPAddressValue address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.WriteBytes(bytes);
        return bytes[2];
    }

    public static Life LifeOf(Association association) => (Life)association.UserState!;

    public ConnectStatus Connect(ConnectRequest request, out Association? association)
    {
        var status = Endpoint.Connect(request, Now, out association);
        if (status == ConnectStatus.Started)
        {
            Track(association!);
            Drain(association!);
        }

        return status;
    }

    /// <summary>Reads no more than so many bytes of what is there.</summary>
    public bool Read(Association association, long most = long.MaxValue)
    {
        var any = false;
        while (most > 0 && association.HasReadable)
        {
            var room = _read.AsSpan(0, (int)Math.Min(_read.Length, most));
            Require.That(association.TryReceive(room, out var part), "delivered", "nothing to read, where there was");
            _runner.OnRead(LifeOf(association), part, room[..part.Length]);
            most -= part.Length;
            any = true;
        }

        return any;
    }

    protected override void OnTracked(Association association) => _runner.OnTracked(this, association);

    protected override void OnEvent(Association association, AssociationEvent associationEvent) => _runner.OnEvent(LifeOf(association), associationEvent);

    protected override bool ReadOnStep(Association association) => LifeOf(association).End is not { Reads: false } && Read(association);

    protected override void OnReleased(Association association, in ReleasedMessage released) => _runner.OnReleased(LifeOf(association), released);

    protected override void OnDrained(Association association)
    {
        var life = LifeOf(association);
        Require.Same(life.Outstanding, association.BufferedBytes, "released", "the length of the messages queued and not given back");
    }
}
