using Kestrel.Sctp.Simulation.Plans;

namespace Kestrel.Sctp.Simulation.Runs;

/// <summary>The links of a run: one for each direction between two addresses, made when the first datagram takes it.</summary>
internal sealed class LinkTable(int seed)
{
    private readonly Dictionary<(IPAddressValue, IPAddressValue), Link> _links = [];

    // What was said of links that are still to be made.
    private readonly List<(Func<IPAddressValue, IPAddressValue, bool> Matches, Action<Link> Change)> _said = [];

    public Link Between(IPAddressValue source, IPAddressValue destination)
    {
        if (!_links.TryGetValue((source, destination), out var link))
        {
            // Each has chances of its own: what other links carry does not change them.
            var number = (((RunHost.NumberOf(source) * 8) + RunHost.NetOf(source)) * 512) + (RunHost.NumberOf(destination) * 8) + RunHost.NetOf(destination);
            _links[(source, destination)] = link = new Link(LinkSettings.Default, new Random(unchecked((seed * 1_000_003) + number)));
            foreach (var (matches, change) in _said)
            {
                if (matches(source, destination))
                {
                    change(link);
                }
            }
        }

        return link;
    }

    public void Set(SetLink action) => Change(action.From, action.To, action.Net, oneWay: true, link => link.Settings = action.Link);

    public void Cut(Cut action, long now) =>
        Change(action.From, action.To, action.Net, action.OneWay, link => link.Cut(now + action.For.Microseconds, action.Reported));

    public void Take(Take action) => Change(action.From, action.To, action.Net, oneWay: true, link => link.Take(action.Skip, action.Count));

    /// <summary>All work as well as they can, from now on.</summary>
    public void Heal()
    {
        foreach (var link in _links.Values)
        {
            link.Heal();
        }

        _said.Add(((_, _) => true, link => link.Heal()));
    }

    private void Change(int from, int to, int net, bool oneWay, Action<Link> change)
    {
        bool Matches(IPAddressValue source, IPAddressValue destination) =>
            (IsOf(from, source) && IsOf(to, destination) && IsIn(net, source, destination))
            || (!oneWay && IsOf(to, source) && IsOf(from, destination) && IsIn(net, source, destination));

        foreach (var ((source, destination), link) in _links)
        {
            if (Matches(source, destination))
            {
                change(link);
            }
        }

        _said.Add((Matches, change));
    }

    private static bool IsOf(int host, IPAddressValue address) => host == 0 || RunHost.NumberOf(address) == host;

    private static bool IsIn(int net, IPAddressValue source, IPAddressValue destination) =>
        net < 0 || RunHost.NetOf(source) == net || RunHost.NetOf(destination) == net;
}
