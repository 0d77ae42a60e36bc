using Kestrel.Sctp.Simulation.Plans;

namespace Kestrel.Sctp.Simulation.Shrinking;

/// <summary>
/// Cuts a plan that fails down to a short one that fails alike: actions are deleted as long as the failure stays (delta
/// debugging), and what is left is made plainer value by value.
/// </summary>
/// <param name="kindOf">Runs a plan; returns the kind of its failure, or null.</param>
/// <param name="maxRuns">It stops with what it has after so many runs.</param>
/// <param name="limit">And after this time.</param>
internal sealed class Shrinker(Func<Plan, string?> kindOf, int maxRuns = 5_000, TimeSpan? limit = null)
{
    // Enough to come near the smallest value that still fails; the last digit is of no interest.
    private const int MaxHalvings = 12;

    private readonly long _begin = TimeProvider.System.GetTimestamp();
    private string? _kind;

    public int Runs { get; private set; }

    private bool IsOver => Runs >= maxRuns || (limit is { } most && TimeProvider.System.GetElapsedTime(_begin) > most);

    public Plan Shrink(Plan plan, string kind)
    {
        _kind = kind;
        Plan before;
        do
        {
            before = plan;
            plan = DeleteActions(plan);
            for (var i = 0; i < plan.Actions.Count && !IsOver; i++)
            {
                plan = Simplify(plan, i);
            }

            plan = Try(plan with { Seed = 0 }, plan);
        }
        while (!IsOver && !IsSame(plan, before));
        return plan;
    }

    private Plan DeleteActions(Plan plan)
    {
        for (var size = Math.Max(plan.Actions.Count / 2, 1); ; size /= 2)
        {
            for (var at = 0; at < plan.Actions.Count && !IsOver;)
            {
                var shorter = Try(plan with { Actions = [.. plan.Actions.Take(at), .. plan.Actions.Skip(at + size)] }, plan);
                at += shorter == plan ? size : 0;
                plan = shorter;
            }

            if (size == 1)
            {
                return plan;
            }
        }
    }

    private Plan Simplify(Plan plan, int index)
    {
        plan = SimplifyTime(plan, index);
        foreach (var property in ActionProperty.Of(plan.Actions[index].GetType()))
        {
            var value = property.Get(plan.Actions[index]);
            if (Equals(value, property.Default) || IsOver)
            {
                continue;
            }

            var plainer = Replace(plan, index, property.With(plan.Actions[index], property.Default));
            if (plainer == plan && ToNumber(value) is { } number && ToNumber(property.Default) is { } fallback)
            {
                plainer = SimplifyNumber(plan, index, property, fallback, number);
            }

            plan = plainer;
        }

        return plan;
    }

    // Between a value that does not fail and one that does; a round number does as well as any.
    private Plan SimplifyNumber(Plan plan, int index, ActionProperty property, double passing, double failing)
    {
        foreach (var small in (ReadOnlySpan<double>)[0, 1, 2, 3])
        {
            var plainer = Math.Abs(small - passing) < Math.Abs(failing - passing) ? With(plan, index, property, small) : plan;
            if (plainer != plan)
            {
                return plainer;
            }
        }

        // One seed is as good as the other.
        for (var halvings = property.Name == "seed" ? MaxHalvings : 0; halvings < MaxHalvings && !IsOver; halvings++)
        {
            var middle = Round(passing, failing);
            if (middle == passing || middle == failing)
            {
                break;
            }

            var plainer = With(plan, index, property, middle);
            (plan, passing, failing) = plainer == plan ? (plan, middle, failing) : (plainer, passing, middle);
        }

        return plan;
    }

    private Plan SimplifyTime(Plan plan, int index)
    {
        var earliest = index == 0 ? 0 : plan.Actions[index - 1].At.Microseconds;
        var at = plan.Actions[index].At.Microseconds;
        foreach (var unit in (ReadOnlySpan<long>)[10 * EngineTime.Second, EngineTime.Second, 100 * EngineTime.Millisecond, EngineTime.Millisecond])
        {
            var floor = at / unit * unit;
            foreach (var time in (ReadOnlySpan<long>)[earliest, floor, floor == at ? at : floor + unit])
            {
                // What follows moves along, so that the order stays.
                var moved = time >= earliest && time != at ? Try(Move(plan, index, time - at), plan) : plan;
                if (moved != plan)
                {
                    return moved;
                }
            }
        }

        return plan;
    }

    private static Plan Move(Plan plan, int index, long by) => plan with
    {
        Actions = [.. plan.Actions.Select((action, i) => i < index ? action : action with { At = new Duration(Math.Max(action.At.Microseconds + by, 0)) })],
    };

    private Plan With(Plan plan, int index, ActionProperty property, double number) =>
        FromNumber(property.Type, number) is { } value ? Replace(plan, index, property.With(plan.Actions[index], value)) : plan;

    private Plan Replace(Plan plan, int index, PlannedAction action)
    {
        var actions = plan.Actions.ToArray();
        actions[index] = action;
        return Try(plan with { Actions = actions }, plan);
    }

    private Plan Try(Plan candidate, Plan plan)
    {
        if (IsOver || IsSame(candidate, plan))
        {
            return plan;
        }

        Runs++;
        return kindOf(candidate) == _kind ? candidate : plan;
    }

    private static bool IsSame(Plan a, Plan b) => a.Seed == b.Seed && a.Actions.SequenceEqual(b.Actions);

    private static double Round(double passing, double failing)
    {
        var middle = passing + ((failing - passing) / 2);
        var digits = middle == 0 ? 1 : Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(middle))) - 1);
        var round = Math.Round(middle / digits) * digits;
        return (round > passing && round < failing) || (round < passing && round > failing) ? round : middle;
    }

    private static double? ToNumber(object? value) => value switch
    {
        Duration duration => duration.Microseconds,
        bool or null => null,
        IConvertible convertible => convertible.ToDouble(null),
        _ => null,
    };

    private static object? FromNumber(Type type, double number)
    {
        try
        {
            return type == typeof(Duration) ? new Duration((long)number)
                : type == typeof(double) ? Math.Round(number, 4)
                : Convert.ChangeType(Math.Truncate(number), type, null);
        }
        catch (OverflowException)
        {
            return null;
        }
    }
}
