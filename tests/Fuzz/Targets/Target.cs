using Kestrel.Sctp.Fuzz.Engine;
using Kestrel.Sctp.Protocol.Associations;

namespace Kestrel.Sctp.Fuzz.Targets;

/// <summary>
/// Something that any bytes are given to. It must end, and throw nothing, whatever they are; an exception out of it is a finding.
/// The same bytes always do the same.
/// </summary>
internal abstract class Target(string name)
{
    public static IReadOnlyList<Target> All { get; } =
    [
        new ParserTarget(),
        new CookieTarget(),
        new EndPointTarget(),
        .. Enum.GetValues<AssociationState>().Select(state => new StateTarget(state)),
        new CrowdedTarget(),
        new MiddlemanTarget(),
    ];

    public string Name => name;

    /// <summary>Inputs to begin with.</summary>
    public abstract IEnumerable<byte[]> Seeds { get; }

    public static Target? Find(string name) => All.FirstOrDefault(target => target.Name == name);

    /// <summary>One change that keeps to the form of the input, where it has one.</summary>
    public virtual byte[] Mutate(byte[] input, Random random) => input;

    public abstract void Run(ReadOnlySpan<byte> input, StepMeter meter);
}
